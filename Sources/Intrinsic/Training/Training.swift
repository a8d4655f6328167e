import Dispatch
import IntrinsicMath

/// The training of a network on mini-batches: seeded orders, a schedule of step sizes, evaluation on a
/// validation set after each epoch, an early end, checkpoints.
///
///     let training = try Training<Float>(
///       network, from: parameters, on: train, validation: validation, TrainingSettings(seed: 1))
///     while training.ending == nil { try training.advance() }
///     try training.model.save(to: url)
///
/// A checkpoint (``save(to:)``) continues bit for bit at any step, not only between epochs. Evaluating
/// and recording change no step.
///
/// Memory: a copy of the training samples, two workspaces, the state of the method, and the best
/// parameters so far.
public final class Training<T: Scalar> {
  /// What is kept of the epoch with the lowest validation loss.
  struct Best {
    var epoch: Int
    var parameters: Parameters<T>
    var statistics: [Int: NormalizationStatistics<T>]
  }

  /// What is trained.
  public let network: Network
  /// How.
  public let settings: TrainingSettings
  /// One for each epoch so far.
  public internal(set) var records: [TrainingRecord] = []
  /// nil while training goes on.
  public private(set) var ending: TrainingEnding?
  /// Changes the parameters after each step, such as by a projection on constraints.
  public var afterStep: ((inout Parameters<T>) throws -> Void)?
  /// The name of a rule in the place of the optimizer of the settings.
  let ruleName: String?
  let descent: Descent<T>
  let batches: MiniBatches<T>
  let dataFingerprint: DataFingerprint
  var best: Best?
  /// The mean loss of the last batch before its step in nats; nil before the first step.
  public private(set) var lastLoss: Double?
  /// Σ loss over the samples of the epoch so far.
  var epochLoss = 0.0
  /// Seconds of all steps since the start, evaluations left out.
  public internal(set) var seconds = 0.0
  private let validation: (samples: Samples<T>, workspace: Workspace<T>)?

  /// Samples that are evaluated at once.
  private static var evaluationBatch: Int { 1_000 }

  /// Begins a training.
  ///
  /// - Parameters:
  ///   - network: what is trained.
  ///   - parameters: where it starts.
  ///   - train: samples that fit the network.
  ///   - validation: the same, at least one, or nil; patience needs it.
  ///   - rule: how gradients become steps, in the place of `settings.optimizer`; only this training may
  ///     call it.
  ///   - penalties: terms of the loss beside that of the settings.
  ///   - population: statistics to use in the place of those of each batch.
  ///   - stream: where orders, draws and dropout come from, in the place of `settings.seed`.
  ///   - settings: the optimizer, the batch, the epochs, ….
  /// - Throws: if the metric does not exist for the network, a unit cannot be normalized, or
  ///   batches have one sample only and the network needs more.
  public init(
    _ network: Network, from parameters: Parameters<T>, on train: Samples<T>,
    validation: Samples<T>? = nil, rule: (any StepRule<T>)? = nil,
    penalties: [any Penalty<T>] = [], population: PopulationStatistics<T>? = nil,
    stream: RandomStream? = nil, _ settings: TrainingSettings
  ) throws(DescentError) {
    precondition(settings.epochs >= 1, "\(settings.epochs) epochs")
    precondition(settings.patience.map { $0 >= 1 } ?? true, "a patience of no epochs")
    precondition(
      settings.patience == nil || validation != nil, "patience without a validation set")
    self.network = network
    self.settings = settings
    ruleName = rule?.name
    let stream = stream ?? RandomStream(seed: settings.seed)
    batches = MiniBatches(
      train, for: network, size: settings.batch, stream: stream.child("order"))
    descent =
      if let rule {
        try Descent(
          rule: rule, network, from: parameters, stepSize: settings.stepSize,
          maximumBatchSize: batches.maximumBatchSize, stream: stream.child("metric"),
          threads: settings.threads,
          gammaDecay: settings.gammaDecay, penalties: penalties, population: population)
      } else {
        try Descent(
          settings.optimizer, network, from: parameters, stepSize: settings.stepSize,
          maximumBatchSize: batches.maximumBatchSize, stream: stream.child("metric"),
          threads: settings.threads,
          gammaDecay: settings.gammaDecay, penalties: penalties, population: population)
      }
    if population == nil && network.usesBatchStatistics
      && batches.size == 1
    {
      let layer = network.layers.firstIndex { $0.normalization?.usesBatch == true }!
      throw .normalization(.batchOfOne(layer: layer))
    }
    dataFingerprint = DataFingerprint(train: train, validation: validation)
    self.validation = validation.map { samples in
      precondition(samples.count >= 1, "a validation set without samples")
      network.check(samples)
      return (
        samples,
        Workspace(
          network, maximumBatchSize: min(Self.evaluationBatch, samples.count),
          threads: settings.threads)
      )
    }
  }

