import IntrinsicMath

/// δθ = (A + damping)⁻¹ G.
public final class MetricRule<T: Scalar>: StepRule {
  private let estimator: MetricEstimator<T>
  private var steps = 0

  /// - Parameter estimator: computes and inverts A; only this rule may call it.
  public init(_ estimator: MetricEstimator<T>) { self.estimator = estimator }

  /// Descent in a metric.
  ///
  /// - Parameters:
  ///   - metric: A.
  ///   - damping: what keeps its inverse from exploding.
  ///   - averaging: how it follows training.
  ///   - network: whose parameters it measures.
  ///   - maximumBatchSize: the largest batch.
  ///   - stream: where Monte Carlo metrics draw from.
  ///   - threads: of metrics.
  /// - Throws: if the metric does not exist for the network.
  public convenience init(
    _ metric: Metric, damping: Damping, averaging: MetricAveraging = .memoryless,
    _ network: Network,
    maximumBatchSize: Int, stream: RandomStream, threads: Int = 1
  ) throws(MetricError) {
    self.init(
      try MetricEstimator(
        metric, damping: damping, averaging: averaging, network, maximumBatchSize: maximumBatchSize,
        stream: stream, threads: threads))
  }

  public var name: String {
    "descent in \(estimator.metric) with \(estimator.damping), \(estimator.averaging)"
  }

  public var isStochastic: Bool { estimator.metric.isStochastic }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    if steps % estimator.averaging.refreshInterval == 0 || estimator.estimates == 0 {
      estimator.estimate(at: workspace, parameters)
    }
    steps += 1
    try estimator.solve(gradient, into: &step)
  }

  public func code(_ coder: CheckpointCoder<T>) {
    coder.code("steps", &steps)
    coder.code("metric", estimator)
  }
}
