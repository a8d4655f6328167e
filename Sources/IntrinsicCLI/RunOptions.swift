import ArgumentParser
import Foundation
import IntrinsicStudies

/// The options that every command with results has, so that each means the same everywhere.
struct RunOptions: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Seed of all random numbers; drawn and printed if not given.")
  var seed: UInt64?

  @Option(
    help: "Where to write; studies choose runs/NAME-SEED if not given.", completion: .directory)
  var output: String?

  @Flag(help: "Move a non-empty output directory aside instead of refusing it.")
  var force = false

  @Option(help: "How results are printed.")
  var format = OutputFormat.text

  @Flag(help: "Exit with 2 if a claim of the paper, or a declaration, is not met.")
  var check = false

  @Flag(help: "No progress bar and no notes.")
  var quiet = false

  func validate() throws {
    if output == "" { throw ValidationError("--output needs the name of a directory") }
  }

  /// The seed given, or a new one.
  var drawnSeed: UInt64 { seed ?? UInt64.random(in: 0..<1_000_000) }

  /// The output directory, made ready.
  func directory(_ path: String) throws -> RunDirectory {
    do {
      let directory = try RunDirectory(at: URL(fileURLWithPath: path), force: force)
      if !quiet, let displaced = directory.displaced {
        StandardError.write("the earlier run is now in \(displaced.path)")
      }
      return directory
    } catch {
      StandardError.write("Error: \(error)")
      throw ExitCode.cannotCreateOutput
    }
  }
}
