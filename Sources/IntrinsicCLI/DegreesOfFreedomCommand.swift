import ArgumentParser
import IntrinsicStudies

struct DegreesOfFreedomCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "degrees-of-freedom",
    abstract:
      "Is rescaling all that ReLU networks ignore? (Neyshabur et al. 2016, §7; Tomioka 2016)")

  private static let defaults = DegreesOfFreedomStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "Layers of the published example, inputs first.")
  var sizes = Self.defaults.sizes

  @Option(parsing: .unconditional, help: "Inputs for that network.")
  var samples = Self.defaults.samples

  @Option(
    parsing: .upToNextOption, help: "Layers of the network with few inputs, or degenerate weights.")
  var smallSizes = Self.defaults.smallSizes

  @Option(parsing: .upToNextOption, help: "Widths w of networks w-w-w-1; 2 is that of Figure 2.")
  var widths = Self.defaults.widths

  @Option(parsing: .unconditional, help: "Random graphs of each kind.")
  var graphs = Self.defaults.graphs

  @Option(
    parsing: .unconditional,
    help: "Random weights for everything but the example; 4 times as many for w-w-w-1.")
  var draws = Self.defaults.draws

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> DegreesOfFreedomStudy {
    var chosen = DegreesOfFreedomStudy.Options(seed: seed, threads: threads.threads)
    (chosen.sizes, chosen.samples, chosen.smallSizes) = (sizes, samples, smallSizes)
    (chosen.widths, chosen.graphs, chosen.draws) = (widths, graphs, draws)
    return try DegreesOfFreedomStudy(chosen)
  }
}
