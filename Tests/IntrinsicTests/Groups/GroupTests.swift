import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Groups of units whose activity is a vector, against loops with explicit Jacobians.
@Suite struct GroupTests {
  /// Layers with groups of several sizes beside plain ones, skipped and sparse.
  private func network(_ kind: Int, output: OutputModel = .square) throws -> Network {
    var builder = NetworkBuilder(inputs: 3)
    let first = builder.dense(6, [.softmax(of: 3), .radial(of: 2), .radial(of: 3)][kind % 3])
    let second = builder.dense(
      4, [.radial(of: 2), .tanh, .softmax(of: 1, 3)][kind / 3 % 3], reading: [first],
      bias: kind % 2 == 0)
    builder.sparse(
      incoming: [[3, 4, 9], [5, 9, 10], [0, 7, 11, 12], [8, 9, 10, 11]],
      [.softmax(of: 2), .radial(of: 4)][kind % 2])
    builder.dense(
      3, kind % 2 == 0 ? .identity(of: 1, 2) : .identity(of: 3), reading: [second, builder.last])
    return try builder.build(output: output)
  }

  private func trial(_ kind: Int, output: OutputModel = .square) throws -> Trial<Double> {
    let network = try network(kind, output: output)
    var stream = RandomStream(seed: UInt64(kind) + 1)
    let parameters = Parameters(
      (0..<network.parameterCount).map { _ in 0.7 * stream.normal() as Double })
    return Trial(network, parameters, randomSamples(network, count: 5, using: &stream))
  }

  private func references(_ trial: Trial<Double>) -> [GroupReference] {
    (0..<trial.samples.count).map { x in
      GroupReference(
        trial.network, trial.parameters.elements,
        input: (0..<3).map { trial.samples.inputs[$0, x] })
    }
  }

  private func fisher(_ trial: Trial<Double>, _ reference: GroupReference) -> [[Double]] {
    let outputs = trial.network.outputRows.map { reference.a[$0] }
    guard trial.network.output == .softmax else {
      return outputs.indices.map { i in outputs.indices.map { i == $0 ? 1 : 0 } }
    }
    let sum = outputs.map { exp($0) }.reduce(0, +)
    let p = outputs.map { exp($0) / sum }
    return p.indices.map { i in p.indices.map { (i == $0 ? p[i] : 0) - p[i] * p[$0] } }
  }

  private static let models: [OutputModel] = [.square, .softmax]

  @Test(arguments: 0..<6, models)
  func `the gradient is the derivative of the loss`(_ kind: Int, _ model: OutputModel) throws {
    let trial = try trial(kind, output: model)
    for index in 0..<trial.network.parameterCount {
      let losses = [1e-5, -1e-5].map { h in
        var moved = trial.parameters
        moved[index] += h
        return Trial(trial.network, moved, trial.samples).loss
      }
      #expect(abs(-(losses[0] - losses[1]) / 2e-5 - trial.gradient[index]) < 1e-9, "\(index)")
    }
  }

  @Test(arguments: 0..<6, models)
  func `unitwise matrices are those of explicit Jacobians`(
    _ kind: Int, _ model: OutputModel
  ) throws {
    let trial = try trial(kind, output: model)
    let references = references(trial)
    let exact = try trial.estimator(.unitwiseNaturalGradient)
    let reduced = try trial.estimator(.reduced(.reduce(.fisher), .unitwise))
    let backpropagated = try trial.estimator(.backpropagatedMetric)
    let empirical = try trial.estimator(.unitwiseEmpiricalFisher)
    let signals = trial.workspace.signals
    for (layer, place) in trial.network.layers.enumerated() {
      let first = place.rows.lowerBound
      for (group, units) in place.groupLayout.groups.enumerated() {
        func mean(_ entry: (Int, GroupReference, Int, Int) -> Double) -> [Double] {
          let matrices = references.enumerated().map { x, reference in
            reference.outer(layer, units: units) { entry(x, reference, $0, $1) }.flatMap { $0 }
          }
          return matrices[0].indices.map { i in
            matrices.reduce(0) { $0 + $1[i] } / Double(references.count)
          }
        }
        let fisher = mean { [self] _, reference, c, d in
          reference.exact(self.fisher(trial, reference), first + c, first + d)
        }
        let label = "layer \(layer), group \(group)"
        expectClose(
          exact.unitMatrix(layer: layer, unit: group)!.elements, fisher, tolerance: 1e-12, label)
        expectClose(
          reduced.unitMatrix(layer: layer, unit: group)!.elements, fisher, tolerance: 1e-12, label)
        let moduli = references.map { $0.backpropagated(self.fisher(trial, $0)) }
        expectClose(
          backpropagated.unitMatrix(layer: layer, unit: group)!.elements,
          mean { x, _, c, d in moduli[x][layer][c][d] }, tolerance: 1e-12, label)
        expectClose(
          empirical.unitMatrix(layer: layer, unit: group)!.elements,
          mean { x, _, c, d in signals.row(first + c)[x] * signals.row(first + d)[x] },
          tolerance: 1e-12, label)
      }
    }
  }

