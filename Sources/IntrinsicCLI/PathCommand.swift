import ArgumentParser
import IntrinsicStudies

struct PathCommand: DataStudyCommand {
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

  @OptionGroup var training: DigitTrainingOptions

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = 4

  @Option(parsing: .unconditional, help: "Training samples of a trial.")
  var trialSamples = 10_000

  @Option(parsing: .unconditional, help: "ε added to the κ of data-dependent metrics.")
  var damping = 0.001

  @Option(parsing: .unconditional, help: "Weight of a batch in the averages of these metrics.")
  var discount = 0.1

  @Option(parsing: .unconditional, help: "Repetitions with other weights and orders.")
  var runs = 2

  @OptionGroup var data: DigitOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64, on digits: Digits) throws -> PathStudy {
    var chosen = PathStudy.Options(seed: seed, threads: threads.threads)
    (chosen.hidden, chosen.batch, chosen.samples) = (
      training.hidden, training.batch, training.samples
    )
    (chosen.alphas, chosen.stepSizes, chosen.epochs) = (alphas, stepSizes, epochs)
    (chosen.trialSamples, chosen.runs) = (trialSamples, runs)
    (chosen.damping, chosen.discount) = (damping, discount)
    return try PathStudy(chosen, on: digits)
  }
}
