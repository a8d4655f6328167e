import ArgumentParser
import IntrinsicStudies

struct PropertiesCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "properties",
    abstract: "What Ollivier 2015, §3 proves of its metrics, measured on random networks.")

  private static let defaults = PropertiesStudy.Options(seed: 0)

  @Option(parsing: .unconditional, help: "Random networks for each property.")
  var networks = Self.defaults.networks

  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64) throws -> PropertiesStudy {
    var chosen = PropertiesStudy.Options(seed: seed)
    chosen.networks = networks
    return try PropertiesStudy(chosen)
  }
}
