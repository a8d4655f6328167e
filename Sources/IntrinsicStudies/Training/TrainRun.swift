import Dispatch
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// One training of a user's own network on their own data, with everything that a run directory holds.
///
/// The directory has `config.json` and the checkpoint as soon as there is something to go on from, so
/// that a run that was stopped or killed continues bit for bit.
package struct TrainRun: Sendable {
  package let options: Options
  let data: TrainingData
  /// Fitted to the training samples, those for validation left out.
  private let standardization: Standardization?
  let network: Network
  /// The method of the options, or what the default is on these data.
  let method: MethodOptions
  let start: Parameters<Float>
  /// What is trained on, targets standardized.
  let train: Samples<Float>
  let validation: Samples<Float>?
  /// The same and the test set with targets in the units of the data, to score with.
  let parts: (train: Samples<Float>, validation: Samples<Float>?, test: Samples<Float>?)
  /// Fitted to the targets of a regression.
  private let targetMap: Standardization?

  /// - Parameter saved: the network of `Options.from`.
  /// - Throws: if an option makes no sense, or the data do not fit.
  package init(_ options: Options, on data: TrainingData, from saved: SavedNetwork? = nil) throws {
    precondition((saved == nil) == (options.from == nil), "a saved network beside “from”")
    try Self.check(options)
    if let saved {
      try data.check(saved.model.network)
      try Self.check(options, fit: saved.model.network)
    } else {
      try data.check(options.network!)
    }
    try OptionError.check(
      options.method.findsPenalty != true || data.output == .square, "evidence", "",
      "a penalty is found for values to predict, not for classes")
    self.options = options
    self.data = data
    let stream = RandomStream(seed: options.seed)
    network =
      try saved?.model.network
      ?? options.network!.network(
        inputs: data.train.inputs.rows, image: data.train.imageShape, output: data.output)
    method =
      options.leavesChoice && MethodOptions.areFewEnough(network, samples: data.train.count)
      ? .levenbergMarquardt : options.method
    let isSplit = options.validation > 0 && data.validation == nil
    if isSplit {
      try OptionError.check(
        data.train.count >= 2, "validation", options.validation,
        "\(data.train.count) sample cannot be split")
    }
    let (kept, held): (Dataset, Dataset?) =
      isSplit
      ? data.train.split(validation: options.validation, using: stream.child("validation"))
      : (data.train, data.validation)
    // Weights that are trained already are for inputs as they were then.
    let preparation =
      saved.map(\.metadata.standardization)
      ?? (options.standardize ? Standardization(fittedTo: kept) : nil)
    standardization = preparation
    parts = (
      Samples(kept, preparation), held.map { Samples($0, preparation) },
      data.test.map { Samples($0, preparation) }
    )
    if case .values(let values) = parts.train.targets, options.standardize,
      options.standardizesTargets == true, network.canMapOutputs
    {
      targetMap = Standardization(fittedTo: values)
    } else {
      targetMap = nil
    }
    if let saved {
      let model = targetMap.map { saved.model.standardizingOutputs($0) } ?? saved.model
      start = Parameters(model.parameters.elements.map { Float($0) })
    } else {
      var weights = stream.child("weights")
      start = options.network!.initialization.parameters(network, using: &weights)
    }
    let weights = try SampleWeights(options.classWeights, fittedTo: kept)
    train = parts.train.targetsStandardized(by: targetMap).weighted(by: weights.values(of: kept))
    validation = parts.validation?.targetsStandardized(by: targetMap)
      .weighted(by: held.flatMap(weights.values))
  }

  /// What the default is on these data, and how to have another; nil where the method was chosen.
  package var choice: String? {
    guard options.leavesChoice, method.isLevenbergMarquardt else { return nil }
    return
      "\(network.parameterCount) parameters are few enough for Levenberg–Marquardt on all samples, with a "
      + "penalty by evidence; --batch 100 trains on mini-batches instead"
  }

  /// Steps of the whole training, if nothing ends it before.
  package var stepCount: Int { epochs * stepsPerEpoch }

  /// Steps that an automatic number of epochs is to reach.
  private static let automaticSteps = 4_000

  /// Epochs of Levenberg–Marquardt, of which each is a step that lowers the loss.
  private static let automaticTrials = 200

  /// Nats that count as an improvement while the number of epochs is automatic: less is not worth the
  /// growth of weights with which a network that is right grows sure.
  private static let leastImprovement = 1e-3

  /// Epochs at most.
  var epochs: Int {
    options.epochs
      ?? (method.isLevenbergMarquardt
        ? Self.automaticTrials
        : min(1_000, max(10, (Self.automaticSteps + stepsPerEpoch - 1) / stepsPerEpoch)))
  }

  /// Epochs without a lower validation loss before training ends.
  var patience: Int? {
    options.patience
      ?? (options.epochs == nil && options.validates
        ? max(5, epochs / 10) : nil)
  }

  /// Samples of a batch at most.
  var batchSize: Int {
    options.batch ?? (method.isLevenbergMarquardt ? train.count : 100)
  }

  var stepsPerEpoch: Int {
    MiniBatches<Float>.batchesPerEpoch(of: train.count, size: batchSize, for: network)
  }

  var settings: TrainingSettings {
    var settings = TrainingSettings(seed: options.seed)
    settings.optimizer = method.method
    settings.stepSize = method.stepSize(epochs: epochs, perEpoch: stepsPerEpoch)
    settings.batch = batchSize
    settings.epochs = epochs
    settings.patience = patience
    if options.epochs == nil && data.output != .square {
      settings.leastImprovement = Self.leastImprovement
    }
    settings.gammaDecay = try! options.gammaDecay.map { try GammaDecay(.adaptive(noiseOf: $0)) }
    settings.threads = options.threads
    return settings
  }

  /// The file of a run directory from which training continues.
  package static let checkpointName = "checkpoint.safetensors"
  /// The file with the trained network.
  package static let networkName = "network.safetensors"
  /// Seconds between checkpoints.
  private static let checkpointInterval = 3.0

  /// Trains until the end, until `shouldStop`, or until the loss is not finite any more, and leaves a
  /// checkpoint at the beginning, every few seconds, and at the end.
  ///
  /// - Parameters:
  ///   - directory: where the options are written, and the checkpoint; if there is one already,
  ///     training continues from it.
  ///   - shouldStop: is asked before each step.
  ///   - progress: is called after each step.
  ///   - epoch: is called after each epoch.
  package func run(
    in directory: RunDirectory, shouldStop: () -> Bool = { false },
    progress: (TrainProgress) -> Void = { _ in },
    epoch: (TrainProgress, TrainingRecord) throws -> Void = { _, _ in }
  ) throws -> TrainResult {
    // The differences of losses that Levenberg–Marquardt compares are beyond single precision.
    if method.isLevenbergMarquardt {
      return try run(
        from: Parameters(start.elements.map { Double($0) }), on: train.widened,
        validation: validation?.widened, in: directory, shouldStop, progress, epoch)
    }
    return try run(
      from: start, on: train, validation: validation, in: directory, shouldStop, progress, epoch)
  }

  private func run<T: Scalar>(
    from start: Parameters<T>, on train: Samples<T>, validation: Samples<T>?,
    in directory: RunDirectory, _ shouldStop: () -> Bool, _ progress: (TrainProgress) -> Void,
    _ epoch: (TrainProgress, TrainingRecord) throws -> Void
  ) throws -> TrainResult {
    try directory.write(options, as: "config.json")
    let url = directory.url(Self.checkpointName)
    let training =
      FileManager.default.fileExists(atPath: url.path)
      ? try Training(resuming: url, network, on: train, validation: validation, settings)
      : try Training(network, from: start, on: train, validation: validation, settings)
    var failure: DescentError?
    if training.steps == 0 { try training.save(to: url) }
    var saved = (steps: training.steps, time: DispatchTime.now())
    while training.ending == nil && failure == nil && !shouldStop() {
      var record: TrainingRecord?
      do throws(DescentError) {
        record = try training.advance()
        progress(TrainProgress(training))
      } catch { failure = error }
      if let record { try epoch(TrainProgress(training), record) }
      let age = DispatchTime.now().uptimeNanoseconds - saved.time.uptimeNanoseconds
      if Double(age) * 1e-9 > Self.checkpointInterval && failure == nil {
        try training.save(to: url)
        saved = (training.steps, .now())
      }
    }
    // After a failure the last checkpoint is where to go on from, with other settings.
    if failure == nil && saved.steps < training.steps { try training.save(to: url) }
    if let failure, training.steps == 0 { throw failure }
    let model = inDataUnits(training.model)
    try model.save(
      to: directory.url(Self.networkName), precision: .float32, metadata: metadata)
    let scores = (
      training: score(model, parts.train), validation: parts.validation.map { score(model, $0) },
      test: parts.test.map { score(model, $0) }
    )
    return TrainResult(
      options: options, dataName: data.name, samples: train.count, batch: batchSize,
      inputs: network.inputCount,
      parameters: network.parameterCount, steps: training.steps, seconds: training.seconds,
      ending: training.ending, records: training.records, bestEpoch: training.bestEpoch,
      patience: patience,
      failure: failure.map { "\($0)" } ?? scores.validation?.divergence
        ?? scores.training.divergence,
      training: scores.training, validation: scores.validation, test: scores.test)
  }

  /// A training that was kept in memory only.
  struct LearningCurve {
    /// With outputs in the units of the data.
    let model: Model
    let records: [TrainingRecord]
    let steps: Int
    let seconds: Double
    /// Why it could not go on, if so.
    let failure: String?
  }

  /// Trains to the end, for some seconds, or until `shouldStop`, without a run directory.
  func curve(seconds: Double = .infinity, shouldStop: () -> Bool) throws -> LearningCurve {
    func curve<T: Scalar>(_ training: Training<T>) -> LearningCurve {
      var failure: String?
      while training.ending == nil && failure == nil && !shouldStop()
        && training.seconds < seconds
      {
        do { try training.advance() } catch { failure = "\(error)" }
      }
      return LearningCurve(
        model: inDataUnits(training.model), records: training.records, steps: training.steps,
        seconds: training.seconds, failure: failure)
    }
    if method.isLevenbergMarquardt {
      return curve(
        try Training<Double>(
          network, from: Parameters(start.elements.map { Double($0) }), on: train.widened,
          validation: validation?.widened, settings))
    }
    return curve(try Training(network, from: start, on: train, validation: validation, settings))
  }

  /// A trained model with outputs in the units of the data.
  func inDataUnits(_ model: Model) -> Model {
    targetMap.map { model.mappingOutputs($0) } ?? model
  }

  func score(_ model: Model, _ samples: Samples<Float>) -> Scoring {
    Scoring(
      model, on: samples, names: data.classNames ?? data.train.encoding?.targets,
      targetScales: targetMap?.scales,
      baseline: Baseline(parts.train.targets), threads: options.threads)
  }

  /// What a network file says beside the network.
  private var metadata: [String: String] {
    NetworkMetadata(
      classes: data.classNames, standardization: standardization,
      targetScales: targetMap?.scales, baseline: Baseline(parts.train.targets),
      encoding: data.train.encoding
    ).entries
  }
}

/// Where a training is.
package struct TrainProgress: Sendable {
  package let steps: Int
  /// Epochs at most.
  package let epochs: Int
  /// The mean loss of the epoch so far in nats.
  package let runningLoss: Double?
  package let samplesPerSecond: Double

  init<T>(_ training: Training<T>) {
    steps = training.steps
    epochs = training.settings.epochs
    runningLoss = training.runningLoss
    let perStep = Double(min(training.settings.batch, training.sampleCount))
    samplesPerSecond = perStep * Double(steps) / max(training.seconds, 1e-9)
  }
}
