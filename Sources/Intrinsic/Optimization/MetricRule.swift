import IntrinsicMath

/// δθ = (A + damping)⁻¹ G.
final class MetricRule<T: Scalar>: StatefulRule {
  private let estimator: MetricEstimator<T>
  private var steps = 0

  init(_ estimator: MetricEstimator<T>) { self.estimator = estimator }

  func carry(_ archive: StateArchive<T>) {
    archive.carry("steps", &steps)
    archive.within("metric") { estimator.carry(archive) }
  }

  var state: OptimizerState<T> {
    get { estimator.state.map { .metric($0) } ?? .none }
    set {
      switch newValue {
      case .metric(let state): estimator.restore(state)
      case .none: break
      default: preconditionFailure("the state of another method")
      }
    }
  }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws(MetricError) {
    if steps % estimator.evolution.refreshInterval == 0 {
      estimator.estimate(at: workspace, parameters)
    }
    steps += 1
    try estimator.solve(gradient, into: &step)
  }
}
