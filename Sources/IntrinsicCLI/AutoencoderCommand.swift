import ArgumentParser
import Foundation
import IntrinsicMath
import IntrinsicStudies

extension AutoencoderStudy.MethodName: ExpressibleByArgument {}
extension AutoencoderStudy.Wiring: ExpressibleByArgument {}
extension AutoencoderStudy.Budget: ExpressibleByArgument {}

struct AutoencoderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autoencoder",
    abstract: "Invariant against non-invariant training (Ollivier 2015, Tables 1–2, Figures 2–5).",
    discussion: """
      Ten methods of the paper, and a few more, train sparse 100-30-10-30-100 auto-encoders on 16 \
      random strings, in a sigmoid and a tanh implementation that start as the same function.
      """)

  @Option(parsing: .unconditional, help: "Independent instances; the paper has 20.")
  var runs = 20

  @Option(parsing: .upToNextOption, help: "Methods beside backpropagation; all if not given.")
  var methods: [AutoencoderStudy.MethodName] = []

  @Option(
    parsing: .upToNextOption, help: "Targets drawn for each sample by Monte Carlo methods.")
  var monteCarloSamples = [1, 10]

  @Option(help: "How the 5 partners of a unit are drawn; replacement is nearest to print.")
  var wiring = AutoencoderStudy.Wiring.distinct

  @Option(
    help: "Equal for all methods: the paper's iterations, or backpropagation's processor time.")
  var budget = AutoencoderStudy.Budget.iterations

  @Option(
    parsing: .unconditional,
    help: "Backpropagation passes that define the budget; other counts scale along.")
  var passes = 10_000

  @Option(parsing: .unconditional, help: "Processor seconds for each training, with --budget time.")
  var seconds: Double?

  @Option(parsing: .unconditional, help: "ε added to every matrix.")
  var damping = 1e-4

  @Option(
    parsing: .unconditional, help: "Trainings at once; the number of processors if not given.")
  var threads = Parallel.processorCount

  @OptionGroup var options: RunOptions

  func validate() throws { _ = try study(0) }

  func run() throws {
    let seed = options.drawnSeed
    let study = try study(seed)
    let directory = try options.directory(options.output ?? "runs/autoencoder-\(seed)")
    if !options.quiet {
      StandardError.write("seed \(seed), \(threads) threads, \(BLAS.coreName)")
    }
    let started = Date()
    let bar = ProgressBar(
      label: "autoencoder", total: study.trainingCount, unit: "trainings", quiet: options.quiet)
    let interruption = Interruption()
    let outcome: AutoencoderResult?
    do {
      defer { bar.finish() }
      outcome = try study.run(shouldStop: { interruption.isWanted }) { bar.advance() }
    } catch let error as AutoencoderStudy.StudyError {
      StandardError.write("Error: \(error)")
      throw ExitCode.runFailed
    }
    guard let result = outcome else {
      StandardError.write("interrupted before the first run was complete; nothing is written")
      throw ExitCode.interrupted
    }
    var manifest = RunManifest(
      programVersion: programVersion, blasCore: BLAS.coreName, threads: threads, seed: seed,
      started: started)
    manifest.wallSeconds = Date().timeIntervalSince(started)
    let report: StudyReport
    do {
      try directory.write(manifest, as: "manifest.json")
      report = try result.write(to: directory)
    } catch {
      StandardError.write("Error: \(error)")
      throw ExitCode.cannotCreateOutput
    }
    try print(report, result, in: directory)
    if interruption.isWanted { throw ExitCode.interrupted }
    if options.check && !report.claims.areMet { throw ExitCode.claimNotMet }
  }

  private func study(_ seed: UInt64) throws -> AutoencoderStudy {
    do { return try AutoencoderStudy(studyOptions(seed)) } catch {
      throw ValidationError("\(error)")
    }
  }

  private func studyOptions(_ seed: UInt64) -> AutoencoderStudy.Options {
    var options = AutoencoderStudy.Options(seed: seed, threads: threads)
    options.runs = runs
    if !methods.isEmpty { options.methods = methods }
    options.monteCarloSamples = monteCarloSamples
    options.wiring = wiring
    options.budget = budget
    options.passes = passes
    options.seconds = seconds
    options.damping = damping
    return options
  }

  private func print(
    _ report: StudyReport, _ result: AutoencoderResult, in directory: RunDirectory
  ) throws {
    switch options.format {
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      Swift.print(String(decoding: try encoder.encode(result.summary), as: UTF8.self))
    case .csv:
      Swift.print(report.tables.map { $0.csv() }.joined(separator: "\n"), terminator: "")
    case .text:
      for table in report.tables { Swift.print(table.rendered()) }
      Swift.print(report.claims.table().rendered())
      if let drawn = report.drawnFigures {
        Swift.print("Figures:")
        for url in drawn { Swift.print("  \(url.relativeToWorkingDirectory)") }
      }
      Swift.print("Everything is in \(directory.location.relativeToWorkingDirectory)")
    }
    if !options.quiet { report.notes.forEach { StandardError.write("note: \($0)") } }
    if report.drawnFigures == nil {
      StandardError.write(
        "note: figures are not drawn, only their data: \(Gnuplot.installationHint)")
    }
  }
}

extension URL {
  /// The path as one would type it here.
  fileprivate var relativeToWorkingDirectory: String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }
}
