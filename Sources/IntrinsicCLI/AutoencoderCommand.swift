import ArgumentParser
import IntrinsicMath
import IntrinsicStudies

extension AutoencoderStudy.MethodName: ExpressibleByArgument {}
extension AutoencoderStudy.Wiring: ExpressibleByArgument {}
extension AutoencoderStudy.Budget: ExpressibleByArgument {}

struct AutoencoderCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "autoencoder",
    abstract: "Invariant against non-invariant training (Ollivier 2015, Tables 1–2, Figures 2–5).",
    discussion: """
      Ten methods of the paper, and a few more, train sparse 100-30-10-30-100 auto-encoders on 16 \
      random strings, in a sigmoid and a tanh implementation that start as the same function.
      """)

  private static let defaults = AutoencoderStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .unconditional, help: "Independent instances; the paper has 20.")
  var runs = Self.defaults.runs

  @Option(parsing: .upToNextOption, help: "Methods beside backpropagation; all if not given.")
  var methods: [AutoencoderStudy.MethodName] = []

  @Option(
    parsing: .upToNextOption, help: "Targets drawn for each sample by Monte Carlo methods.")
  var monteCarloSamples = Self.defaults.monteCarloSamples

  @Option(help: "How the 5 partners of a unit are drawn; replacement is nearest to print.")
  var wiring = Self.defaults.wiring

  @Option(
    help: "Equal for all methods: the paper's iterations, or backpropagation's processor time.")
  var budget = Self.defaults.budget

  @Option(
    parsing: .unconditional,
    help: "Backpropagation passes that define the budget; other counts scale along.")
  var passes = Self.defaults.passes

  @Option(parsing: .unconditional, help: "Processor seconds for each training, with --budget time.")
  var seconds: Double?

  @Option(parsing: .unconditional, help: "ε added to every matrix.")
  var damping = Self.defaults.damping

  @Option(
    parsing: .unconditional, help: "Trainings at once; the number of processors if not given.")
  var threads = Parallel.processorCount

  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> AutoencoderStudy {
    var chosen = AutoencoderStudy.Options(seed: seed, threads: threads)
    if !methods.isEmpty { chosen.methods = methods }
    (chosen.runs, chosen.monteCarloSamples, chosen.wiring) = (runs, monteCarloSamples, wiring)
    (chosen.budget, chosen.passes, chosen.seconds) = (budget, passes, seconds)
    chosen.damping = damping
    return try AutoencoderStudy(chosen)
  }
}
