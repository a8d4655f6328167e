import IntrinsicMath
import Testing

@testable import Intrinsic

/// Whole trainings from corresponding starts of a sigmoid and a tanh network.
@Suite struct TrajectoryTests {
  static let metrics: [Metric] = [
    .quasiDiagonalBackpropagatedMetric, .unitwiseNaturalGradient, .quasiDiagonalNaturalGradient,
    .backpropagatedMetric, .unitwiseEmpiricalFisher, .quasiDiagonalEmpiricalFisher,
  ]

  /// Noisy bits of a plane: the loss has a minimum well above 0, where activities do not saturate
  /// and matrices stay well conditioned.
  private func starts() throws -> [(Network, Parameters<Double>, Samples<Double>)] {
    let sigmoid = try Network.layered(
      [2, 2, 1], activation: .sigmoid, outputActivation: .sigmoid, output: .bernoulli)
    let tanh = try Network.layered(
      [2, 2, 1], activation: .tanh, outputActivation: .tanh, output: .bernoulli)
    var stream = RandomStream(seed: 31)
    let inputs = randomMatrix(2, 80, using: &stream).map { 0.5 + 0.3 * $0 }
    let bits = (0..<80).map { x in
      inputs[0, x] + inputs[1, x] + 0.5 * stream.normal() > 1 ? 1.0 : 0
    }
    let samples = Samples(inputs: inputs, targets: .values(Matrix([bits])))
    let parameters: Parameters<Double> = Initialization.centredSigmoid.parameters(
      sigmoid, using: &stream)
    let map = Correspondence.units(sigmoid, layers: [0, 1]) { w in
      [w[0] / 2 + w.dropFirst().reduce(0, +) / 4] + w.dropFirst().map { $0 / 4 }
    }
    return [
      (sigmoid, parameters, samples),
      (tanh, Parameters(map(parameters.elements)), samples.with { $0.map { 2 * $0 - 1 } }),
    ]
  }

  private func adaptiveLosses(_ method: Optimizer) throws -> [[Double]] {
    try starts().map { network, parameters, samples in
      let descent = try BoldDriverDescent(
        method, network, from: parameters, samples: samples,
        driver: BoldDriver(initial: 0.01), stream: RandomStream(seed: 1))
      return try (0..<100).map { _ in
        try descent.iterate()
        return descent.loss
      }
    }
  }

  private func batchLosses(_ method: Optimizer) throws -> [[Double]] {
    try starts().map { network, parameters, samples in
      let descent = try Descent(
        method, network, from: parameters, stepSize: .constant(0.02), maximumBatchSize: 20,
        stream: RandomStream(seed: 1))
      return try (0..<100).map { step in
        try descent.step(on: samples.subset((0..<20).map { (step * 7 + $0 * 3) % 80 }))
      }
    }
  }

  // Each step multiplies a difference by at most the condition number of its matrix, but near the
  // minimum steps contract; 1e-6 is far below the 1e-2 by which other methods differ.

  @Test(arguments: metrics)
  func `adaptive descents have the same losses`(_ metric: Metric) throws {
    let losses = try adaptiveLosses(.metric(metric, .none))
    expectClose(losses[1], losses[0], tolerance: 1e-6, "\(metric)")
    #expect(losses[0].last! < 0.9 * losses[0][0], "\(metric) learns")
  }

  @Test(arguments: metrics)
  func `descents on mini-batches have the same losses`(_ metric: Metric) throws {
    let losses = try batchLosses(.metric(metric, .none))
    expectClose(losses[1], losses[0], tolerance: 1e-6, "\(metric)")
  }

  @Test(arguments: [
    Optimizer.gradientDescent, .adam, .batchAdaGrad(epsilon: 1e-8),
    .metric(.diagonalGaussNewton, .none), .metric(.diagonalNaturalGradient, .none),
  ])
  func `methods that are not invariant have other losses`(_ method: Optimizer) throws {
    let adaptive = try adaptiveLosses(method)
    #expect(deviation(adaptive[1], from: adaptive[0]) > 1e-3)
    let batches = try batchLosses(method)
    #expect(deviation(batches[1], from: batches[0]) > 1e-3)
  }

  @Test func `Monte Carlo descents with the same draws have the same losses`() throws {
    let metric = Metric.monteCarloQuasiDiagonalNaturalGradient(samples: 2)
    let losses = try batchLosses(.metric(metric, .none))
    // As above; a draw differs only if a uniform number falls between two probabilities that
    // agree to rounding.
    expectClose(losses[1], losses[0], tolerance: 1e-6, "\(metric)")
  }
}
