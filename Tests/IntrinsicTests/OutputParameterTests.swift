import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Softmax with output parameters, Pr(k) ∝ e^{ϑ_k a_k} (Ollivier 2015, Remark 16).
@Suite struct OutputParameterTests {
  private func trial(_ seed: UInt64, samples count: Int = 40) throws -> Trial<Double> {
    var stream = RandomStream(seed: seed)
    let network = try Network.layered(
      [3, 4, 3], activation: .tanh, output: .softmax, outputParameters: true)
    var parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    for index in network.layers.last!.parameters { parameters[index] = 0.5 + stream.uniform() }
    return Trial(network, parameters, randomSamples(network, count: count, using: &stream))
  }

  @Test func `output parameters start at 1, whatever the initialization`() throws {
    for initialization in [Initialization.normal(gain: 2), .centredSigmoid, .zeros] {
      let network = try Network.layered(
        [3, 4], activation: .tanh, output: .softmax, outputParameters: true)
      var stream = RandomStream(seed: 1)
      let parameters: Parameters<Double> = initialization.parameters(network, using: &stream)
      #expect(network.layers.last!.parameters.map { parameters[$0] } == [1, 1, 1, 1])
    }
  }

  @Test func `probabilities are proportional to the exponentials of scaled activities`() throws {
    let trial = try trial(2)
    let p = trial.workspace.probabilities
    let a = trial.workspace.activities.matrix(trial.network.layers[1].rows)
    let theta = trial.network.layers[2].parameters.map { trial.parameters[$0] }
    for x in 0..<trial.samples.count {
      let weights = theta.indices.map { exp(theta[$0] * a[$0, x]) }
      expectClose(
        theta.indices.map { p[$0, x] }, weights.map { $0 / weights.reduce(0, +) },
        tolerance: 1e-13, "sample \(x)")
    }
  }

  @Test(arguments: [
    (Metric.naturalGradient, Metric.backpropagatedMetric),
    (.naturalGradient, .quasiDiagonalNaturalGradient), (.naturalGradient, .diagonalGaussNewton),
    (.empiricalFisher, .quasiDiagonalEmpiricalFisher), (.empiricalFisher, .unitwiseEmpiricalFisher),
  ])
  func `reduced metrics hold the block of the full one over all output parameters`(
    _ full: Metric, _ reduced: Metric
  ) throws {
    for seed in UInt64(10)..<15 {
      let trial = try trial(seed)
      for damping in full.isFisher ? [Damping.none, Damping(output: 0.2)] : [.none] {
        let whole = try trial.estimator(full, damping).fullMatrix()!
        let range = trial.network.layers.last!.parameters
        let expected = range.flatMap { i in range.map { whole[i, $0] } }
        expectClose(
          try trial.estimator(reduced, damping).outputParameterMatrix()!.elements, expected,
          tolerance: 1e-11, "seed \(seed), \(damping)")
      }
    }
  }

  @Test func `their step solves that matrix, and leaves the others alone`() throws {
    let trial = try trial(20)
    let estimator = try trial.estimator(.quasiDiagonalBackpropagatedMetric, .additive(0.1))
    var step = Displacement<Double>(trial.network)
    try estimator.solve(trial.gradient, into: &step)
    var matrix = estimator.outputParameterMatrix()!
    for i in 0..<matrix.rows { matrix[i, i] += 0.1 }
    let range = trial.network.layers.last!.parameters
    expectClose(
      range.map { step[$0] }, solve(matrix.nested, range.map { trial.gradient[$0] }),
      tolerance: 1e-10, "ϑ")
    for layer in 0..<2 {
      for unit in 0..<trial.network.layers[layer].rows.count {
        let own = trial.network.parameters(layer: layer, unit: unit)
        var block = estimator.unitMatrix(layer: layer, unit: unit)!
        for i in 0..<block.rows { block[i, i] += 0.1 }
        // A quasi-diagonal step is exact on the bias equation of the arrow that it keeps.
        let bias = own.indices.reduce(0) { $0 + block[0, $1 - own.lowerBound] * step[$1] }
        #expect(abs(bias - trial.gradient[own.lowerBound]) < 1e-10)
      }
    }
  }

  @Test func `moving averages follow the discount`() throws {
    let trial = try trial(30)
    let estimator = try MetricEstimator<Double>(
      .backpropagatedMetric, damping: .additive(1), averaging: MetricAveraging(rate: 0.25),
      trial.network, maximumBatchSize: trial.samples.count, stream: RandomStream(seed: 1))
    estimator.estimate(at: trial.workspace, trial.parameters)
    let first = estimator.outputParameterMatrix()!
    var moved = trial.parameters
    for index in 0..<moved.count { moved[index] *= 1.2 }
    let other = Trial(trial.network, moved, trial.samples)
    let second = try other.estimator(.backpropagatedMetric).outputParameterMatrix()!
    estimator.estimate(at: other.workspace, moved)
    expectClose(
      estimator.outputParameterMatrix()!.elements,
      zip(first.elements, second.elements).map { 0.75 * $0 + 0.25 * $1 }, tolerance: 1e-12, "mean")
  }

  @Test func `training moves them and lowers the loss`() throws {
    let trial = try trial(40)
    let descent = try BoldDriverDescent<Double>(
      .metric(.quasiDiagonalBackpropagatedMetric, .additive(1e-3)), trial.network,
      from: trial.parameters, samples: trial.samples, stream: RandomStream(seed: 1))
    for _ in 0..<100 { try descent.iterate() }
    #expect(descent.loss < 0.8 * trial.loss)
    for index in trial.network.layers.last!.parameters {
      #expect(descent.parameters[index] != trial.parameters[index])
    }
  }

  @Test func `a singular matrix is an error that names the layer`() throws {
    // One sample gives a matrix of rank 2 for three output parameters.
    let trial = try trial(50, samples: 1)
    let estimator = try trial.estimator(.quasiDiagonalNaturalGradient)
    var step = Displacement<Double>(trial.network)
    #expect {
      try estimator.solve(trial.gradient, into: &step)
    } throws: { error in
      if case MetricError.notPositiveDefinite(2, _, _, _) = error { true } else { false }
    }
  }

  @Test func `only softmax has them`() {
    #expect(throws: NetworkError.noOutputParameters(model: .square)) {
      try Network.layered([2, 2], activation: .tanh, output: .square, outputParameters: true)
    }
  }
}
