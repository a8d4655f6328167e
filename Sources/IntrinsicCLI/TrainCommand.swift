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

  @OptionGroup var options: RunOptions

  func validate() throws {
    if resume == nil {
      try checked { try TrainRun.check(try chosen(seed: 0)) }
    } else {
      try refuseOptionsBesideResume()
    }
  }

  private func refuseOptionsBesideResume() throws {
    let standard = try TrainRun.Options(data: "", network: NetworkText("fc1"), seed: 0)
    let ignored = [
      ("output", options.output != nil), ("network", network != nil), ("from", from != nil),
      ("label", data.label != nil), ("regression", data.regression),
      ("ignore", !data.ignore.isEmpty), ("columns", data.columns != nil),
      ("validation-file", validationFile != nil), ("missing", data.missing != .refuse),
      ("test", data.test != nil), ("image", data.image != nil),
      ("batch", batch != nil), ("validation", validation != standard.validation),
      ("patience", patience != nil), ("gamma-decay", gammaDecay != nil),
      ("no-standardize", !standardize), ("seed", options.seed != nil),
    ].filter(\.1).map { "--\($0.0)" }
    guard ignored.isEmpty, method.options == standard.method else {
      let names = ignored.isEmpty ? "the options of the method" : ignored.joined(separator: ", ")
      throw ValidationError(
        "--resume goes on with the options of its run; leave \(names) out, or begin another run")
    }
  }

  func run() throws {
    if let resume {
      let directory = try TrainSession.existing(resume)
      var chosen = try TrainSession.options(of: directory)
      if let epochs { chosen.epochs = epochs }
      if let path = data.data { chosen.data = path }
      try checked { try TrainRun.check(chosen) }
      try TrainSession(chosen, options)(in: directory)
    } else {
      let seed = options.drawnSeed
      let session = try TrainSession(chosen(seed: seed), options)
      try session(in: options.directory(options.output ?? "runs/train-\(seed)"))
    }
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
      chosen.method = method.options
      (chosen.epochs, chosen.batch, chosen.threads) = (epochs, batch, threads)
      (chosen.validation, chosen.patience) = (validation, patience)
      chosen.validationFile = validationFile
      (chosen.gammaDecay, chosen.standardize) = (gammaDecay, standardize)
      return chosen
    }
  }
}
