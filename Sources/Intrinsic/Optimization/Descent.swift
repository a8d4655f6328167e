import IntrinsicMath

/// Descent with a given step size on batches that the caller provides: θ ← θ + η δθ.
///
/// A step costs a forward and a backward pass, and what the method costs.
///
///     let descent = try Descent<Float>(
///       .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01)), network,
///       from: parameters, stepSize: .constant(0.01), capacity: 100, stream: stream)
///     for batch in batches { try descent.step(on: batch) }
public final class Descent<T: Scalar> {
  /// The parameters after the last step.
  public private(set) var parameters: Parameters<T>
  /// η by the number of steps taken.
  public let stepSize: StepSize
  /// Steps taken so far.
  public private(set) var steps = 0

  private let optimizer: Optimizer<T>
  private let workspace: Workspace<T>
  private let stream: RandomStream
  private let running: RunningStatistics<T>?
  private let population: PopulationStatistics<T>?
  private let decay: GammaDecayPenalty<T>?
  private var gradient: Gradient<T>
  private var displacement: Displacement<T>

  /// Begins a descent by one of the methods.
  ///
  /// - Parameters:
  ///   - method: how gradients become steps.
  ///   - network: what is trained.
  ///   - parameters: where it starts.
  ///   - stepSize: η for each step.
  ///   - capacity: the largest batch.
  ///   - stream: where Monte Carlo metrics and dropout draw from.
  ///   - threads: of each pass.
  ///   - gammaDecay: a penalty on gains of normalized units, which losses do not include.
  ///   - population: statistics to use in the place of those of each batch.
  /// - Throws: if the metric does not exist for the network, or a unit cannot be normalized.
  public convenience init(
    _ method: Method, _ network: Network, from parameters: Parameters<T>, stepSize: StepSize,
    capacity: Int, stream: RandomStream, threads: Int = 1, gammaDecay: GammaDecay? = nil,
    population: PopulationStatistics<T>? = nil
  ) throws(DescentError) {
    let optimizer: Optimizer<T>
    do {
      optimizer = try Optimizer(
        method, network, capacity: capacity, stream: stream, threads: threads)
    } catch {
      throw .metric(error)
    }
    try self.init(
      optimizer, network, parameters, stepSize, capacity, stream, threads, gammaDecay, population)
  }

  /// Begins a descent by a rule of the caller's own.
  ///
  /// - Parameters:
  ///   - rule: how gradients become steps; only this descent may call it.
  ///   - network: what is trained.
  ///   - parameters: where it starts.
  ///   - stepSize: η for each step.
  ///   - capacity: the largest batch.
  ///   - stream: where dropout draws from.
  ///   - threads: of each pass.
  ///   - gammaDecay: a penalty on gains of normalized units, which losses do not include.
  ///   - population: statistics to use in the place of those of each batch.
  /// - Throws: if a unit cannot be normalized.
  public convenience init(
    rule: any StepRule<T>, _ network: Network, from parameters: Parameters<T>, stepSize: StepSize,
    capacity: Int, stream: RandomStream, threads: Int = 1, gammaDecay: GammaDecay? = nil,
    population: PopulationStatistics<T>? = nil
  ) throws(DescentError) {
    try self.init(
      Optimizer(rule), network, parameters, stepSize, capacity, stream, threads, gammaDecay,
      population)
  }

  private init(
    _ optimizer: Optimizer<T>, _ network: Network, _ parameters: Parameters<T>,
    _ stepSize: StepSize, _ capacity: Int, _ stream: RandomStream, _ threads: Int,
    _ gammaDecay: GammaDecay?, _ population: PopulationStatistics<T>?
  ) throws(DescentError) {
    self.optimizer = optimizer
    workspace = Workspace(network, capacity: capacity, threads: threads)
    workspace.check(parameters)
    if let unit = network.firstUnitWithoutDirection(parameters) {
      throw .normalization(.zeroWeights(layer: unit.layer, unit: unit.unit))
    }
    self.parameters = parameters
    self.stream = stream.child("dropout")
    self.population = population
    running =
      population == nil && network.usesBatchStatistics ? RunningStatistics(network) : nil
    decay = gammaDecay.map { GammaDecayPenalty($0, network, capacity: capacity) }
    self.stepSize = stepSize
    gradient = Gradient(network)
    displacement = Displacement(network)
  }

  /// Statistics of normalized layers for use after training: averages over the batches so far, or
  /// those of the population; empty where activities do not depend on the batch.
  public var statistics: [Int: NormalizationStatistics<T>] {
    running?.statistics ?? population?.statistics ?? [:]
  }

  /// What the method carries from step to step.
  public var optimizerState: OptimizerState<T> {
    get { optimizer.state }
    set { optimizer.state = newValue }
  }

  /// Carries all that later steps depend on but the samples.
  func carry(_ archive: StateArchive<T>) {
    precondition(population == nil, "statistics of a population are not carried")
    let vector = Buffer<T>(count: parameters.count)
    vector.copy(from: parameters.storage)
    archive.carry("parameters", vector)
    if archive.isRestoring { parameters.storage = vector }
    archive.carry("steps", &steps)
    if let running { archive.within("statistics") { running.carry(archive) } }
    archive.within("optimizer") { optimizer.carry(archive) }
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
    try prepare()
    let loss = workspace.lossAndGradient(parameters, into: &gradient)
    guard loss.isFinite else {
      throw .lossNotFinite(step: steps, loss: Double(loss), origin: workspace.firstNotFinite())
    }
    running?.update(from: workspace)
    decay?.add(to: &gradient, at: workspace, parameters)
    do {
      try optimizer.step(for: gradient, at: workspace, parameters, into: &displacement)
    } catch {
      throw .metric(error)
    }
    parameters.move(
      by: displacement, stepSize: T(stepSize(steps)), threads: workspace.threads)
    steps += 1
    return loss
  }

  /// What the passes of the next step need beside samples.
  private func prepare() throws(DescentError) {
    if let population, steps % population.interval == 0 {
      population.update(parameters)
      workspace.freeze(population.statistics)
    }
    if workspace.batch == 1 && running != nil {
      let layer = workspace.network.layers.firstIndex { $0.normalization?.usesBatch == true }!
      throw .normalization(.batchOfOne(layer: layer))
    }
    if workspace.dropout != nil { workspace.setDropout(stream.child("step", steps)) }
  }
}
