import ArgumentParser
import IntrinsicStudies

struct GeneralizationCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "generalization",
    abstract:
      "Batch normalization against its theory on a linear teacher (Luo et al. 2019, Figure 1).")

  private static let defaults = GeneralizationStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .unconditional, help: "Inputs N of the trainings with batch normalization.")
  var inputs = Self.defaults.inputs

  @Option(parsing: .unconditional, help: "Inputs N of the problems that are solved directly.")
  var solvedInputs = Self.defaults.solvedInputs

  @Option(parsing: .upToNextOption, help: "Loads α = P/N, examples for each input.")
  var loads = Self.defaults.loads

  @Option(parsing: .unconditional, help: "Variance σ² of the teacher's noise.")
  var noise = Self.defaults.noise

  @Option(parsing: .unconditional, help: "Samples M of a batch, at all loads.")
  var batch = Self.defaults.batch

  @Option(parsing: .upToNextOption, help: "Samples of a batch that are tried at α = 1.")
  var batches = Self.defaults.batches

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = Self.defaults.epochs

  @Option(parsing: .unconditional, help: "Step size; it falls to 0 in the second half.")
  var rate = Self.defaults.rate

  @Option(parsing: .unconditional, help: "Problems that are solved directly for each load.")
  var runs = Self.defaults.runs

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> GeneralizationStudy {
    var chosen = GeneralizationStudy.Options(seed: seed, threads: threads.threads)
    (chosen.inputs, chosen.solvedInputs, chosen.loads) = (inputs, solvedInputs, loads)
    (chosen.noise, chosen.batch, chosen.batches) = (noise, batch, batches)
    (chosen.epochs, chosen.rate, chosen.runs) = (epochs, rate, runs)
    return try GeneralizationStudy(chosen)
  }
}
