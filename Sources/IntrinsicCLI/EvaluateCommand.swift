import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract:
      "Scores a trained network on data: loss, accuracy, and which class is taken for which.",
    discussion: """
      Features are prepared as in training, and normalized layers use the statistics of training. \
      Where the data come with a test set it is what is scored, unless --part says otherwise.
      """)

  enum Part: String, ExpressibleByArgument, CaseIterable {
    case test, train
  }

  @Argument(help: "The network: a safetensors file that Intrinsic wrote.", completion: .file())
  var network: String

  @OptionGroup var data: DatasetArguments

  @Option(help: "The part of the data; the test set, or all if there is none.")
  var part: Part?

  @Option(
    parsing: .unconditional, help: "Threads; the number of processors if not given.")
  var threads = Parallel.processorCount

  @Option(help: "How results are printed.")
  var format = OutputFormat.text

  func validate() throws {
    if data.data == nil { throw ValidationError("--data PATH is needed") }
    if threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed") }
  }

  func run() throws {
    let url = URL(fileURLWithPath: network)
    let metadata = try SampleOptions.reading { try NetworkMetadata(contentsOf: url) }
    let model = try SampleOptions.reading { try Model(contentsOf: url) }
    let given = try SampleOptions.reading {
      var options = metadata.datasetOptions(of: model.network)
      if let label = data.label { options.label = label }
      (options.test, options.imageShape) = (data.test, data.image ?? options.imageShape)
      return try TrainingData.read(data.data!, options)
    }
    try checked { try given.check(model.network) }
    if model.network.usesBatchStatistics && model.statistics.isEmpty {
      throw ValidationError(
        "the network is normalized over batches, but its file holds no statistics of training")
    }
    if part == .test && given.test == nil { throw ValidationError("the data have no test set") }
    for note in given.train.notes + (given.test?.notes ?? []) {
      StandardError.write("note: \(note)")
    }
    let samples = Samples(
      part == .train ? given.train : given.test ?? given.train, metadata.standardization)
    let scoring = Scoring(
      model, on: samples, names: given.classNames ?? metadata.encoding?.targets,
      targetScales: metadata.targetScales,
      baseline: metadata.baseline, threads: threads)
    guard scoring.loss.isFinite else {
      StandardError.write(
        "Error: the loss is \(scoring.loss): the network's outputs are not finite on these samples")
      throw ExitCode.runFailed
    }
    let title = "\(url.lastPathComponent) on \(given.name)"
    switch format {
    case .json: print(try JSONText.of(scoring))
    case .csv:
      print((scoring.confusion?.records ?? scoring.table(title)).csv(), terminator: "")
    case .text:
      print(scoring.table(title).rendered())
      if let details = scoring.details { print(details.rendered(), terminator: "") }
    }
  }
}
