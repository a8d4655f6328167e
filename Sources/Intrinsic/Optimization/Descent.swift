import IntrinsicMath

/// Descent with a given step size on batches that the caller provides: θ ← θ + η δθ.
///
/// A step costs a forward and a backward pass, and what the method costs.
///
///     let descent = try Descent<Float>(
///       .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01)), network,
///       from: parameters, stepSize: .constant(0.01), maximumBatchSize: 100, stream: stream)
///     for batch in batches { try descent.step(on: batch) }
public final class Descent<T: Scalar> {
  /// The parameters after the last step.
  public private(set) var parameters: Parameters<T>
  /// η by the number of steps taken.
  public let stepSize: StepSize
  /// Steps taken so far.
  public private(set) var steps = 0

  private let rule: any StepRule<T>
  private let workspace: Workspace<T>
  private let stream: RandomStream
  private let running: RunningStatistics<T>?
  private let population: PopulationStatistics<T>?
  private let penalties: [any Penalty<T>]
  private var gradient: Gradient<T>
  private var displacement: Displacement<T>

  /// Begins a descent by one of the optimizers of the library.
  ///
  /// - Parameters:
  ///   - optimizer: how gradients become steps.
  ///   - network: what is trained.
  ///   - parameters: where it starts.
  ///   - stepSize: η for each step; nil for that of the optimizer.
  ///   - maximumBatchSize: the largest batch.
  ///   - stream: where Monte Carlo metrics and dropout draw from.
  ///   - threads: of each pass.
  ///   - gammaDecay: a penalty on gains of normalized units, which losses do not include.
  ///   - penalties: others of its kind.
  ///   - population: statistics to use in the place of those of each batch.
  /// - Throws: if the metric does not exist for the network, or a unit cannot be normalized.
  public convenience init(
    _ optimizer: Optimizer, _ network: Network, from parameters: Parameters<T>,
    stepSize: StepSize? = nil, maximumBatchSize: Int, stream: RandomStream, threads: Int = 1,
    gammaDecay: GammaDecay? = nil, penalties: [any Penalty<T>] = [],
    population: PopulationStatistics<T>? = nil
  ) throws(DescentError) {
    let rule: any StepRule<T>
    do {
      rule = try optimizer.rule(
        for: network, maximumBatchSize: maximumBatchSize, stream: stream, threads: threads)
    } catch {
      throw .metric(error)
    }
    try self.init(
      rule: rule, network, from: parameters, stepSize: stepSize ?? optimizer.stepSize,
      maximumBatchSize: maximumBatchSize, stream: stream, threads: threads, gammaDecay: gammaDecay,
      penalties: penalties, population: population)
  }

  /// Begins a descent by a rule.
  ///
  /// - Parameters:
  ///   - rule: how gradients become steps; only this descent may call it.
  ///   - network: what is trained.
  ///   - parameters: where it starts.
  ///   - stepSize: η for each step.
  ///   - maximumBatchSize: the largest batch.
  ///   - stream: where dropout draws from.
  ///   - threads: of each pass.
  ///   - gammaDecay: a penalty on gains of normalized units, which losses do not include.
  ///   - penalties: others of its kind.
  ///   - population: statistics to use in the place of those of each batch.
  /// - Throws: if a unit cannot be normalized.
  public init(
    rule: any StepRule<T>, _ network: Network, from parameters: Parameters<T>, stepSize: StepSize,
    maximumBatchSize: Int, stream: RandomStream, threads: Int = 1, gammaDecay: GammaDecay? = nil,
    penalties: [any Penalty<T>] = [], population: PopulationStatistics<T>? = nil
  ) throws(DescentError) {
    self.rule = rule
    workspace = Workspace(network, maximumBatchSize: maximumBatchSize, threads: threads)
    workspace.check(parameters)
    if let unit = network.firstUnitWithoutDirection(parameters) {
      throw .normalization(.zeroWeights(layer: unit.layer, unit: unit.unit))
    }
    self.parameters = parameters
    self.stream = stream.child("dropout")
    self.population = population
    running =
      population == nil && network.usesBatchStatistics ? RunningStatistics(network) : nil
    let decay = gammaDecay.map {
      GammaDecayPenalty<T>($0, network, maximumBatchSize: maximumBatchSize)
    }
    self.penalties = (decay.map { [$0] } ?? []) + penalties
    self.stepSize = stepSize
    gradient = Gradient(network)
    displacement = Displacement(network)
  }

  /// Statistics of normalized layers for use after training: averages over the batches so far, or
  /// those of the population; empty where activities do not depend on the batch.
  public var statistics: [Int: NormalizationStatistics<T>] {
    running?.statistics ?? population?.statistics ?? [:]
  }

  /// What the rule carries from step to step.
  public var optimizerState: OptimizerState<T> {
    get { rule.state }
    set { rule.state = newValue }
  }

  /// Codes all that later steps depend on but the samples.
  func code(_ coder: CheckpointCoder<T>) {
    let vector = Buffer<T>(count: parameters.count)
    vector.copy(from: parameters.storage)
    coder.code("parameters", vector)
    if coder.isRestoring { parameters.storage = vector }
    coder.code("steps", &steps)
    if let running { coder.within("statistics") { running.code(coder) } }
    if let population {
      coder.within("population") { population.code(coder, at: parameters) }
      if coder.isRestoring { workspace.freeze(population.statistics) }
    }
    coder.within("optimizer") { rule.code(coder) }
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
    for penalty in penalties { penalty.add(to: &gradient, at: workspace, parameters) }
    do {
      try rule.step(for: gradient, at: workspace, parameters, into: &displacement)
    } catch {
      throw DescentError(rule: error)
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
