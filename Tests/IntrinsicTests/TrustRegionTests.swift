import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Steps that find their own length, against the whole Fisher matrix.
@Suite struct TrustRegionTests {
  static let networks: [(String, Network)] = [
    ("softmax", try! Network.layered([4, 6, 3], activation: .tanh, output: .softmax)),
    ("square", try! Network.layered([4, 6, 2], activation: .relu, output: .square)),
    (
      "Bernoulli",
      try! Network.layered(
        [4, 6, 2], activation: .sigmoid, outputActivation: .sigmoid, output: .bernoulli)
    ),
  ]

  private func trial(_ network: Network, samples: Int) -> Trial<Double> {
    var stream = RandomStream(seed: 31)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    return Trial(network, parameters, randomSamples(network, count: samples, using: &stream))
  }

  private func form(_ matrix: Matrix<Double>, _ v: [Double]) -> Double {
    v.indices.reduce(0) { sum, i in
      sum + v[i] * v.indices.reduce(0) { $0 + matrix[i, $1] * v[$1] }
    }
  }

  @Test(arguments: networks)
  func `the length of a step is that in the Fisher matrix`(
    _ name: String, _ network: Network
  ) throws {
    let count = 20_000
    let trial = trial(network, samples: count)
    let step = Displacement(trial.gradient.elements)
    let fisher = try trial.estimator(.naturalGradient).fullMatrix()!
    let plain = FisherLength<Double>(
      network, outputDamping: 0, maximumBatchSize: count, stream: RandomStream(seed: 5))
    let measured = plain.squared(of: step, at: trial.workspace, trial.parameters)
    // Four standard deviations of a mean of as many squares of heavy tails.
    #expect(abs(measured / form(fisher, step.elements) - 1) < 0.06, "\(name)")
  }

  @Test func `output damping adds the change of the outputs`() throws {
    let (count, kappa) = (20_000, 3.0)
    let network = Self.networks[0].1
    let trial = trial(network, samples: count)
    let step = Displacement(trial.gradient.elements)
    let fisher = form(try trial.estimator(.naturalGradient).fullMatrix()!, step.elements)
    let jacobian = trial.workspace.outputJacobian(trial.parameters)
    var change = [Double](repeating: 0, count: jacobian.columns)
    for e in 0..<jacobian.rows {
      for x in change.indices { change[x] += jacobian[e, x] * step[e] }
    }
    let expected = fisher + kappa * change.reduce(0) { $0 + $1 * $1 } / Double(count)
    let damped = FisherLength<Double>(
      network, outputDamping: kappa, maximumBatchSize: count, stream: RandomStream(seed: 5))
    let measured = damped.squared(of: step, at: trial.workspace, trial.parameters)
    #expect(abs(measured / expected - 1) < 0.06)
    #expect(expected > 1.5 * fisher)
  }

  @Test func `a step changes what the network says by no more than the radius`() throws {
    let network = Self.networks[0].1
    let trial = trial(network, samples: 5_000)
    for radius in [1e-6, 1e-4] {
      let rule = try TrustRegionRule<Double>(
        EuclideanRule(), radius: radius, network, maximumBatchSize: 5_000,
        stream: RandomStream(seed: 2))
      var step = Displacement<Double>(network)
      try rule.step(for: trial.gradient, at: trial.workspace, trial.parameters, into: &step)
      let before = trial.workspace.probabilities
      var moved = trial.parameters
      moved.move(by: step, stepSize: 1)
      let after = Workspace<Double>(network, maximumBatchSize: 5_000)
      after.load(trial.samples)
      after.forward(moved)
      let probabilities = after.probabilities
      var divergence = 0.0
      for (p, q) in zip(before.elements, probabilities.elements) { divergence += p * log(p / q) }
      divergence /= 5_000
      #expect(divergence < 1.1 * radius && divergence > 0.8 * radius, "\(divergence)")
    }
  }

  @Test func `with room enough the step is the best of the quadratic model`() throws {
    // A linear network with the square loss: the model is exact.
    let network = try Network.layered([5, 2], activation: .identity, output: .square)
    let trial = trial(network, samples: 20_000)
    let rule = try TrustRegionRule<Double>(
      EuclideanRule(), radius: 1e6, network, maximumBatchSize: 20_000, stream: RandomStream(seed: 2)
    )
    var step = Displacement<Double>(network)
    try rule.step(for: trial.gradient, at: trial.workspace, trial.parameters, into: &step)
    func loss(_ factor: Double) -> Double {
      var moved = trial.parameters
      moved.move(by: step, stepSize: factor)
      let workspace = Workspace<Double>(network, maximumBatchSize: 20_000)
      workspace.load(trial.samples)
      workspace.forward(moved)
      return workspace.loss()
    }
    // Output damping of a hundredth makes the step that much shorter.
    let (below, best, above) = (loss(0.9), loss(1), loss(1.12))
    #expect(best < below && best < above)
  }

  @Test func `an output model without a Fisher metric is refused`() throws {
    let network = try Network.layered([2, 3, 1], activation: .relu, output: .exponential)
    #expect(throws: MetricError.self) {
      _ = try TrustRegionRule<Double>(
        EuclideanRule(), radius: 1, network, maximumBatchSize: 1, stream: RandomStream(seed: 0))
    }
  }
}
