import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

/// What `train` does around trainings: data, directories, progress, an end at Ctrl-C, and the report.
struct TrainSession {
  private let chosen: TrainRun.Options
  private let options: RunOptions
  private let data: TrainingData
  private let saved: SavedNetwork?
  private let writesEvents: Bool
  private let started = Date()

  /// Reads the data.
  ///
  /// - Parameter writesEvents: whether TensorBoard can look at trainings.
  init(_ chosen: TrainRun.Options, _ options: RunOptions, writesEvents: Bool) throws {
    (data, saved) = try SampleOptions.reading {
      let saved = try chosen.savedNetwork()
      return (
        try TrainingData.read(
          chosen.data, validation: chosen.validationFile, chosen.datasetOptions(for: saved)), saved
      )
    }
    self.chosen = chosen
    self.options = options
    self.writesEvents = writesEvents
  }

  /// Trains once, writes everything and prints the report.
  ///
  /// - Parameter directory: asked for when the data are known to fit.
  func train(in directory: () throws -> RunDirectory) throws {
    let training = try checked { try TrainRun(chosen, on: data, from: saved) }
    let directory = try directory()
    introduce(training)
    let interruption = Interruption()
    let (result, report) = try run(training, in: directory, started: started, interruption)
    try print(result, result.records, report, directory)
    if let code = interruption.exitCode { throw code }
    if result.failure != nil { throw ExitCode.runFailed }
  }

  /// Trains several times, each in a directory of its own within one, and prints the mean and the spread.
  func train(_ kind: RepeatedTraining.Kind, in directory: () throws -> RunDirectory) throws {
    let repeated = try checked { try RepeatedTraining(kind, chosen, on: data, from: saved) }
    let first = try checked { try repeated.run(0) }
    let directory = try directory()
    introduce(first)
    let interruption = Interruption()
    var results: [TrainResult] = []
    var hasFailed = false
    for index in 0..<kind.count where !interruption.isWanted && !hasFailed {
      let training = try index == 0 ? first : checked { try repeated.run(index) }
      note("\(repeated.name(index)), \(index + 1) of \(kind.count)")
      let part: RunDirectory
      do { part = try RunDirectory(at: directory.url(repeated.name(index))) } catch {
        StandardError.write("Error: \(error)")
        throw ExitCode.cannotCreateOutput
      }
      let (result, _) = try run(training, in: part, started: Date(), interruption)
      if let failure = result.failure {
        StandardError.write("Error: \(repeated.name(index)): \(failure)")
        hasFailed = true
      } else if !interruption.isWanted {
        // One that was stopped is no measure of the others.
        results.append(result)
      }
    }
    if !results.isEmpty {
      let result = repeated.result(results)
      let report = try write(result, to: directory, seed: chosen.seed, started: started)
      try print(result, result.records, report, directory)
    }
    if let code = interruption.exitCode { throw code }
    if hasFailed { throw ExitCode.runFailed }
  }

  private func introduce(_ training: TrainRun) {
    for text in data.train.notes + (data.validation?.notes ?? []) + (data.test?.notes ?? []) {
      note("note: \(text)")
    }
    note("seed \(chosen.seed), \(chosen.threads) threads, \(BLAS.coreName)")
    if let choice = training.choice { note("note: \(choice)") }
  }

  private func run(
    _ training: TrainRun, in directory: RunDirectory, started: Date, _ interruption: Interruption
  ) throws -> (TrainResult, StudyReport) {
    let bar = ProgressBar(
      label: "train", total: training.stepCount, unit: "steps", quiet: options.quiet)
    let result: TrainResult
    do {
      defer { bar.finish() }
      let events = try writesEvents ? TensorBoardFile(in: directory) : nil
      result = try training.run(
        in: directory, shouldStop: { interruption.isWanted },
        progress: { bar.set($0.steps, label: Self.label($0)) },
        epoch: { training, record in
          if !options.quiet { bar.write(Self.line(training, record)) }
          try events?.append(record)
        })
    } catch {
      StandardError.write("Error: \(error)")
      throw Self.exitCode(of: error)
    }
    let seed = training.options.seed
    return (result, try write(result, to: directory, seed: seed, started: started))
  }

  private func write(
    _ result: some StudyResult, to directory: RunDirectory, seed: UInt64, started: Date
  ) throws -> StudyReport {
    do {
      try directory.writeManifest(
        threads: chosen.threads, seed: seed, started: started, dataChecksums: data.checksums)
      return try result.write(to: directory)
    } catch {
      StandardError.write("Error: \(error)")
      throw ExitCode.cannotCreateOutput
    }
  }

  private func print(
    _ result: some StudyResult, _ records: TextTable, _ report: StudyReport,
    _ directory: RunDirectory
  ) throws {
    switch options.format {
    case .json: Swift.print(try result.summaryJSON())
    case .csv: Swift.print(records.csv(), terminator: "")
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

  /// The options that an earlier run was begun with, from its `config.json`.
  static func options(at url: URL) throws -> TrainRun.Options {
    try SampleOptions.reading {
      do {
        let text = String(decoding: try DataFile.read(url), as: UTF8.self)
        return try JSONDecoder().decode(
          TrainRun.Options.self, from: Data(FormerNames.renewed(options: text).utf8))
      } catch let error as DataError {
        throw error
      } catch {
        throw DataError.malformed(
          .init(file: url.path), found: "these are not the options of a training",
          remedy:
            "Name the directory of an earlier “intrinsic train”, or its config.json to --config.")
      }
    }
  }
}
