import IntrinsicMath
import Testing

@testable import Intrinsic

/// Metrics over time: averages, inverses that follow them, refresh intervals, parts of batches.
@Suite struct MetricAveragingTests {
  /// A network with units in lanes and, for 70 inputs, with matrices of their own.
  static func network(inputs: Int) throws -> (Network, Parameters<Double>, RandomStream) {
    var stream = RandomStream(seed: 31)
    let network = try Network.layered([inputs, 4, 2], activation: .tanh, output: .square)
    return (network, randomParameters(network, using: &stream), stream)
  }

  static func estimator(
    _ metric: Metric, _ damping: Damping, _ averaging: MetricAveraging, _ network: Network
  ) throws -> MetricEstimator<Double> {
    try MetricEstimator(
      metric, damping: damping, averaging: averaging, network, maximumBatchSize: 100,
      stream: RandomStream(seed: 1))
  }

  static let metrics: [(Metric, Damping)] = [
    (.quasiDiagonalBackpropagatedMetric, .none), (.diagonalGaussNewton, .none),
    (.backpropagatedMetric, .none), (.backpropagatedMetric, .additive(0.01)),
    (.unitwiseNaturalGradient, Damping(pseudoInverse: 1e-9)),
  ]

  /// Discounts, with numbers of estimates after which the first weighs 0.4 and 10⁻⁸.
  static let discounts: [(rate: Double, estimates: Int)] = [(0.2, 4), (0.9, 9)]

  @Test(arguments: metrics, discounts)
  func `averages are discounted sums, and initial damping fades with the first`(
    _ kind: (metric: Metric, damping: Damping), _ rate: (rate: Double, estimates: Int)
  ) throws {
    for inputs in [6, 70] { try checkAverages(kind, rate, inputs: inputs) }
  }

  private func checkAverages(
    _ kind: (metric: Metric, damping: Damping), _ rate: (rate: Double, estimates: Int),
    inputs: Int
  ) throws {
    var (network, parameters, stream) = try Self.network(inputs: inputs)
    let averaging = MetricAveraging(rate: rate.rate, initialDamping: 0.5)
    let averaged = try Self.estimator(kind.metric, kind.damping, averaging, network)
    var sum: [Double] = []
    for t in 0..<rate.estimates {
      let samples = randomSamples(network, count: t == 0 ? 90 : 3, using: &stream)
      let trial = Trial(network, parameters, samples)
      averaged.estimate(at: trial.workspace, parameters)
      let fresh = try trial.estimator(kind.metric, kind.damping).unitMatrix(layer: 0, unit: 1)!
      if t == 0 {
        sum = fresh.elements.enumerated().map { index, entry in
          entry + (index % (fresh.columns + 1) == 0 ? 0.5 : 0)
        }
      } else {
        sum = zip(sum, fresh.elements).map { (1 - rate.rate) * $0 + rate.rate * $1 }
      }
    }
    expectClose(
      averaged.unitMatrix(layer: 0, unit: 1)!.elements, sum, tolerance: 1e-12, "average")
  }

  /// The averages fade by a factor beside them; a restored metric starts with the factor 1.
  @Test(arguments: [Metric.quasiDiagonalBackpropagatedMetric, .diagonalGaussNewton])
  func `a metric restored from its averages makes the same step`(_ metric: Metric) throws {
    var (network, parameters, stream) = try Self.network(inputs: 6)
    let averaging = MetricAveraging(rate: 0.3, initialDamping: 0.1)
    let averaged = try Self.estimator(metric, .additive(0.01), averaging, network)
    for _ in 0..<5 {
      let samples = randomSamples(network, count: 20, using: &stream)
      averaged.estimate(at: Trial(network, parameters, samples).workspace, parameters)
    }
    let restored = try Self.estimator(metric, .additive(0.01), averaging, network)
    restored.restore(averaged.state!)
    let trial = Trial(network, parameters, randomSamples(network, count: 20, using: &stream))
    var (step, expected) = (Displacement<Double>(network), Displacement<Double>(network))
    try averaged.solve(trial.gradient, into: &step)
    try restored.solve(trial.gradient, into: &expected)
    expectClose(step.elements, expected.elements, tolerance: 1e-13, "step")
  }

  @Test(arguments: [1, 3], [6, 70])
  func `updated inverses stay inverses of the averages`(_ batch: Int, _ inputs: Int) throws {
    var (network, parameters, stream) = try Self.network(inputs: inputs)
    let averaged = try Self.estimator(
      .backpropagatedMetric, .none, MetricAveraging(rate: 0.01, initialDamping: 0.1), network)
    var step = Displacement<Double>(network)
    for t in 0..<120 {
      let samples = randomSamples(network, count: t == 0 ? 90 : batch, using: &stream)
      let trial = Trial(network, parameters, samples)
      averaged.estimate(at: trial.workspace, parameters)
      try averaged.solve(trial.gradient, into: &step)
      guard t % 17 == 0 || t == 119 else { continue }
      for unit in 0..<4 {
        let range = network.parameters(layer: 0, unit: unit)
        let matrix = averaged.unitMatrix(layer: 0, unit: unit)!.nested
        // 1e-16 times the condition (1e3) times the updates since the last factorization (70).
        expectClose(
          Array(step.elements[range]), solve(matrix, Array(trial.gradient.elements[range])),
          tolerance: 1e-10, "step \(t), unit \(unit)")
      }
    }
  }

