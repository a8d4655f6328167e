import ArgumentParser
import Foundation
import IntrinsicAnalysis
import IntrinsicMath
import IntrinsicStudies

extension InvarianceStudy.NetworkName: ExpressibleByArgument {}
extension InvarianceStudy.MethodName: ExpressibleByArgument {}
extension InvarianceStudy.DampingKind: ExpressibleByArgument {}
extension Transformation.Kind: ExpressibleByArgument {}

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Measures which methods train the same whatever the parametrization.",
    discussion: """
      Writes a small random network in another way that computes the same function, takes a step \
      and a trajectory of each method from both sides, and sets the difference against what the \
      method is declared to be invariant under.
      """)

  @Option(help: "The network.")
  var network = InvarianceStudy.NetworkName.tanh

  @Option(parsing: .upToNextOption, help: "Methods; all if not given.")
  var methods: [InvarianceStudy.MethodName] = []

  @Option(parsing: .upToNextOption, help: "Transformations; all that apply if not given.")
  var transformations: [Transformation.Kind] = []

  @Option(parsing: .unconditional, help: "Damping of every metric, ε or λ.")
  var damping = 0.0

  @Option(help: "The kind of damping; only the additive one breaks invariance.")
  var dampingKind = InvarianceStudy.DampingKind.additive

  @Option(
    parsing: .unconditional, help: "Weight of a new estimate in the average of the metric.")
  var discount = 1.0

  @Option(parsing: .unconditional, help: "Steps of the trajectories.")
  var steps = 50

  @Option(parsing: .unconditional, help: "Samples, which should be more than the parameters.")
  var samples = 64

  @OptionGroup var options: RunOptions

  func validate() throws { _ = try study(0) }

  func run() throws {
    let seed = options.drawnSeed
    let study = try study(seed)
    let directory = try options.output.map(options.directory)
    if options.seed == nil && !options.quiet { StandardError.write("seed \(seed)") }
    let started = Date()
    let result: InvarianceResult
    do { result = try study.run() } catch let error as OptionError {
      throw ValidationError("\(error)")
    }
    if let directory {
      do {
        var manifest = RunManifest(
          programVersion: programVersion, blasCore: BLAS.coreName, threads: 1, seed: seed,
          started: started)
        manifest.wallSeconds = Date().timeIntervalSince(started)
        try directory.write(manifest, as: "manifest.json")
        if try result.write(to: directory)?.drawing == .missingGnuplot {
          StandardError.write(
            "note: the figure is not drawn, only its data: \(Gnuplot.installationHint)")
        }
      } catch {
        StandardError.write("Error: \(error)")
        throw ExitCode.cannotCreateOutput
      }
    }
    switch options.format {
    case .text:
      for table in result.tables { print(table.rendered()) }
      result.remarks.forEach { print($0) }
    case .csv: print(result.records.csv(), terminator: "")
    case .json: print(try result.json())
    }
    if options.check && !result.contradictions.isEmpty { throw ExitCode.claimNotMet }
  }

  private func study(_ seed: UInt64) throws -> InvarianceStudy {
    var chosen = InvarianceStudy.Options(seed: seed)
    chosen.network = network
    if !methods.isEmpty { chosen.methods = methods }
    if !transformations.isEmpty { chosen.transformations = transformations }
    chosen.damping = damping
    chosen.dampingKind = dampingKind
    chosen.discount = discount
    chosen.steps = steps
    chosen.samples = samples
    do { return try InvarianceStudy(chosen) } catch { throw ValidationError("\(error)") }
  }
}
