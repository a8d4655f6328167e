import IntrinsicMath

/// Turns gradients into steps by one method, with whatever state the method keeps.
///
/// All memory is allocated at the start.
public final class Optimizer<T: Scalar> {
  public let method: Method
  private let rule: any StepRule<T>

  /// - Parameters:
  ///   - capacity: the largest batch.
  ///   - stream: where Monte Carlo metrics draw from.
  /// - Throws: if the metric does not exist for the network.
  public init(
    _ method: Method, _ network: Network, capacity: Int, stream: RandomStream
  ) throws(MetricError) {
    self.method = method
    let count = network.parameterCount
    switch method {
    case .gradientDescent: rule = EuclideanRule()
    case .momentum(let beta): rule = MomentumRule(count, beta: beta, lookahead: false)
    case .nesterov(let beta): rule = MomentumRule(count, beta: beta, lookahead: true)
    case .batchAdaGrad(let epsilon):
      rule = BatchAdaGradRule(network, epsilon: epsilon, capacity: capacity, stream: stream)
    case .adaGrad(let epsilon):
      rule = RootMeanSquareRule(count, keep: 1, add: 1, epsilon: epsilon)
    case .rmsProp(let decay, let epsilon):
      rule = RootMeanSquareRule(count, keep: decay, add: 1 - decay, epsilon: epsilon)
    case .adam(let beta1, let beta2, let epsilon):
      rule = AdamRule(count, beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .metric(let metric, let damping, let evolution):
      rule = MetricRule(
        try MetricEstimator(
          metric, damping: damping, evolution: evolution, network, capacity: capacity,
          stream: stream))
    }
  }

  /// What is carried from step to step. Setting it continues from there; it must be that of the same
  /// method on a network of the same shape. The averages of sampling-noise damping, which are about
  /// activities, are not part of it and start again.
  public var state: OptimizerState<T> {
    get { rule.state }
    set { rule.state = newValue }
  }

  /// Carries what later steps depend on, bit for bit, averages about activities and random streams
  /// included.
  func carry(_ archive: StateArchive<T>) { rule.carry(archive) }

  /// The step for a gradient that the workspace has just computed at these parameters.
  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws(MetricError) {
    precondition(
      gradient.count == parameters.count && step.count == parameters.count,
      "\(parameters.count) parameters, a gradient of \(gradient.count), a step of \(step.count)")
    try rule.step(for: gradient, at: workspace, parameters, into: &step)
  }
}

/// One way to turn a gradient into a step.
protocol StepRule<T>: AnyObject {
  associatedtype T: Scalar
  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws(MetricError)

  var state: OptimizerState<T> { get set }

  func carry(_ archive: StateArchive<T>)
}

extension StepRule {
  /// That of rules without memory.
  var state: OptimizerState<T> {
    get { .none }
    set {
      guard case .none = newValue else { preconditionFailure("the state of another method") }
    }
  }

  func carry(_ archive: StateArchive<T>) {}
}

/// δθ = (A + damping)⁻¹ G.
final class MetricRule<T: Scalar>: StepRule {
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
