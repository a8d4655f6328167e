import Foundation
import IntrinsicTheory

extension LearningDynamicsResult {
  package var claims: Claims {
    let source = "Luo et al. 2019, "
    let shares = lines.map { $0.effectiveRate / options.rate }
    var list = [
      Claim(
        "The equations describe N = \(options.inputs) inputs: largest deviation of a mean order "
          + "parameter", source: source + "(6)",
        measured: Learner.allCases.indices.map(deviation).max()!,
        // Order parameters fluctuate by about 1/√N.
        band: .atMost(2 / Double(options.inputs).squareRoot()))
    ]
    for (index, learner) in Learner.allCases.enumerated() {
      list.append(
        Claim(
          "\(learner.rawValue): rate at which the fixed point becomes unstable, over that of Table 1",
          source: source + "Table 1", published: "1",
          measured: stability[index] * shares[index] / lines[index].maximumRate,
          band: .within(0.95...1.05)))
    }
    let solved = relaxations.map { $0.solved / $0.eigenvalue }
    let simulated = relaxations.map { $0.simulated.mean / $0.eigenvalue }
    list += [
      Claim(
        "λ_R by the equations over its closed form: farthest from 1", source: source + "C.5",
        published: "1", measured: solved.max { abs($0 - 1) < abs($1 - 1) }!,
        band: .within(0.95...1.05)),
      Claim(
        "λ_R in simulation over its closed form: farthest from 1", source: source + "C.5",
        published: "1", measured: simulated.max { abs($0 - 1) < abs($1 - 1) }!,
        band: .within(0.85...1.15)),
    ]
    if options.activation == .relu {
      list += [
        Claim(
          "BN: γ₀ after time \(options.time), over 1/(2ζ + 1)", source: source + "Table 1",
          published: "1",
          measured: curves[0].last!.gamma * (2 * options.decay + 1), band: .within(0.98...1.02)),
        Claim(
          "BN's maximum rate less that of WN and SGD, over 2ζ", source: source + "Proposition 3",
          published: "≥ 1",
          measured: options.decay == 0
            ? 1 : (stability[0] * shares[0] - stability[1] * shares[1]) / (2 * options.decay),
          band: .atLeast(1)),
      ]
    }
    let fast = scans(.gradientDescent).filter { $0.rate > 1.2 * lines[2].maximumRate }
    if !fast.isEmpty {
      /// The largest angle left at these rates.
      func worst(_ learner: Learner) -> Double {
        fast.map { scan in
          1 - scans(learner).first { $0.rate == scan.rate }!.overlaps.median
        }.max()!
      }
      list += [
        Claim(
          "Beyond its maximum rate SGD does not learn: least generalization error",
          source: source + "§3.3", measured: min(fast.map(\.simulated.median).min()!, 1e6),
          band: .atLeast(0.01)),
        Claim(
          "WN does, because its length grows until the effective rate is small enough: largest 1 − R",
          source: source + "§3.2", measured: worst(.weightNormalization), band: .atMost(0.02)),
        Claim(
          "So does BN: largest 1 − R", source: source + "§3.2",
          measured: worst(.batchNormalization), band: .atMost(0.02)),
      ]
    }
    return Claims(list)
  }

  package var figures: [(name: String, figure: Figure)] {
    [("dynamics", courseFigure), ("rates", scanFigure)]
  }

  private var courseFigure: Figure {
    func panel(_ title: String, _ path: KeyPath<OrderParameters, Double>) -> Figure.Panel {
      .init(
        title: title, x: .init("time, steps/N"), y: .init(title),
        series: Learner.allCases.indices.flatMap { index -> [Figure.Series] in
          let columns = times.indices.map { time in
            simulations[index].map { $0[time][keyPath: path] }
          }
          let shown = times.indices.filter { $0 % 4 == index }
          return [
            .init(
              "\(Learner.allCases[index].rawValue), equations", x: [0] + times,
              y: [LearningDynamicsStudy.start[keyPath: path]]
                + curves[index].map { $0[keyPath: path] }, colour: index),
            .init(
              "\(Learner.allCases[index].rawValue), simulated", style: .points,
              x: shown.map { times[$0] }, y: shown.map { columns[$0].mean },
              lower: shown.map { columns[$0].min()! }, upper: shown.map { columns[$0].max()! },
              colour: index),
          ]
        })
    }
    return Figure(
      title: "Online learning of a \(options.activation.rawValue) perceptron, η = \(options.rate), "
        + "ζ = \(options.decay), N = \(options.inputs)",
      panels: [
        panel("overlap R", \.overlap), panel("scale γ", \.gamma), panel("length L", \.length),
      ])
  }

  private var scanFigure: Figure {
    let limit = lines[2].maximumRate
    func panel(
      _ title: String, _ label: String, predicted: @escaping (Scan) -> Double,
      simulated: @escaping (Scan) -> [Double], floor: Double
    ) -> Figure.Panel {
      .init(
        title: title, x: .init("learning rate η/η_max of SGD", scale: .logarithmic),
        y: .init(label, scale: .logarithmic),
        series: Learner.allCases.enumerated().flatMap { index, learner -> [Figure.Series] in
          let scans = scans(learner)
          // What diverged is not drawn.
          func shown(_ value: Double) -> Double { value < 1e3 ? max(floor, value) : .nan }
          return [
            .init(
              "\(learner.rawValue), equations", x: scans.map { $0.rate / limit },
              y: scans.map { shown(predicted($0)) }, colour: index),
            .init(
              "\(learner.rawValue), simulated", style: .points, x: scans.map { $0.rate / limit },
              y: scans.map { shown(simulated($0).median) },
              lower: scans.map { shown(simulated($0).min()!) },
              upper: scans.map { shown(simulated($0).max()!) }, colour: index),
          ]
        })
    }
    return Figure(
      title: "After time \(options.time / 2) from R = 0.95, L = 1, γ = γ₀",
      panels: [
        panel(
          "generalization error", "error (10⁻⁸ or less at the bottom)", predicted: \.predicted,
          simulated: \.simulated, floor: 1e-8),
        panel(
          "length of the weights", "length L", predicted: \.predictedLength,
          simulated: \.lengths, floor: 1e-8),
      ])
  }
}
