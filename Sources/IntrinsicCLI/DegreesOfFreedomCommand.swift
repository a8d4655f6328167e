import ArgumentParser
import IntrinsicStudies

struct DegreesOfFreedomCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "degrees-of-freedom",
    abstract:
      "Is rescaling all that ReLU networks ignore? (Neyshabur et al. 2016, §7; Tomioka 2016)")

  @Option(parsing: .upToNextOption, help: "Layers of the published example, inputs first.")
  var sizes = [64, 32, 32, 10]

  @Option(parsing: .unconditional, help: "Inputs for that network.")
  var samples = 1_400

  @Option(
    parsing: .upToNextOption, help: "Layers of the network with few inputs, or degenerate weights.")
  var smallSizes = [16, 12, 12, 4]

  @Option(parsing: .upToNextOption, help: "Widths w of networks w-w-w-1; 2 is that of Figure 2.")
  var widths = [2, 3, 4, 6, 8, 12]

  @Option(parsing: .unconditional, help: "Random graphs of each kind.")
  var graphs = 25

  @Option(
    parsing: .unconditional,
    help: "Random weights for everything but the example; 4 times as many for w-w-w-1.")
  var draws = 8

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> DegreesOfFreedomStudy {
    var chosen = DegreesOfFreedomStudy.Options(seed: seed, threads: threads.threads)
    (chosen.sizes, chosen.samples, chosen.smallSizes) = (sizes, samples, smallSizes)
    (chosen.widths, chosen.graphs, chosen.draws) = (widths, graphs, draws)
    return try DegreesOfFreedomStudy(chosen)
  }
}
