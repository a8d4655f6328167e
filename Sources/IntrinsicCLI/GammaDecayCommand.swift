import ArgumentParser
import IntrinsicStudies

struct GammaDecayCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "gamma-decay",
    abstract: "The effect of batch noise against its penalty (Luo et al. 2019, Theorem 1).")

  @Option(parsing: .upToNextOption, help: "Samples M of a batch.")
  var batches = [8, 16, 32, 64, 128, 256, 512]

  @Option(parsing: .unconditional, help: "Scale γ of the unit.")
  var gamma = 1.0

  @Option(parsing: .unconditional, help: "Shift β of the unit.")
  var beta = 0.0

  @Option(parsing: .unconditional, help: "Inputs of the unit; the fewer, the less normal it is.")
  var inputs = 2

  @Option(parsing: .unconditional, help: "Examples from which batches are drawn.")
  var examples = 2000

  @Option(parsing: .unconditional, help: "Batches drawn for each size.")
  var draws = 40_000

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> GammaDecayStudy {
    var chosen = GammaDecayStudy.Options(seed: seed, threads: threads.threads)
    (chosen.batches, chosen.gamma, chosen.beta) = (batches, gamma, beta)
    (chosen.inputs, chosen.examples, chosen.draws) = (inputs, examples, draws)
    return try GammaDecayStudy(chosen)
  }
}
