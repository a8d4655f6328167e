import ArgumentParser
import IntrinsicStudies

struct GammaDecayCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "gamma-decay",
    abstract: "The effect of batch noise against its penalty (Luo et al. 2019, Theorem 1).")

  private static let defaults = GammaDecayStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "Samples M of a batch.")
  var batches = Self.defaults.batches

  @Option(parsing: .unconditional, help: "Scale γ of the unit.")
  var gamma = Self.defaults.gamma

  @Option(parsing: .unconditional, help: "Shift β of the unit.")
  var beta = Self.defaults.beta

  @Option(parsing: .unconditional, help: "Inputs of the unit; the fewer, the less normal it is.")
  var inputs = Self.defaults.inputs

  @Option(parsing: .unconditional, help: "Examples from which batches are drawn.")
  var examples = Self.defaults.examples

  @Option(parsing: .unconditional, help: "Batches drawn for each size.")
  var draws = Self.defaults.draws

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> GammaDecayStudy {
    var chosen = GammaDecayStudy.Options(seed: seed, threads: threads.threads)
    (chosen.batches, chosen.gamma, chosen.beta) = (batches, gamma, beta)
    (chosen.inputs, chosen.examples, chosen.draws) = (inputs, examples, draws)
    return try GammaDecayStudy(chosen)
  }
}