  /// Steps so far.
  public var steps: Int { descent.steps }
  /// Samples that it trains on.
  public var sampleCount: Int { batches.count }
  /// Steps in one epoch.
  public var stepsPerEpoch: Int { batches.batchesPerEpoch }
  /// The parameters after the last step.
  public var parameters: Parameters<T> { descent.parameters }

  /// The mean loss of the epoch so far in nats, of each batch before its step; nil before the first
  /// step of an epoch.
  public var runningLoss: Double? {
    let done = steps % stepsPerEpoch * batches.size
    return done == 0 ? nil : epochLoss / Double(done)
  }

  /// Takes one step, and at the end of an epoch evaluates and records it. Training must not be over.
  ///
  /// - Returns: the record of the epoch, if it has ended.
  /// - Throws: if the loss or the step is not finite. Parameters are then those before the step; or
  ///   ``DescentError/rule(_:)`` with what ``afterStep`` has thrown.
  @discardableResult
  public func advance() throws(DescentError) -> TrainingRecord? {
    precondition(ending == nil, "training is over: \(ending!.rawValue)")
    let count = batches.nextCount
    let begin = DispatchTime.now().uptimeNanoseconds
    let loss = Double(try descent.step(on: batches))
    if let afterStep {
      do { try descent.changeParameters(afterStep) } catch { throw .rule(error) }
    }
    lastLoss = loss
    epochLoss += loss * Double(count)
    seconds += Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
    return steps % stepsPerEpoch == 0 ? endEpoch() : nil
  }

  /// Trains to the end.
  ///
  /// - Returns: ``model``.
  /// - Throws: what ``advance()`` throws.
  @discardableResult
  public func run() throws(DescentError) -> Model {
    while ending == nil { try advance() }
    return model
  }

  private func endEpoch() -> TrainingRecord {
    let record = TrainingRecord(
      epoch: records.count + 1, steps: steps, stepSize: settings.stepSize(steps - 1),
      trainLoss: epochLoss / Double(batches.count), validation: evaluate(), seconds: seconds)
    records.append(record)
    epochLoss = 0
    if let loss = record.validation?.loss {
      let lowest = best.map { records[$0.epoch - 1].validation!.loss }
      if loss.isFinite && loss < (lowest ?? .infinity) - (settings.leastImprovement ?? 0) {
        best = Best(
          epoch: record.epoch, parameters: parameters, statistics: descent.statistics)
      }
    }
    updateEnding()
    return record
  }

  /// Whether what has been recorded is the end.
  func updateEnding() {
    if records.count >= settings.epochs {
      ending = .complete
    } else if let patience = settings.patience, records.count - (best?.epoch ?? 0) >= patience {
      ending = .noImprovement
    }
  }

  private func evaluate() -> Evaluation? {
    guard let (samples, workspace) = validation else { return nil }
    if network.usesBatchStatistics { workspace.freeze(descent.statistics) }
    return Evaluation(of: parameters, on: samples, with: workspace)
  }

  /// The epoch of `model`: that with the lowest validation loss, or without a validation set nil.
  public var bestEpoch: Int? { best?.epoch }

  /// The network of the epoch with the lowest validation loss; without a validation set, or before
  /// the first epoch has ended, that of the last step.
  public var model: Model {
    let parameters = best?.parameters ?? self.parameters
    let statistics = best?.statistics ?? descent.statistics
    return Model(
      network: network, parameters: Parameters(parameters.elements.map(Double.init)),
      statistics: descent.steps == 0
        ? [:]
        : statistics.mapValues {
          NormalizationStatistics(
            mean: $0.mean.map(Double.init), variance: $0.variance.map(Double.init))
        })
  }
}

/// Why training is over.
public enum TrainingEnding: String, Codable, Sendable {
  /// All epochs are done.
  case complete
  /// The validation loss has not become lower for as many epochs as the patience says.
  case noImprovement = "no-improvement"
}
