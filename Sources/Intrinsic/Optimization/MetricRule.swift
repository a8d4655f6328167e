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
  ///   - evolution: how it follows training.
  ///   - network: whose parameters it measures.
  ///   - capacity: the largest batch.
  ///   - stream: where Monte Carlo metrics draw from.
  ///   - threads: of metrics.
  /// - Throws: if the metric does not exist for the network.
  public convenience init(
    _ metric: Metric, damping: Damping, evolution: Evolution = .memoryless, _ network: Network,
    capacity: Int, stream: RandomStream, threads: Int = 1
  ) throws(MetricError) {
    self.init(
      try MetricEstimator(
        metric, damping: damping, evolution: evolution, network, capacity: capacity,
        stream: stream, threads: threads))
  }

  public var name: String {
    "descent in \(estimator.metric) with \(estimator.damping), \(estimator.evolution)"
  }

  public var isStochastic: Bool { estimator.metric.isStochastic }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    if steps % estimator.evolution.refreshInterval == 0 || estimator.estimates == 0 {
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
