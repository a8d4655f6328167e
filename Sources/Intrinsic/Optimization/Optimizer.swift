import IntrinsicMath

/// Turns gradients into steps by one method, with whatever state the method keeps.
///
/// All memory is allocated at the start.
public final class Optimizer<T: Scalar> {
  /// The method; nil for a rule of the caller's own.
  public let method: Method?
  private let rule: any StepRule<T>
  /// The same rule, if the library knows its state.
  private let stateful: (any StatefulRule<T>)?

  /// Steps by one of the methods.
  ///
  /// - Parameters:
  ///   - method: how gradients become steps.
  ///   - network: whose parameters they are of.
  ///   - capacity: the largest batch.
  ///   - stream: where Monte Carlo metrics draw from.
  ///   - threads: of metrics.
  /// - Throws: if the metric does not exist for the network.
  public init(
    _ method: Method, _ network: Network, capacity: Int, stream: RandomStream, threads: Int = 1
  ) throws(MetricError) {
    self.method = method
    let count = network.parameterCount
    let rule: any StatefulRule<T>
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
          stream: stream, threads: threads))
    }
    self.rule = rule
    stateful = rule
  }

  /// Steps by a rule of the caller's own, whose state is its own affair.
  public init(_ rule: any StepRule<T>) {
    method = nil
    self.rule = rule
    stateful = nil
  }

  /// What is carried from step to step. Setting it continues from there; it must be that of the same
  /// method on a network of the same shape. The averages of sampling-noise damping, which are about
  /// activities, are not part of it and start again. That of a rule of the caller's own is unknown.
  public var state: OptimizerState<T> {
    get { stateful?.state ?? .none }
    set {
      guard let stateful else {
        guard case .none = newValue else { preconditionFailure("the state of another method") }
        return
      }
      stateful.state = newValue
    }
  }

  /// Carries what later steps depend on, bit for bit, averages about activities and random streams
  /// included.
  func carry(_ archive: StateArchive<T>) { stateful?.carry(archive) }

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
