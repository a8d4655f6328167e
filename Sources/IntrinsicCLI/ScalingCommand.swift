import ArgumentParser
import IntrinsicMath
import IntrinsicStudies

extension ScalingStudy.MethodName: ExpressibleByArgument {}

struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Who still learns digits when every pixel has its own random scale and origin.")

  @Option(parsing: .upToNextOption, help: "Methods; all if not given.")
  var methods: [ScalingStudy.MethodName] = []

  @Option(
    parsing: .upToNextOption, help: "Orders of magnitude over which the scales spread.")
  var orders = [0.0, 1, 2, 3, 4]

  @Option(parsing: .upToNextOption, help: "Units of the hidden layers.")
  var hidden = [200, 200]

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = 2

  @Option(parsing: .unconditional, help: "Samples of a batch.")
  var batch = 100

  @Option(parsing: .unconditional, help: "Training samples that are used at most.")
  var samples = 60_000

  @Option(parsing: .unconditional, help: "Repetitions with other scales, weights and orders.")
  var runs = 2

  @OptionGroup var digits: DigitOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func validate() throws { _ = try study(0, on: DigitOptions.placeholder) }

  func run() throws {
    let seed = options.drawnSeed
    let study = try study(seed, on: digits.load(seed))
    let run = try StudyRun("scaling", options, threads: threads.threads, seed: seed)
    try run(total: study.trainingCount, unit: "trainings", run: study.run)
  }

  private func study(_ seed: UInt64, on digits: Digits) throws -> ScalingStudy {
    var chosen = ScalingStudy.Options(seed: seed, threads: threads.threads)
    if !methods.isEmpty { chosen.methods = methods }
    (chosen.orders, chosen.hidden, chosen.epochs) = (orders, hidden, epochs)
    (chosen.batch, chosen.samples, chosen.runs) = (batch, samples, runs)
    do { return try ScalingStudy(chosen, on: digits) } catch {
      throw ValidationError("\(error)")
    }
  }
}
