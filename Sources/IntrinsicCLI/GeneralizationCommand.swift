import ArgumentParser
import IntrinsicStudies

struct GeneralizationCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "generalization",
    abstract:
      "Batch normalization against its theory on a linear teacher (Luo et al. 2019, Figure 1).")

  @Option(parsing: .unconditional, help: "Inputs N of the trainings with batch normalization.")
  var inputs = 4096

  @Option(parsing: .unconditional, help: "Inputs N of the problems that are solved directly.")
  var solvedInputs = 512

  @Option(parsing: .upToNextOption, help: "Loads α = P/N, examples for each input.")
  var loads = [0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 3]

  @Option(parsing: .unconditional, help: "Variance σ² of the teacher's noise.")
  var noise = 0.25

  @Option(parsing: .unconditional, help: "Samples M of a batch, at all loads.")
  var batch = 32

  @Option(parsing: .upToNextOption, help: "Samples of a batch that are tried at α = 1.")
  var batches = [8, 16, 32, 64, 128, 256]

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs = 500

  @Option(parsing: .unconditional, help: "Step size; it falls to 0 in the second half.")
  var rate = 0.5

  @Option(parsing: .unconditional, help: "Problems that are solved directly for each load.")
  var runs = 24

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
