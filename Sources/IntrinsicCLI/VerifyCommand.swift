import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import IntrinsicStudies

extension InvarianceStudy.NetworkName: ExpressibleByArgument {}
extension InvarianceStudy.MethodName: ExpressibleByArgument {}
extension InvarianceStudy.DampingKind: ExpressibleByArgument {
  /// Takes the names of version 0.1 too.
  public init?(argument: String) {
    let former = ["output-metric": "output", "sampling-noise": "kurtosis"]
    self.init(rawValue: former[argument] ?? argument)
  }
}
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

  private static let defaults = InvarianceStudy.Options(seed: 0)

  @Option(help: "The network: small, with random weights.")
  var network = Self.defaults.network

  @Option(
    help: "A saved network in the place of --network; it needs --data.", completion: .file())
  var model: String?

  @Option(
    help: "For --model: an npz file with inputs (samples × features) and targets.",
    completion: .file())
  var data: String?

  @Option(help: "Save the network of --network to this file.", completion: .file())
  var save: String?

  @Option(parsing: .upToNextOption, help: "Methods; all if not given.")
  var methods: [InvarianceStudy.MethodName] = []

  @Option(parsing: .upToNextOption, help: "Transformations; all that apply if not given.")
  var transformations: [Transformation.Kind] = []

  @Option(parsing: .unconditional, help: "Damping of every metric, ε or λ.")
  var damping = Self.defaults.damping

  @Option(help: "The kind of damping; only the additive one breaks invariance.")
  var dampingKind = Self.defaults.dampingKind

  @Option(
    name: [.long, .customLong("discount")],
    parsing: .unconditional, help: "Weight of a new estimate in the average of the metric.")
  var averagingRate = Self.defaults.averagingRate

  @Option(parsing: .unconditional, help: "Steps of the trajectories.")
  var steps = Self.defaults.steps

  @Option(
    parsing: .unconditional, help: "Samples at most, which should be more than the parameters.")
  var samples = Self.defaults.samples

  @OptionGroup var options: RunOptions

  func validate() throws {
    if (model == nil) != (data == nil) {
      throw ValidationError("--model and --data belong together")
    }
    if save != nil && model != nil { throw ValidationError("--save is for a built-in network") }
    _ = try study(0, on: nil)
  }

  func run() throws {
    let seed = options.drawnSeed
    let subject = try subject()
    let study = try study(seed, on: subject)
    if let save { try write(study.model(), to: save) }
    let directory = try options.output.map(options.directory)
    if options.seed == nil && !options.quiet { StandardError.write("seed \(seed)") }
    let started = Date()
    let result: InvarianceResult
    do { result = try study.run() } catch let error as OptionError {
      throw ValidationError("\(error)")
    }
    if let directory {
      do {
        try directory.writeManifest(threads: 1, seed: seed, started: started)
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

  /// The model and the samples of the options, if they name any.
  private func subject() throws -> (model: Model, samples: Samples<Double>)? {
    guard let model, let data else { return nil }
    return try SampleOptions.reading {
      let url = URL(fileURLWithPath: model)
      let model = try Model(contentsOf: url)
      return (model, try ModelSamples.read(data, for: model, savedAt: url, limit: samples))
    }
  }

  private func write(_ model: Model, to path: String) throws {
    if FileManager.default.fileExists(atPath: path) && !options.force {
      StandardError.write("Error: “\(path)” exists. Choose another file, or pass --force.")
      throw ExitCode.cannotCreateOutput
    }
    try SampleOptions.reading { try model.save(to: URL(fileURLWithPath: path)) }
  }

  private func study(
    _ seed: UInt64, on subject: (model: Model, samples: Samples<Double>)?
  ) throws -> InvarianceStudy {
    var chosen = InvarianceStudy.Options(seed: seed)
    chosen.network = network
    if !methods.isEmpty { chosen.methods = methods }
    if !transformations.isEmpty { chosen.transformations = transformations }
    chosen.damping = damping
    chosen.dampingKind = dampingKind
    chosen.averagingRate = averagingRate
    chosen.steps = steps
    chosen.samples = samples
    return try checked { try InvarianceStudy(chosen, on: subject) }
  }
}
