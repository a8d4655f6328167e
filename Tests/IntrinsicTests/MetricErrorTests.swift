import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct MetricErrorTests {
  private func trial(_ sizes: [Int], count: Int, _ model: OutputModel = .square) throws
    -> Trial<Double>
  {
    var stream = RandomStream(seed: 1)
    let network = try Network.layered(sizes, activation: .tanh, output: model)
    return Trial(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: count, using: &stream))
  }

  @Test func `a singular unit matrix is named by layer and unit`() throws {
    // A single sample 1 of a linear unit: the matrix is exactly ((1, 1), (1, 1)).
    let network = try Network.layered([1, 1], activation: .identity, output: .square)
    let small = Trial(
      network, Parameters([0.5, 1]),
      Samples(inputs: Matrix([[1.0]]), targets: .values(Matrix([[1]]))))
    #expect(throws: MetricError.notPositiveDefinite(layer: 0, unit: 0, pivot: 1, damping: 0)) {
      try small.step(.metric(.unitwiseNaturalGradient, .none))
    }
  }

  @Test func `the first singular unit of a later layer is named`() throws {
    // Two hidden units, of which the second is constant 0: only the outputs are singular.
    let network = try Network.layered([1, 2, 2], activation: .identity, output: .square)
    let parameters = Parameters<Double>([0, 1, 0, 0, 0.5, 1, 1, 0.25, 1, 2])
    let samples = Samples(
      inputs: Matrix([[1.0, 2, 4]]), targets: .values(Matrix<Double>(rows: 2, columns: 3)))
    #expect(throws: MetricError.notPositiveDefinite(layer: 1, unit: 0, pivot: 2, damping: 0)) {
      try Trial(network, parameters, samples).step(.metric(.unitwiseNaturalGradient, .none))
    }
  }

  @Test func `fewer samples than parameters of a large unit need damping`() throws {
    let large = try trial([80, 3], count: 20)
    let error = #expect(throws: MetricError.self) {
      try large.step(.metric(.unitwiseNaturalGradient, .none))
    }
    guard case .notPositiveDefinite(let layer, _, _, let damping) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(layer == 0 && damping == 0)
    #expect(throws: MetricError.self) { try large.step(.metric(.naturalGradient, .none)) }
    try large.step(.metric(.unitwiseNaturalGradient, .additive(1e-6)))
    try large.step(.metric(.naturalGradient, .additive(1e-6)))
  }

  @Test(arguments: Metric.every)
  func `the exponential model has outer products, but no Fisher metric`(_ metric: Metric) throws {
    let trial = try trial([2, 3, 2], count: 30, .exponential)
    if metric.isFisher {
      #expect(throws: MetricError.noFisherMetric(.exponential)) {
        try trial.step(.metric(metric, .additive(1)))
      }
    } else {
      #expect(try trial.step(.metric(metric, .additive(1))).isFinite)
    }
  }

  @Test func `at least one draw and damping of at least 0 are needed`() throws {
    let trial = try trial([2, 2], count: 3)
    for metric in [
      Metric.monteCarloNaturalGradient(samples: 0), .monteCarloUnitwiseNaturalGradient(samples: -1),
      .monteCarloDiagonalNaturalGradient(samples: 0),
    ] {
      #expect(throws: MetricError.noMonteCarloSamples) {
        try trial.step(.metric(metric, .additive(1)))
      }
    }
    for value in [-1e-3, -.infinity, .infinity] {
      #expect(throws: MetricError.invalidDamping(value)) {
        try trial.step(.metric(.diagonalGaussNewton, .additive(value)))
      }
    }
    #expect(throws: MetricError.self) {
      try trial.step(.metric(.diagonalGaussNewton, .additive(.nan)))
    }
  }

  @Test func `a full metric that cannot fit is refused before it is allocated`() throws {
    let network = try Network.layered([2000, 100, 10], activation: .tanh, output: .softmax)
    let error = #expect(throws: MetricError.self) {
      try MetricEstimator<Double>(
        .naturalGradient, damping: .none, network, maximumBatchSize: 1000,
        stream: RandomStream(seed: 1))
    }
    guard case .tooLarge(let parameters, let columns, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(parameters == network.parameterCount && columns == 10_000)
  }

  @Test func `descriptions name the place and a remedy`() {
    let errors: [(MetricError, [String])] = [
      (.noFisherMetric(.exponential), ["exponential", "gradient descent"]),
      (.notPositiveDefinite(layer: 2, unit: 5, pivot: 1, damping: 0), ["layer 2", "unit 5"]),
      (.fullMatrixNotPositiveDefinite(pivot: 3, size: 9, damping: 0), ["9", "damping"]),
      (.tooLarge(parameters: 7, columns: 8, gigabytes: 9), ["7", "8", "9", "unitwise"]),
      (.noMonteCarloSamples, ["one draw"]), (.invalidDamping(-1), ["-1"]),
    ]
    for (error, words) in errors {
      for word in words { #expect(error.description.contains(word), "\(error)") }
    }
  }
}
