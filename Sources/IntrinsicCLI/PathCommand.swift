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

  private static let defaults = PathStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "Weights α of the data, from 0 to 1.")
  var alphas = Self.defaults.alphas

  @Option(parsing: .upToNextOption, help: "Step sizes that are tried.")
  var stepSizes = Self.defaults.stepSizes

  @OptionGroup var training: DigitTrainingOptions

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = Self.defaults.epochs

  @Option(parsing: .unconditional, help: "Training samples of a trial.")
  var trialSamples = Self.defaults.trialSamples

  @Option(parsing: .unconditional, help: "ε added to the κ of data-dependent metrics.")
  var damping = Self.defaults.damping

  @Option(
    name: [.long, .customLong("discount")], parsing: .unconditional,
    help: "Weight of a batch in the averages of these metrics.")
  var averagingRate = Self.defaults.averagingRate

  @Option(parsing: .unconditional, help: "Repetitions with other weights and orders.")
  var runs = Self.defaults.runs

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
    (chosen.damping, chosen.averagingRate) = (damping, averagingRate)
    return try PathStudy(chosen, on: digits)
  }
}
