import ArgumentParser
import IntrinsicMath
import IntrinsicStudies

struct PathCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path",
    abstract: "From Path-SGD to the natural gradient, from path to batch normalization, on digits.",
    discussion: """
      Every method first tries all step sizes for one epoch on a part of the data, and is then \
      trained with the one of the least mean loss over the second half of it.
      """)

  @Option(parsing: .upToNextOption, help: "Weights α of the data, from 0 to 1.")
  var alphas = [0.0, 0.5, 1]

  @Option(parsing: .upToNextOption, help: "Step sizes that are tried.")
  var stepSizes = [3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003]

  @Option(parsing: .upToNextOption, help: "Units of the hidden layers.")
  var hidden = [200, 200]

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = 4

  @Option(parsing: .unconditional, help: "Samples of a batch.")
  var batch = 100

  @Option(parsing: .unconditional, help: "Training samples that are used at most.")
  var samples = 60_000

  @Option(parsing: .unconditional, help: "Training samples of a trial.")
  var trialSamples = 10_000

  @Option(parsing: .unconditional, help: "ε added to the κ of data-dependent metrics.")
  var damping = 0.001

  @Option(parsing: .unconditional, help: "Weight of a batch in the averages of these metrics.")
  var discount = 0.1

  @Option(parsing: .unconditional, help: "Repetitions with other weights and orders.")
  var runs = 2

  @OptionGroup var digits: DigitOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func validate() throws { _ = try study(0, on: DigitOptions.placeholder) }

  func run() throws {
    let seed = options.drawnSeed
    let study = try study(seed, on: digits.load(seed))
    let run = try StudyRun("path", options, threads: threads.threads, seed: seed)
    try run(total: study.trainingCount, unit: "trainings", run: study.run)
  }

  private func study(_ seed: UInt64, on digits: Digits) throws -> PathStudy {
    var chosen = PathStudy.Options(seed: seed, threads: threads.threads)
    (chosen.alphas, chosen.stepSizes, chosen.hidden) = (alphas, stepSizes, hidden)
    (chosen.epochs, chosen.batch, chosen.runs) = (epochs, batch, runs)
    (chosen.samples, chosen.trialSamples) = (samples, trialSamples)
    (chosen.damping, chosen.discount) = (damping, discount)
    do { return try PathStudy(chosen, on: digits) } catch {
      throw ValidationError("\(error)")
    }
  }
}
