import ArgumentParser
import IntrinsicStudies

struct PropertiesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "properties",
    abstract: "What Ollivier 2015, §3 proves of its metrics, measured on random networks.")

  @Option(parsing: .unconditional, help: "Random networks for each property.")
  var networks = 50

  @OptionGroup var options: RunOptions

  func validate() throws { _ = try study(0) }

  func run() throws {
    let seed = options.drawnSeed
    let study = try study(seed)
    let run = try StudyRun("properties", options, threads: 1, seed: seed)
    try run(total: study.measurementCount, unit: "networks", run: study.run)
  }

  private func study(_ seed: UInt64) throws -> PropertiesStudy {
    var chosen = PropertiesStudy.Options(seed: seed)
    chosen.networks = networks
    do { return try PropertiesStudy(chosen) } catch { throw ValidationError("\(error)") }
  }
}
