import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct FisherInformationTests {
  static let models: [(OutputModel, Activation)] = [
    (.square, .identity), (.square, .tanh), (.bernoulli, .sigmoid), (.bernoulli, .tanh),
    (.bernoulli, .scaledTanh), (.softmax, .identity), (.softmax, .sigmoid),
    (.spherical, .identity), (.spherical, .softplus), (.poisson, .identity), (.poisson, .tanh),
  ]

  /// The mean divergence of the outputs at `moved` from those at the parameters of the trial.
  private func divergence(_ trial: Trial<Double>, _ output: ReferenceOutput, _ moved: [Double])
    -> Double
  {
    let columns = [trial.parameters.elements, moved].map { values in
      trial.workspace.forward(Parameters(values))
      return trial.workspace.outputs.transposed.nested
    }
    return zip(columns[0], columns[1]).map(output.divergence).reduce(0, +)
      / Double(trial.samples.count)
  }

  @Test(arguments: models)
  func `the full metric is the second derivative of the divergence`(
    _ model: OutputModel, _ activation: Activation
  ) throws {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered(
      [2, 2, 2], activation: .tanh, outputActivation: activation, output: model)
    var parameters = Parameters<Double>(
      (0..<network.parameterCount).map { _ in 0.3 + 0.6 * stream.normal() })
    // Away from 0, where the spherical model has a pole.
    for unit in 0..<2 { parameters[network.parameters(layer: 1, unit: unit).lowerBound] += 1.5 }
    let trial = Trial(network, parameters, randomSamples(network, count: 4, using: &stream))
    let output = ReferenceOutput(model: model, activation: activation)
    let metric = try trial.estimator(.naturalGradient).fullMatrix()!
    let count = network.parameterCount
    func second(_ i: Int, _ j: Int, _ h: Double) -> Double {
      func at(_ si: Double, _ sj: Double) -> Double {
        var moved = parameters.elements
        moved[i] += si * h
        moved[j] += sj * h
        return divergence(trial, output, moved)
      }
      return (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h)
    }
    for i in 0..<count {
      for j in 0...i {
        let expected = (4 * second(i, j, 2e-3) - second(i, j, 4e-3)) / 3
        // Rounding u/h² = 1e-10 and h⁴ times a sixth derivative.
        #expect(
          abs(metric[i, j] - expected) < 1e-7 * (1 + abs(expected)),
          "\(model), \(activation), entry (\(i), \(j)): \(metric[i, j]), \(expected)")
      }
    }
  }

  @Test(arguments: models)
  func `the outer product for targets of the model is on average the Fisher matrix`(
    _ model: OutputModel, _ activation: Activation
  ) throws {
    var stream = RandomStream(seed: 6)
    let network = try Network.layered(
      [2, 3, 2], activation: .tanh, outputActivation: activation, output: model)
    let parameters = randomParameters(network, using: &stream)
    let inputs = randomMatrix(2, 3, using: &stream)
    let exact = Trial(
      network, parameters,
      Samples(inputs: inputs, targets: model.targets(outputs: 2, count: 3, using: &stream)))
    let pairs: [(Metric, Metric)] = [
      (.naturalGradient, .empiricalFisher), (.unitwiseNaturalGradient, .unitwiseEmpiricalFisher),
    ]
    for (metric, sampled) in pairs {
      var sum = [Double](repeating: 0, count: try exact.entries(metric).count)
      for x in 0..<3 {
        for (target, weight) in labels(exact, x) {
          let trial = Trial(
            network, parameters, Samples(inputs: inputs.columns([x]), targets: target))
          sum = zip(sum, try trial.entries(sampled)).map { $0 + weight / 3 * $1 }
        }
      }
      // Every label is enumerated: rounding only.
      expectClose(sum, try exact.entries(metric), tolerance: 1e-12, "\(model), \(activation)")
    }
  }

  /// Every target of a sample with its probability; for the square and the Poisson model two values for each
  /// output, one deviation above and below, which have the moments of a Gaussian up to the third.
  private func labels(_ trial: Trial<Double>, _ x: Int) -> [(Targets<Double>, Double)] {
    if trial.network.output.targetsAreClasses {
      return (0..<2).map { (.classes([$0]), trial.workspace.probabilities[$0, x]) }
    }
    return [[0, 0], [0, 1], [1, 0], [1, 1]].map { bits in
      guard trial.network.output == .bernoulli else {
        let a = trial.workspace.outputs
        return (
          .values(
            Matrix(
              (0..<2).map { output in
                let (sign, mean) = (2 * bits[output] - 1, a[output, x])
                // Of counts, too, one deviation above and below the mean.
                return trial.network.output == .poisson
                  ? [exp(mean) + sign * exp(mean / 2)] : [mean + sign]
              })), 0.25
        )
      }
      let p = trial.workspace.probabilities
      let weights = (0..<2).map { bits[$0] == 1 ? p[$0, x] : 1 - p[$0, x] }
      return (.values(Matrix([[bits[0]], [bits[1]]])), weights[0] * weights[1])
    }
  }
}

extension Trial<Double> {
  /// All entries of a metric: the full matrix, or the matrices of all units.
  func entries(_ metric: Metric, seed: UInt64 = 1) throws -> [Double] {
    entries(of: try estimator(metric, seed: seed))
  }

  func entries(of estimator: MetricEstimator<Double>) -> [Double] {
    estimator.fullMatrix()?.elements
      ?? network.layers.indices.flatMap { layer in
        (0..<network.layers[layer].rows.count).flatMap {
          estimator.unitMatrix(layer: layer, unit: $0)!.elements
        }
      }
  }
}