  @Test func `the average of a full metric is that of its matrices`() throws {
    var (network, parameters, stream) = try Self.network(inputs: 3)
    let averaged = try Self.estimator(
      .naturalGradient, .additive(1e-3), MetricAveraging(rate: 0.3), network)
    var sum: [Double] = []
    var last: Trial<Double>?
    for _ in 0..<3 {
      let trial = Trial(network, parameters, randomSamples(network, count: 5, using: &stream))
      averaged.estimate(at: trial.workspace, parameters)
      let fresh = try trial.estimator(.naturalGradient, .additive(1e-3)).fullMatrix()!.elements
      sum = sum.isEmpty ? fresh : zip(sum, fresh).map { 0.7 * $0 + 0.3 * $1 }
      last = trial
    }
    expectClose(averaged.fullMatrix()!.elements, sum, tolerance: 1e-12, "average")
    var step = Displacement<Double>(network)
    try averaged.solve(last!.gradient, into: &step)
    let n = network.parameterCount
    let nested = (0..<n).map { i in (0..<n).map { sum[i * n + $0] + (i == $0 ? 1e-3 : 0) } }
    expectClose(
      step.elements, solve(nested, last!.gradient.elements), tolerance: 1e-9, "step")
  }

  static let refreshed: [(Metric, Int)] = [
    (.quasiDiagonalBackpropagatedMetric, 6), (.backpropagatedMetric, 6),
    (.backpropagatedMetric, 120), (.unitwiseNaturalGradient, 70), (.naturalGradient, 3),
  ]

  @Test(arguments: refreshed)
  func `between refreshes the old metric serves`(_ kind: (metric: Metric, inputs: Int)) throws {
    var (network, parameters, stream) = try Self.network(inputs: kind.inputs)
    let damping = Damping.additive(0.01)
    let rule = try MetricRule<Double>(
      kind.metric, damping: damping, averaging: MetricAveraging(refreshInterval: 3), network,
      maximumBatchSize: 100, stream: RandomStream(seed: 1))
    var step = Displacement<Double>(network)
    // One workspace throughout: a metric that looked into it later would see other samples.
    let workspace = Workspace<Double>(network, maximumBatchSize: 100)
    var gradient = Gradient<Double>(network)
    var old: MetricEstimator<Double>?
    // The old estimator looks into the workspace of its trial.
    var kept: Trial<Double>?
    for t in 0..<6 {
      let samples = randomSamples(network, count: 90, using: &stream)
      workspace.load(samples)
      workspace.lossAndGradient(parameters, into: &gradient)
      if t % 3 == 0 {
        let trial = Trial(network, parameters, samples, maximumBatchSize: 100)
        old = try trial.estimator(kind.metric, damping)
        kept = trial
      }
      try rule.step(for: gradient, at: workspace, parameters, into: &step)
      var expected = Displacement<Double>(network)
      try old!.solve(gradient, into: &expected)
      expectClose(step.elements, expected.elements, tolerance: 1e-9, "step \(t)")
    }
    withExtendedLifetime(kept) {}
  }

  @Test(arguments: [
    Metric.quasiDiagonalBackpropagatedMetric, .unitwiseEmpiricalFisher, .naturalGradient,
  ])
  func `a part of the batch is its first samples`(_ metric: Metric) throws {
    var (network, parameters, stream) = try Self.network(inputs: 5)
    let samples = randomSamples(network, count: 40, using: &stream)
    let whole = Trial(network, parameters, samples)
    let part = Trial(network, parameters, samples.subset(0..<10))
    let damping = Damping.additive(0.01)
    let estimator = try Self.estimator(
      metric, damping, MetricAveraging(batchFraction: 0.25), network)
    estimator.estimate(at: whole.workspace, parameters)
    let expected = try part.estimator(metric, damping)
    var (step, reference) = (Displacement<Double>(network), Displacement<Double>(network))
    try estimator.solve(whole.gradient, into: &step)
    try expected.solve(whole.gradient, into: &reference)
    expectClose(step.elements, reference.elements, tolerance: 1e-10, "\(metric)")
  }

  @Test(arguments: [
    MetricAveraging(rate: 0), MetricAveraging(rate: 1.5), MetricAveraging(initialDamping: -1),
    MetricAveraging(refreshInterval: 0), MetricAveraging(batchFraction: 0),
    MetricAveraging(batchFraction: .nan),
  ])
  func `values out of range are refused`(_ averaging: MetricAveraging) throws {
    let network = try Network.layered([2, 1], activation: .tanh, output: .square)
    #expect(throws: MetricError.self) {
      _ = try Self.estimator(.quasiDiagonalBackpropagatedMetric, .none, averaging, network)
    }
  }

  @Test(arguments: [
    (Damping.none, 1.0), (.none, 0.1), (Damping(output: 0.1), 1),
    (Damping(output: 0.1), 0.1), (Damping(kurtosis: 1), 1),
    (Damping(output: 0.1, kurtosis: 1), 0.1),
  ])
  func `mini-batch trajectories agree from corresponding starts`(
    _ kind: (damping: Damping, rate: Double)
  ) throws {
    let correspondence = try InvarianceTests.sigmoidToTanh()
    let method = Optimizer.metric(
      .quasiDiagonalBackpropagatedMetric, kind.damping, MetricAveraging(rate: kind.rate))
    let losses = try [correspondence.first, correspondence.second].map { side in
      let descent = try Descent<Double>(
        method, side.network, from: side.parameters, stepSize: .constant(0.02),
        maximumBatchSize: 120,
        stream: RandomStream(seed: 1))
      return try (0..<200).map { t in
        try descent.step(on: side.samples.subset((0..<30).map { (t * 30 + $0) % 120 }))
      }
    }
    expectClose(losses[1], losses[0], tolerance: 1e-8, "losses")
    #expect(losses[0].last! < losses[0].first!)
  }
}
