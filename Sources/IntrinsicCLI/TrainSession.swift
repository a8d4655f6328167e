import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

/// What `train` does around a training: data, a directory, progress, an end at Ctrl-C, and the report.
struct TrainSession {
  let training: TrainRun
  let options: RunOptions
  private let data: TrainingData
  private let started = Date()

  /// Reads the data and checks that they fit.
  init(_ chosen: TrainRun.Options, _ options: RunOptions) throws {
    let samples = try SampleOptions.reading {
      try TrainingData.read(
        chosen.data, validation: chosen.validationFile, chosen.datasetOptions())
    }
    training = try checked { try TrainRun(chosen, on: samples) }
    data = samples
    self.options = options
  }

  /// Trains, writes everything and prints the report.
  func callAsFunction(in directory: RunDirectory) throws {
    let chosen = training.options
    for text in data.train.notes + (data.validation?.notes ?? []) + (data.test?.notes ?? []) {
      note("note: \(text)")
    }
    note("seed \(chosen.seed), \(chosen.threads) threads, \(BLAS.coreName)")
    if let choice = training.choice { note("note: \(choice)") }
    let interruption = Interruption()
    let bar = ProgressBar(
      label: "train", total: training.stepCount, unit: "steps", quiet: options.quiet)
    let result: TrainResult
    do {
      defer { bar.finish() }
      result = try training.run(
        in: directory, shouldStop: { interruption.isWanted },
        progress: { bar.set($0.steps, label: Self.label($0)) },
        epoch: { if !options.quiet { bar.write(Self.line($0, $1)) } })
    } catch {
      StandardError.write("Error: \(error)")
      throw Self.exitCode(of: error)
    }
    do {
      try directory.writeManifest(
        threads: chosen.threads, seed: chosen.seed, started: started, dataChecksums: data.checksums)
      try print(result, result.write(to: directory), directory)
    } catch let error as RunDirectoryError {
      StandardError.write("Error: \(error)")
      throw ExitCode.cannotCreateOutput
    }
    if let code = interruption.exitCode { throw code }
    if result.failure != nil { throw ExitCode.runFailed }
  }

  private func print(
    _ result: TrainResult, _ report: StudyReport, _ directory: RunDirectory
  ) throws {
    switch options.format {
    case .json: Swift.print(try result.summaryJSON())
    case .csv: Swift.print(result.records.csv(), terminator: "")
    case .text:
      for table in report.tables { Swift.print(table.rendered()) }
      Swift.print("Everything is in \(directory.location.relativeToWorkingDirectory)")
    }
    report.notes.forEach { note("note: \($0)") }
    if report.drawnFigures == nil {
      note("note: figures are not drawn, only their data: \(Gnuplot.installationHint)")
    }
  }

  private func note(_ line: String) {
    if !options.quiet { StandardError.write(line) }
  }

  /// The bar's label: the loss of the epoch so far.
  private static func label(_ training: TrainProgress) -> String {
    training.runningLoss.map { String(format: "loss %.4f", $0) } ?? "train"
  }

  private static func line(_ training: TrainProgress, _ record: TrainingRecord) -> String {
    var words = [
      "epoch \(record.epoch)/\(training.epochs)",
      String(format: "loss %.4f", record.trainLoss),
    ]
    if let validation = record.validation {
      words.append(String(format: "validation %.4f", validation.loss))
      if let error = validation.error {
        words.append(String(format: "accuracy %.2f %%", 100 * (1 - error)))
      }
    }
    words.append(
      String(format: "%.1f s, %.0f samples/s", record.seconds, training.samplesPerSecond))
    return words.joined(separator: ", ")
  }

  private static func exitCode(of error: any Error) -> ExitCode {
    switch error {
    case is RunDirectoryError: .cannotCreateOutput
    case let error as DataError: error.exitCode
    case CheckpointError.data(let error): error.exitCode
    case is CheckpointError: .badData
    default: .runFailed
    }
  }

  /// The directory of an earlier run.
  static func existing(_ path: String) throws -> RunDirectory {
    do {
      let directory = try RunDirectory(existing: URL(fileURLWithPath: path))
      try directory.lock()
      return directory
    } catch {
      StandardError.write("Error: \(error)")
      throw ExitCode.missingInput
    }
  }

  /// The options that an earlier run was begun with.
  static func options(of directory: RunDirectory) throws -> TrainRun.Options {
    try SampleOptions.reading {
      let url = directory.url("config.json")
      do {
        let text = String(decoding: try DataFile.read(url), as: UTF8.self)
        return try JSONDecoder().decode(
          TrainRun.Options.self, from: Data(FormerNames.renewed(options: text).utf8))
      } catch let error as DataError {
        throw error
      } catch {
        throw DataError.malformed(
          .init(file: url.path), found: "these are not the options of a training",
          remedy: "Name the directory of an earlier “intrinsic train”.")
      }
    }
  }
}
