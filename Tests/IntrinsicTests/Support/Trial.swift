import IntrinsicMath
import Testing

@testable import Intrinsic

/// A workspace after a forward and a backward pass.
struct Trial<T: Scalar> {
  let network: Network
  let parameters: Parameters<T>
  let samples: Samples<T>
  let workspace: Workspace<T>
  let loss: T
  let gradient: Gradient<T>

  init(
    _ network: Network, _ parameters: Parameters<T>, _ samples: Samples<T>,
    maximumBatchSize: Int? = nil,
    threads: Int = 1
  ) {
    self.network = network
    self.parameters = parameters
    self.samples = samples
    workspace = Workspace(
      network, maximumBatchSize: maximumBatchSize ?? samples.count, threads: threads)
    workspace.load(samples)
    var gradient = Gradient<T>(network)
    loss = workspace.lossAndGradient(parameters, into: &gradient)
    self.gradient = gradient
  }

  func estimator(
    _ metric: Metric, _ damping: Damping = .none, seed: UInt64 = 1
  ) throws -> MetricEstimator<T> {
    let estimator = try MetricEstimator<T>(
      metric, damping: damping, network, maximumBatchSize: workspace.maximumBatchSize,
      stream: RandomStream(seed: seed))
    estimator.estimate(at: workspace, parameters)
    return estimator
  }

  /// The first step of a method.
  @discardableResult
  func step(_ method: Optimizer, seed: UInt64 = 1) throws -> [Double] {
    let rule: any StepRule<T> = try method.rule(
      for: network, maximumBatchSize: workspace.maximumBatchSize, stream: RandomStream(seed: seed))
    var step = Displacement<T>(network)
    try rule.step(for: gradient, at: workspace, parameters, into: &step)
    return step.elements.map { Double($0) }
  }
}

extension Matrix<Double> {
  /// The rows.
  var nested: [[Double]] { (0..<rows).map(row) }
}

extension Samples<Double> {
  /// Other inputs with the same targets.
  func with(_ transform: (Matrix<Double>) -> Matrix<Double>) -> Samples {
    Samples(inputs: transform(inputs), targets: targets)
  }

  var single: Samples<Float> {
    let inputs = inputs.map { Float($0) }
    switch targets {
    case .values(let matrix):
      return Samples<Float>(inputs: inputs, targets: .values(matrix.map { Float($0) }))
    case .classes(let classes): return Samples<Float>(inputs: inputs, targets: .classes(classes))
    }
  }
}

extension Metric {
  /// Every source, propagation and reduction.
  static let every: [Metric] =
    [
      .naturalGradient, .monteCarloNaturalGradient(samples: 3), .empiricalFisher,
      .layerwiseNaturalGradient, .layerwise(.monteCarlo(samples: 2)), .layerwise(.empiricalFisher),
    ] + everyReduced

  static let everyReduced: [Metric] = everyModulus.flatMap { modulus in
    Reduction.allCases.map { .reduced(modulus, $0) }
  }

  static let everyModulus: [Modulus] = [
    .expand(.fisher), .expand(.monteCarlo(samples: 2)), .expand(.empiricalFisher),
    .backpropagated,
  ]

  var isDiagonal: Bool {
    if case .reduced(_, .diagonal) = self { true } else { false }
  }
}

extension Optimizer {
  /// Methods without a metric.
  static let baselines: [Optimizer] = [
    .gradientDescent, .momentum(0.9), .nesterov(0.9), .batchAdaGrad(epsilon: 1e-8),
    .adaGrad(epsilon: 1e-8), .rmsProp(decay: 0.9, epsilon: 1e-8), .adam,
  ]

  /// Every method, metrics with the given damping.
  static func every(damping: Damping) -> [Optimizer] {
    baselines + Metric.every.map { .metric($0, damping) }
  }

  func exists(for network: Network) -> Bool {
    guard case .metric(let metric, _, _) = self else { return true }
    return network.output.hasFisherMetric || !metric.isFisher
  }
}
