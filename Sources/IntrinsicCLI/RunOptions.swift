import ArgumentParser
import Foundation
import IntrinsicMath
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
      if force { try RunDirectory.checkUnused(path) }
      let directory = try RunDirectory(at: URL(fileURLWithPath: path), force: force)
      try directory.lock()
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

struct ThreadOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Threads that work at once; the number of processors if not given.")
  var threads = Parallel.processorCount
}

/// Reports what makes no sense as a fault of the command line.
func checked<Value>(_ body: () throws -> Value) throws -> Value {
  do { return try body() } catch {
    throw error is ValidationError || error is ExitCode ? error : ValidationError("\(error)")
  }
}

extension RunDirectory {
  /// Writes the manifest of a run which ends now.
  func writeManifest(
    threads: Int, seed: UInt64, started: Date, dataChecksums: [String: String] = [:]
  ) throws(RunDirectoryError) {
    var manifest = RunManifest(
      programVersion: programVersion, blasCore: BLAS.coreName, threads: threads, seed: seed,
      started: started, dataChecksums: dataChecksums)
    manifest.wallSeconds = Date().timeIntervalSince(started)
    try write(manifest, as: "manifest.json")
  }
}
