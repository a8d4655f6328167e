import ArgumentParser
import IntrinsicStudies

extension ScalingStudy.MethodName: ExpressibleByArgument {}

struct ScalingCommand: DataStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Who still learns digits when every pixel has its own random scale and origin.")

  private static let defaults = ScalingStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "Methods; all if not given.")
  var methods: [ScalingStudy.MethodName] = []

  @Option(
    parsing: .upToNextOption, help: "Orders of magnitude over which the scales spread.")
  var orders = Self.defaults.orders

  @OptionGroup var training: DigitTrainingOptions

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = Self.defaults.epochs

  @Option(parsing: .unconditional, help: "Repetitions with other scales, weights and orders.")
  var runs = Self.defaults.runs

  @OptionGroup var data: DigitOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64, on digits: Digits) throws -> ScalingStudy {
    var chosen = ScalingStudy.Options(seed: seed, threads: threads.threads)
    if !methods.isEmpty { chosen.methods = methods }
    (chosen.hidden, chosen.batch, chosen.samples) = (
      training.hidden, training.batch, training.samples
    )
    (chosen.orders, chosen.epochs, chosen.runs) = (orders, epochs, runs)
    return try ScalingStudy(chosen, on: digits)
  }
}
