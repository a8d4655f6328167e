import IntrinsicMath

/// Descent with a given step size on batches that the caller provides.
///
///     let descent = try Descent<Float>(
///       .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01)), network,
///       from: parameters, stepSize: .constant(0.01), capacity: 100, stream: stream)
///     for batch in batches { try descent.step(on: batch) }
public final class Descent<T: Scalar> {
  public private(set) var parameters: Parameters<T>
  public let stepSize: StepSize
  /// Steps taken so far.
  public private(set) var steps = 0

  private let optimizer: Optimizer<T>
  private let workspace: Workspace<T>
  private var gradient: Gradient<T>
  private var displacement: Displacement<T>

  /// - Parameter capacity: the largest batch.
  public init(
    _ method: Method, _ network: Network, from parameters: Parameters<T>, stepSize: StepSize,
    capacity: Int, stream: RandomStream, threads: Int = 1
  ) throws(MetricError) {
    optimizer = try Optimizer(method, network, capacity: capacity, stream: stream)
    workspace = Workspace(network, capacity: capacity, threads: threads)
    workspace.check(parameters)
    self.parameters = parameters
    self.stepSize = stepSize
    gradient = Gradient(network)
    displacement = Displacement(network)
  }

  /// What the method carries from step to step.
  public var optimizerState: OptimizerState<T> {
    get { optimizer.state }
    set { optimizer.state = newValue }
  }

  /// One step on a batch.
  /// - Returns: the mean loss in nats before the step.
  @_specialize(where T == Double)
  @_specialize(where T == Float)
  @discardableResult
  public func step(on batch: Samples<T>) throws(DescentError) -> T {
    workspace.load(batch)
    return try stepOnLoaded()
  }

  /// One step on the next batch.
  /// - Returns: the mean loss in nats before the step.
  @_specialize(where T == Double)
  @_specialize(where T == Float)
  @discardableResult
  public func step(on batches: MiniBatches<T>) throws(DescentError) -> T {
    batches.loadNext(into: workspace)
    return try stepOnLoaded()
  }

  /// Changes the parameters between two steps, such as by a projection on constraints. What the method
  /// carries from step to step stays as it is.
  public func changeParameters(_ change: (inout Parameters<T>) throws -> Void) rethrows {
    try change(&parameters)
    workspace.check(parameters)
  }

  @_specialize(where T == Double)
  @_specialize(where T == Float)
  private func stepOnLoaded() throws(DescentError) -> T {
    let loss = workspace.lossAndGradient(parameters, into: &gradient)
    guard loss.isFinite else {
      throw .lossNotFinite(step: steps, loss: Double(loss), origin: workspace.firstNotFinite())
    }
    do {
      try optimizer.step(for: gradient, at: workspace, parameters, into: &displacement)
    } catch {
      throw .metric(error)
    }
    parameters.move(by: displacement, stepSize: T(stepSize(steps)))
    steps += 1
    return loss
  }
}
