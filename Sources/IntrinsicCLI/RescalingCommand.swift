import ArgumentParser
import IntrinsicMath
import IntrinsicStudies

extension RescalingStudy.MethodName: ExpressibleByArgument {}

struct RescalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rescaling",
    abstract:
      "Who notices that hidden units are rescaled, and for which units scales mean something.",
    discussion: """
      Every method first tries all step sizes for one epoch on a part of the data, and is then \
      trained with the one of the least mean loss over the second half of it: from the usual start, \
      and from one whose units are rescaled.
      """)

  @Option(
    parsing: .upToNextOption,
    help: "Methods besides gradient descent; all if not given.")
  var methods: [RescalingStudy.MethodName] = []

  @Option(
    parsing: .unconditional, help: "Orders of magnitude over which the factors of units spread.")
  var orders = 2.0

  @Option(parsing: .upToNextOption, help: "Step sizes that are tried.")
  var stepSizes = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001]

  @Option(parsing: .upToNextOption, help: "Units of the hidden layers.")
  var hidden = [200, 200]

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = 10

  @Option(parsing: .unconditional, help: "Samples of a batch.")
  var batch = 100

  @Option(parsing: .unconditional, help: "Training samples that are used at most.")
  var samples = 60_000

  @Option(parsing: .unconditional, help: "Training samples of a trial.")
  var trialSamples = 10_000

  @Option(parsing: .unconditional, help: "Repetitions with other factors, weights and orders.")
  var runs = 2

  @OptionGroup var digits: DigitOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func validate() throws { _ = try study(0, on: DigitOptions.placeholder) }

  func run() throws {
    let seed = options.drawnSeed
    let study = try study(seed, on: digits.load(seed))
    let run = try StudyRun("rescaling", options, threads: threads.threads, seed: seed)
    try run(total: study.trainingCount, unit: "trainings", run: study.run)
  }

  private func study(_ seed: UInt64, on digits: Digits) throws -> RescalingStudy {
    var chosen = RescalingStudy.Options(seed: seed, threads: threads.threads)
    if !methods.isEmpty { chosen.methods = methods }
    (chosen.orders, chosen.hidden, chosen.epochs) = (orders, hidden, epochs)
    (chosen.batch, chosen.samples, chosen.runs) = (batch, samples, runs)
    (chosen.stepSizes, chosen.trialSamples) = (stepSizes, trialSamples)
    do { return try RescalingStudy(chosen, on: digits) } catch {
      throw ValidationError("\(error)")
    }
  }
}
