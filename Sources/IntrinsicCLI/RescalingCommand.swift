import ArgumentParser
import IntrinsicStudies

extension RescalingStudy.MethodName: ExpressibleByArgument {}

struct RescalingCommand: DataStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: "rescaling",
    abstract:
      "Who notices that hidden units are rescaled, and for which units scales mean something.",
    discussion: """
      Every method first tries all step sizes for one epoch on a part of the data, and is then \
      trained with the one of the least mean loss over the second half of it: from the usual start, \
      and from one whose units are rescaled.
      """)

  private static let defaults = RescalingStudy.Options(seed: 0, threads: 1)

  @Option(
    parsing: .upToNextOption,
    help: "Methods besides gradient descent; all if not given.")
  var methods: [RescalingStudy.MethodName] = []

  @Option(
    parsing: .unconditional, help: "Orders of magnitude over which the factors of units spread.")
  var orders = Self.defaults.orders

  @Option(parsing: .upToNextOption, help: "Step sizes that are tried.")
  var stepSizes = Self.defaults.stepSizes

  @OptionGroup var training: DigitTrainingOptions

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = Self.defaults.epochs

  @Option(parsing: .unconditional, help: "Training samples of a trial.")
  var trialSamples = Self.defaults.trialSamples

  @Option(parsing: .unconditional, help: "Repetitions with other factors, weights and orders.")
  var runs = Self.defaults.runs

  @OptionGroup var data: DigitOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64, on digits: Digits) throws -> RescalingStudy {
    var chosen = RescalingStudy.Options(seed: seed, threads: threads.threads)
    if !methods.isEmpty { chosen.methods = methods }
    (chosen.hidden, chosen.batch, chosen.samples) = (
      training.hidden, training.batch, training.samples
    )
    (chosen.orders, chosen.stepSizes, chosen.epochs) = (orders, stepSizes, epochs)
    (chosen.trialSamples, chosen.runs) = (trialSamples, runs)
    return try RescalingStudy(chosen, on: digits)
  }
}
