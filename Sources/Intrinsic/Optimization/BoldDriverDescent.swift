import IntrinsicMath

/// Full-batch descent with the step size of a ``BoldDriver`` (Ollivier 2015, §4).
///
/// A step is proposed in a second workspace and evaluated there; a rejected one leaves no trace. The
/// forward pass of an accepted step serves the next gradient, so an iteration costs one forward and
/// one backward pass, and a rejected one a forward pass only.
public final class BoldDriverDescent<T: Scalar> {
  /// The current parameters, those of the lowest loss so far.
  public private(set) var parameters: Parameters<T>
  /// The mean loss in nats at the current parameters.
  public private(set) var loss: T
  /// Has η of the next step.
  public private(set) var driver: BoldDriver
  /// Steps tried so far, accepted or not.
  public private(set) var iterations = 0
  /// Steps undone so far.
  public private(set) var rejections = 0

  private let rule: any StepRule<T>
  private var current: Workspace<T>
  private var proposal: Workspace<T>
  private var candidate: Parameters<T>
  private var gradient: Gradient<T>
  private var step: Displacement<T>
  private var stepIsCurrent = false

  /// Begins a descent by one of the optimizers of the library.
  ///
  /// - Throws: if the metric does not exist for the network, or the initial loss is not finite.
  public convenience init(
    _ optimizer: Optimizer, _ network: Network, from parameters: Parameters<T>,
    samples: Samples<T>, driver: BoldDriver = BoldDriver(), stream: RandomStream, threads: Int = 1
  ) throws(DescentError) {
    let rule: any StepRule<T>
    do {
      rule = try optimizer.rule(
        for: network, maximumBatchSize: samples.count, stream: stream, threads: threads)
    } catch {
      throw .metric(error)
    }
    try self.init(
      rule: rule, network, from: parameters, samples: samples, driver: driver, threads: threads)
  }

  /// Begins a descent by a rule, which only this descent may call.
  ///
  /// - Throws: if the initial loss is not finite.
  public init(
    rule: any StepRule<T>, _ network: Network, from parameters: Parameters<T>,
    samples: Samples<T>, driver: BoldDriver = BoldDriver(), threads: Int = 1
  ) throws(DescentError) {
    self.rule = rule
    self.parameters = parameters
    self.driver = driver
    current = Workspace(network, maximumBatchSize: samples.count, threads: threads)
    proposal = Workspace(network, maximumBatchSize: samples.count, threads: threads)
    current.load(samples)
    proposal.load(samples)
    candidate = Parameters(network)
    gradient = Gradient(network)
    step = Displacement(network)
    current.forward(parameters)
    loss = current.loss()
    if !loss.isFinite {
      throw .lossNotFinite(step: 0, loss: Double(loss), origin: current.firstNotFinite())
    }
  }

  /// Tries one step.
  /// - Returns: whether it lowered the loss and was kept.
  // With small networks calls count: specialized entries save an eighth of an iteration.
  @_specialize(where T == Double)
  @_specialize(where T == Float)
  @discardableResult
  public func iterate() throws(DescentError) -> Bool {
    if !stepIsCurrent { try computeStep() }
    iterations += 1
    candidate.set(parameters, plus: T(driver.stepSize), times: step)
    proposal.forward(candidate)
    let newLoss = proposal.loss()
    let accepted = newLoss < loss
    driver.record(accepted: accepted)
    if accepted {
      loss = newLoss
      swap(&parameters, &candidate)
      swap(&current, &proposal)
      stepIsCurrent = false
    } else {
      rejections += 1
      stepIsCurrent = !rule.isStochastic
    }
    return accepted
  }

  private func computeStep() throws(DescentError) {
    current.backpropagate(parameters)
    current.gradient(at: parameters, into: &gradient)
    do {
      try rule.step(for: gradient, at: current, parameters, into: &step)
    } catch {
      throw DescentError(rule: error)
    }
    let position = T.firstNotFinite(count: step.count, x: step.pointer)
    if position >= 0 {
      let owner = current.network.owner(ofParameter: position)
      throw .stepNotFinite(step: iterations, layer: owner.layer, unit: owner.unit)
    }
    stepIsCurrent = true
  }
}