  static let sources: [SignalSource] = [.fisher, .monteCarlo(samples: 2), .empiricalFisher]

  @Test(arguments: 0..<6, sources)
  func `reductions keep entries of the full matrix`(_ kind: Int, _ source: SignalSource) throws {
    let trial = try trial(kind, output: .softmax)
    let full = try trial.estimator(.full(source)).fullMatrix()!
    for reduction in Reduction.allCases {
      let estimator = try trial.estimator(.reduced(.expand(source), reduction))
      for layer in trial.network.layers.indices {
        for (unit, range) in estimator.matrices(of: layer).enumerated() {
          let expected = range.flatMap { i in
            range.map { j in
              let isKept =
                switch reduction {
                case .unitwise: true
                case .diagonal: i == j
                case .quasiDiagonal:
                  i == j
                    || trial.network.layers[layer].hasBias
                      && (i == range.lowerBound || j == range.lowerBound)
                }
              return isKept ? full[i, j] : 0
            }
          }
          expectClose(
            estimator.unitMatrix(layer: layer, unit: unit)!.elements, expected, tolerance: 1e-12,
            "\(reduction), layer \(layer), \(unit)")
        }
      }
    }
  }

  @Test(arguments: 0..<6, Modulus.backpropagatedAndExact)
  func `the diagonals of C are the moduli of units`(_ kind: Int, _ modulus: Modulus) throws {
    let trial = try trial(kind, output: .softmax)
    let diagonal = try trial.estimator(.reduced(modulus, .diagonal))
    let unitwise = try trial.estimator(.reduced(modulus, .unitwise))
    for layer in trial.network.layers.indices {
      expectClose(
        diagonal.matrices(of: layer).indices.flatMap { unit in
          let matrix = diagonal.unitMatrix(layer: layer, unit: unit)!
          return (0..<matrix.rows).map { matrix[$0, $0] }
        },
        unitwise.matrices(of: layer).indices.flatMap { group in
          let matrix = unitwise.unitMatrix(layer: layer, unit: group)!
          return (0..<matrix.rows).map { matrix[$0, $0] }
        }, tolerance: 1e-12, "layer \(layer)")
    }
  }

  @Test func `identity groups of two layers change nothing but the matrices`() throws {
    let grouped = try Network.layered([3, 4, 2], activation: .identity(of: 2), output: .square)
    let plain = try Network.layered([3, 4, 2], activation: .identity, output: .square)
    var stream = RandomStream(seed: 3)
    let parameters = randomParameters(plain, using: &stream)
    let samples = randomSamples(plain, count: 6, using: &stream)
    let (a, b) = (Trial(grouped, parameters, samples), Trial(plain, parameters, samples))
    #expect(a.gradient.elements == b.gradient.elements)
    expectClose(
      try a.estimator(.naturalGradient).fullMatrix()!.elements,
      try b.estimator(.naturalGradient).fullMatrix()!.elements, tolerance: 1e-14, "full")
    let matrix = try a.estimator(.unitwiseNaturalGradient).unitMatrix(layer: 0, unit: 1)!
    #expect(matrix.rows == 8)
  }

  @Test func `single precision is close to double precision`() throws {
    for kind in 0..<6 {
      let trial = try trial(kind)
      let single = Trial<Float>(
        trial.network, Parameters(trial.parameters.elements.map { Float($0) }),
        Samples(
          inputs: trial.samples.inputs.map { Float($0) },
          targets: trial.samples.targets.single))
      let steps = try single.step(.metric(.unitwiseNaturalGradient, .additive(0.1)))
      let expected = try trial.step(.metric(.unitwiseNaturalGradient, .additive(0.1)))
      expectClose(
        steps.map { Double($0) }, expected, tolerance: 1e-4, ofLargest: 1e-4, "\(kind)")
    }
  }
}

extension Modulus {
  static let backpropagatedAndExact: [Modulus] = [
    .backpropagated, .expand(.fisher), .reduce(.fisher),
  ]
}
