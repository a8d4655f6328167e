import ArgumentParser
import IntrinsicStudies

extension ScalingStudy.MethodName: ExpressibleByArgument {}

struct ScalingCommand: DataStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Who still learns digits when every pixel has its own random scale and origin.")

  @Option(parsing: .upToNextOption, help: "Methods; all if not given.")
  var methods: [ScalingStudy.MethodName] = []

  @Option(
    parsing: .upToNextOption, help: "Orders of magnitude over which the scales spread.")
  var orders = [0.0, 1, 2, 3, 4]

  @OptionGroup var training: DigitTrainingOptions

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = 2

  @Option(parsing: .unconditional, help: "Repetitions with other scales, weights and orders.")
  var runs = 2

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
