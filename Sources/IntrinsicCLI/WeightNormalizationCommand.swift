import ArgumentParser
import IntrinsicStudies

extension WeightNormalizationStudy.Part: ExpressibleByArgument {}

struct WeightNormalizationCommand: DataStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: "weight-normalization",
    abstract: "Where descent on normalized weights ends: sparse units, rates, pruning (EWN, SWN).",
    discussion: """
      Losses are followed in the log domain, to e^-1000 and beyond. Only pruning needs digits, and \
      takes most of the time.
      """)

  private static let defaults = WeightNormalizationStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "What is studied; all parts if not given.")
  var part: [WeightNormalizationStudy.Part] = []

  @Option(parsing: .unconditional, help: "Toy problems are followed down to a loss of e^-LEVEL.")
  var level = Self.defaults.level

  @Option(parsing: .unconditional, help: "Runs of the toy problems with other weights.")
  var runs = Self.defaults.runs

  @Option(parsing: .unconditional, help: "Steps of a training on a toy problem at most.")
  var steps = Self.defaults.steps

  @Option(parsing: .unconditional, help: "Training samples of the digits.")
  var samples = Self.defaults.samples

  @Option(parsing: .unconditional, help: "Hidden units of the network that reads digits.")
  var hidden = Self.defaults.hidden

  @Option(parsing: .upToNextOption, help: "Networks are pruned at losses of e to minus these.")
  var pruningLevels = Self.defaults.pruningLevels

  @Option(parsing: .unconditional, help: "Runs on digits with other weights.")
  var pruningRuns = Self.defaults.pruningRuns

  @Option(parsing: .unconditional, help: "Steps of a training on digits at most.")
  var pruningSteps = Self.defaults.pruningSteps

  @OptionGroup var data: DigitOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> WeightNormalizationStudy {
    let needsDigits = part.isEmpty || part.contains(.pruning)
    return try study(seed, on: needsDigits ? data.load(seed) : DigitOptions.placeholder)
  }

  func study(_ seed: UInt64, on digits: Digits) throws -> WeightNormalizationStudy {
    var chosen = WeightNormalizationStudy.Options(seed: seed, threads: threads.threads)
    if !part.isEmpty { chosen.parts = part }
    (chosen.level, chosen.runs, chosen.steps) = (level, runs, steps)
    (chosen.samples, chosen.hidden) = (samples, hidden)
    (chosen.pruningLevels, chosen.pruningRuns) = (pruningLevels, pruningRuns)
    chosen.pruningSteps = pruningSteps
    return try WeightNormalizationStudy(chosen, on: digits)
  }
}
