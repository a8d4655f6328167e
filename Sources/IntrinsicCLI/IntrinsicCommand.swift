import ArgumentParser
import IntrinsicMath

@main
struct IntrinsicCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "intrinsic",
    abstract: "Trains neural networks by what they do, not by how they are parametrized.",
    version: "\(programVersion) (\(BLAS.coreName))",
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, PredictCommand.self, ImportCommand.self,
      ExportCommand.self, CompareCommand.self,
      StudyCommand.self, VerifyCommand.self, InspectCommand.self, MetricCommand.self,
      TheoryCommand.self,
      BenchCommand.self, DataCommand.self,
    ])

  static func main() {
    StandardStreams.open()
    main(nil)
    StandardStreams.finish()
  }
}

/// The version of the program, as in the change log.
let programVersion = "0.1.0"

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, csv
}

/// Exit codes beside 0 (done) and 64 (usage).
extension ExitCode {
  static let runFailed = ExitCode(1)
  static let claimNotMet = ExitCode(2)
  static let badData = ExitCode(65)
  static let missingInput = ExitCode(66)
  static let unavailable = ExitCode(69)
  static let cannotCreateOutput = ExitCode(73)
  static let outputFailed = ExitCode(74)
}
