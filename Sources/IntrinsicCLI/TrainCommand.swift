import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains your network on your data.",
    discussion: """
      A network is a word for each layer: fc500:bn:tanh is 500 units that read all of the layer below, \
      with batch normalization and tanh. After colons come \(NetworkText.modifiers); relu is the \
      activation if none is given. The last word is the outputs, one for each class or value to predict.

        intrinsic train --data MNIST --network "fc500 fc500 fc10" --epochs 3
        intrinsic train --data cars.csv --label mpg --missing mean --network "fc32 fc1" --output cars
        intrinsic predict cars/network.safetensors --data new.csv
        intrinsic train --resume runs/train-7
      """)

  @OptionGroup var data: DatasetArguments
  @OptionGroup var weights: WeightArguments

  @Option(help: "The network, such as “fc500:bn fc500:dropout0.5 fc10”.")
  var network: String?

  @Option(
    help: """
      A saved network to begin with in place of --network; its columns, classes and \
      standardization are kept.
      """,
    completion: .file())
  var from: String?

  @OptionGroup var method: MethodArguments

  @Option(
    parsing: .unconditional,
    help: "Epochs at most; if not given, some thousand steps, while validation improves.")
  var epochs: Int?

  @Option(
    parsing: .unconditional, help: "Samples of a batch; 100, or all with levenberg-marquardt.")
  var batch: Int?

  @Option(parsing: .unconditional, help: "Share of the training samples kept for validation.")
  var validation = 0.1

  @Option(
    help: "A file of samples for validation, in place of a share of the training samples.",
    completion: .file())
  var validationFile: String?

  @Option(
    parsing: .unconditional, help: "Epochs without a lower validation loss that end training.")
  var patience: Int?

  @Option(
    parsing: .unconditional,
    help: "Penalize gains of normalized units by the noise of batches of so many samples.")
  var gammaDecay: Int?

  @Flag(
    inversion: .prefixedNo,
    help: "Shift and scale features and values to mean 0 and variance 1; kept with the network.")
  var standardize = true

  @Option(
    help: "Begin with the options of another run, from its config.json.", completion: .file())
  var config: String?

  @Option(
    help: "Go on with an earlier run, bit for bit, with its options; --epochs may be more.",
    completion: .directory)
  var resume: String?

  @Option(
    parsing: .unconditional,
    help: """
      Threads of a step; the number of processors if not given. Sums of another \
      number round otherwise.
      """)
  var threads = Parallel.processorCount

  @Option(
    parsing: .unconditional,
    help: "Train with so many seeds, one after the other, for the mean and the spread.")
  var seeds: Int?

  @Option(
    parsing: .unconditional,
    help: "Cross-validate: train so many times, each time tested on another part of the samples.")
  var folds: Int?

  @Flag(
    help: "Write an event file that grows with each epoch, for tensorboard --logdir DIRECTORY.")
  var tensorboard = false

  @OptionGroup var options: RunOptions

  func validate() throws {
    guard resume == nil || config == nil else {
      throw ValidationError("--resume goes on with the options of its run; leave --config out")
    }
    guard seeds == nil || folds == nil else {
      throw ValidationError("--seeds and --folds are two ways to repeat a training; choose one")
    }
    if resume != nil {
      try refuseOptions(
        beside: "resume",
        [
          ("seeds", seeds != nil), ("folds", folds != nil), ("output", options.output != nil),
          ("seed", options.seed != nil),
        ])
    } else if config != nil {
      try refuseOptions(beside: "config", [])
    } else {
      try checked { try check(try chosen(seed: 0)) }
    }
  }

  private func check(_ chosen: TrainRun.Options) throws {
    try TrainRun.check(chosen)
    if let repeats { try RepeatedTraining.check(repeats, chosen) }
  }

  /// What is settled by another run; --data, --epochs and, for a new run, --seed may be others.
  private func refuseOptions(beside option: String, _ more: [(String, Bool)]) throws {
    let standard = try TrainRun.Options(data: "", network: NetworkText("fc1"), seed: 0)
    let ignored =
      more + [
        ("network", network != nil), ("from", from != nil),
        ("label", data.label != nil), ("regression", data.regression),
        ("ignore", !data.ignore.isEmpty), ("columns", data.columns != nil),
        ("validation-file", validationFile != nil), ("missing", data.missing != .refuse),
        ("weight-column", weights.weightColumn != nil),
        ("class-weights", weights.classWeights != nil), ("test", data.test != nil),
        ("image", data.image != nil),
        ("batch", batch != nil), ("validation", validation != standard.validation),
        ("patience", patience != nil), ("gamma-decay", gammaDecay != nil),
        ("no-standardize", !standardize),
      ]
    let names = ignored.filter(\.1).map { "--\($0.0)" }
    guard names.isEmpty, method.options == standard.method else {
      throw ValidationError(
        "--\(option) goes on with the options of its run; leave "
          + (names.isEmpty ? "the options of the method" : names.joined(separator: ", "))
          + " out, or begin another run")
    }
  }

  func run() throws {
    if let resume {
      let directory = try TrainSession.existing(resume)
      let chosen = try settled(directory.url("config.json"), seed: nil)
      try TrainSession(chosen, options, writesEvents: tensorboard).train { directory }
      return
    }
    let chosen: TrainRun.Options
    if let config {
      chosen = try settled(URL(fileURLWithPath: config), seed: options.seed)
    } else {
      chosen = try self.chosen(seed: options.drawnSeed)
    }
    let session = try TrainSession(chosen, options, writesEvents: tensorboard)
    let directory = { try options.directory(options.output ?? "runs/train-\(chosen.seed)") }
    if let repeats {
      try session.train(repeats, in: directory)
    } else {
      try session.train(in: directory)
    }
  }

  /// The options of another run, but for what may be another here.
  private func settled(_ url: URL, seed: UInt64?) throws -> TrainRun.Options {
    var chosen = try TrainSession.options(at: url)
    if let epochs { chosen.setEpochs(epochs) }
    if let path = data.data { chosen.data = path }
    if let seed { chosen.seed = seed }
    try checked { try check(chosen) }
    return chosen
  }

  private var repeats: RepeatedTraining.Kind? {
    seeds.map { .seeds($0) } ?? folds.map { .folds($0) }
  }

  private func chosen(seed: UInt64) throws -> TrainRun.Options {
    guard let path = data.data else { throw ValidationError("--data PATH is needed") }
    guard network != nil || from != nil else {
      throw ValidationError(
        "--network is needed, such as “fc500 fc500 fc10”, or --from with a saved network")
    }
    return try checked {
      var chosen = TrainRun.Options(
        data: path, network: try network.map(NetworkText.init), seed: seed)
      chosen.from = from
      data.put(into: &chosen)
      weights.put(into: &chosen)
      chosen.method = method.options
      (chosen.epochs, chosen.batch, chosen.threads) = (epochs, batch, threads)
      (chosen.validation, chosen.patience) = (validation, patience)
      chosen.validationFile = validationFile
      (chosen.gammaDecay, chosen.standardize) = (gammaDecay, standardize)
      return chosen
    }
  }
}
