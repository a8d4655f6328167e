import ArgumentParser
import IntrinsicMath
import IntrinsicStudies

struct CompareCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Trains your network by several methods, each with its best step size, and compares.",
    discussion: """
      Each method tries each step size for one epoch; the one with the least loss over the second half \
      of it then trains, for the same number of epochs or the same time. All start from the same \
      weights and see the same batches.
      """)

  @OptionGroup var data: DatasetArguments
  @OptionGroup var weights: WeightArguments

  @Option(help: "The network, as for “intrinsic train”.")
  var network: String

  @Option(parsing: .upToNextOption, help: "Methods.")
  var methods: [MethodOptions.Name] = [.gradientDescent, .adam, .quasiDiagonalBackpropagated]

  @Option(parsing: .upToNextOption, help: "Step sizes that each method tries.")
  var stepSizes = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1]

  @Option(parsing: .unconditional, help: "Epochs of each method, at most.")
  var epochs = 5

  @Option(
    parsing: .unconditional, help: "Seconds of training of each method; all epochs if not given.")
  var seconds: Double?

  @Option(parsing: .unconditional, help: "Samples of a batch.")
  var batch = 100

  @Option(parsing: .unconditional, help: "Share of the training samples kept for validation.")
  var validation = 0.1

  @Flag(
    inversion: .prefixedNo,
    help: "Shift and scale features and values to mean 0 and variance 1.")
  var standardize = true

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func check() throws { try MethodComparison.check(chosen(0)) }

  func study(_ seed: UInt64) throws -> MethodComparison {
    let chosen = try chosen(seed)
    let samples = try SampleOptions.reading {
      try TrainingData.read(chosen.training.data, chosen.training.datasetOptions())
    }
    return try MethodComparison(chosen, on: samples)
  }

  private func chosen(_ seed: UInt64) throws -> MethodComparison.Options {
    guard let path = data.data else { throw ValidationError("--data PATH is needed") }
    var training = TrainRun.Options(data: path, network: try NetworkText(network), seed: seed)
    data.put(into: &training)
    weights.put(into: &training)
    (training.batch, training.validation) = (batch, validation)
    (training.standardize, training.threads) = (standardize, threads.threads)
    var chosen = MethodComparison.Options(training)
    (chosen.methods, chosen.stepSizes) = (methods, stepSizes)
    (chosen.epochs, chosen.seconds) = (epochs, seconds)
    return chosen
  }
}
