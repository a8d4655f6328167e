import Foundation
import IntrinsicTheory

extension GammaDecayResult {
  /// Where terms in 1/M² no longer matter.
  private var large: [Row] { rows.filter { $0.batch == options.batches.max()! } }

  package var claims: Claims {
    let source = "Luo et al. 2019, Theorem 1"
    func isSymmetric(_ row: Row) -> Bool { row.setting.distribution != .exponential }
    func deviation(_ row: Row, _ penalty: Double) -> Double {
      row.effects.others.mean / penalty - 1
    }
    let batch = options.batches.max()!
    let skewed = large.first { !isSymmetric($0) && $0.setting.potential == .relu }!
    let identity = large.filter { $0.setting.potential == .identity }
    // The slope of log effect over log M, between the two largest sizes.
    let sizes = options.batches.sorted()
    var list = [
      Claim(
        "Symmetric h: measured effect of batch noise over ζγ², farthest from 1 at M = \(batch)",
        source: source, published: "1",
        measured: 1
          + large.filter(isSymmetric).map { deviation($0, penalty($0)) }
          .max { abs($0) < abs($1) }!, band: .within(0.9...1.1)),
      Claim(
        "Skewed h, ReLU: measured effect over ζγ² at M = \(batch)", source: source,
        published: "1", measured: 1 + deviation(skewed, penalty(skewed)),
        band: .within(0.9...1.1)),
      Claim(
        "The same with the term in the skewness", source: "errata B3", published: "1",
        measured: 1 + deviation(skewed, completePenalty(skewed)), band: .within(0.9...1.1)),
    ]
    if sizes.count > 1 {
      let (small, big) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
      let slopes = GammaDecayStudy.settings.map { setting -> Double in
        func effect(_ batch: Int) -> Double {
          rows(setting).first { $0.batch == batch }!.effects.others.mean
        }
        return log(effect(big) / effect(small)) / log(Double(big) / Double(small))
      }
      list.append(
        Claim(
          "The strength is inversely proportional to M: exponent, farthest from −1",
          source: "Luo et al. 2019, §1.1", published: "−1",
          measured: slopes.max { abs($0 + 1) < abs($1 + 1) }!, band: .within(-1.1 ... -0.9)))
    }
    for (parts, path) in [
      ("", \GammaDecayCoefficient.coefficient), (" from σ_B only", \.fromDeviation),
    ] {
      list.append(
        Claim(
          "A linear unit's γ shrinks as with the penalty\(parts): 1 − γ of batch normalization over that "
            + "of the penalty, farthest from 1 at M = \(batch)",
          source: parts.isEmpty ? source : "Luo et al. 2019, C.3", published: "1",
          measured: identity.map {
            (1 - $0.effects.scale.mean) / shrinkage($0.decay[keyPath: path])
          }.max { abs($0 - 1) < abs($1 - 1) }!, band: .within(0.8...1.2)))
    }
    return Claims(list)
  }

  package var figures: [(name: String, figure: Figure)] {
    UnitPotential.allCases.map { potential in
      (
        "gamma-decay-\(potential.rawValue)",
        Figure(
          title: "Effect of batch noise times M, "
            + (potential == .relu ? "ReLU (softplus)" : "identity, ½ squared loss")
            + ", γ = \(options.gamma), β = \(options.beta)",
          panels: HiddenUnit.Distribution.allCases.map {
            panel(.init(potential: potential, distribution: $0))
          })
      )
    } + [
      (
        "gamma-decay-scale",
        Figure(
          title: "How much γ of a linear unit shrinks, times M",
          panels: HiddenUnit.Distribution.allCases.map(scalePanel))
      )
    ]
  }

  private func scalePanel(_ distribution: HiddenUnit.Distribution) -> Figure.Panel {
    let rows = rows(.init(potential: .identity, distribution: distribution))
    let x = rows.map { Double($0.batch) }
    func scaled(_ value: (Row) -> Double) -> [Double] {
      rows.map { Double($0.batch) * value($0) }
    }
    let error = scaled { 2 * $0.effects.scale.standardError }
    let measured = scaled { 1 - $0.effects.scale.mean }
    return .init(
      title: "\(distribution.rawValue) inputs",
      x: .init("batch size M", scale: .logarithmic), y: .init("(1 − γ) · M"),
      series: [
        .init("penalty ζγ²", x: x, y: scaled { shrinkage($0.decay.coefficient) }, colour: 0),
        .init(
          "its part from σ_B", style: .dashed, x: x,
          y: scaled { shrinkage($0.decay.fromDeviation) }, colour: 5),
        .init(
          "batch normalization", style: .points, x: x, y: measured,
          lower: zip(measured, error).map { $0 - $1 }, upper: zip(measured, error).map { $0 + $1 },
          colour: 3),
      ])
  }

  private func panel(_ setting: GammaDecayStudy.Setting) -> Figure.Panel {
    let rows = rows(setting)
    let x = rows.map { Double($0.batch) }
    func scaled(_ value: (Row) -> Double) -> [Double] {
      rows.map { Double($0.batch) * value($0) }
    }
    func measured(_ label: String, _ colour: Int, _ values: @escaping (Row) -> [Double])
      -> Figure.Series
    {
      .init(
        label, style: .points, x: x, y: scaled { values($0).mean },
        lower: scaled { values($0).mean - 2 * values($0).standardError },
        upper: scaled { values($0).mean + 2 * values($0).standardError }, colour: colour)
    }
    return .init(
      title: "\(setting.distribution.rawValue) inputs",
      x: .init("batch size M", scale: .logarithmic), y: .init("effect · M"),
      series: [
        .init("ζγ²", x: x, y: scaled(penalty), colour: 0),
        .init("with skewness", style: .dashed, x: x, y: scaled(completePenalty), colour: 1),
        measured("measured", 2) { $0.effects.others },
        measured("measured on the batch's members", 3) { $0.effects.members },
      ])
  }
}
