import ArgumentParser
import Foundation
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

/// What every study command does around its study: a directory, a progress bar, an end at Ctrl-C,
/// and the report.
struct StudyRun<Subject: Study> {
  let study: Subject
  /// As on the command line.
  let name: String
  let options: RunOptions
  let directory: RunDirectory

  /// Makes the output directory ready.
  init(_ study: Subject, _ name: String, _ options: RunOptions) throws {
    self.study = study
    self.name = name
    self.options = options
    let (seed, threads) = (study.options.seed, study.options.threads)
    directory = try options.directory(options.output ?? "runs/\(name)-\(seed)")
    if !options.quiet {
      StandardError.write("seed \(seed), \(threads) threads, \(BLAS.coreName)")
    }
  }

  /// Runs the study, writes its results and prints the report.
  func callAsFunction() throws {
    let started = Date()
    let bar = ProgressBar(
      label: name, total: study.pieceCount, unit: Subject.pieceName, quiet: options.quiet)
    let interruption = Interruption()
    let outcome: Subject.Result?
    do {
      defer { bar.finish() }
      outcome = try study.run(
        shouldStop: { interruption.isWanted }, progress: { bar.advance() })
    } catch {
      StandardError.write("Error: \(error)")
      throw ExitCode.runFailed
    }
    guard let result = outcome else {
      StandardError.write("interrupted before there was a result; nothing is written")
      throw interruption.exitCode ?? .runFailed
    }
    let report: StudyReport
    do {
      try directory.writeManifest(
        threads: study.options.threads, seed: study.options.seed, started: started)
      report = try result.write(to: directory)
    } catch {
      StandardError.write("Error: \(error)")
      throw ExitCode.cannotCreateOutput
    }
    try print(report, result)
    if let code = interruption.exitCode { throw code }
    if options.check && !report.claims.areMet { throw ExitCode.claimNotMet }
  }

  private func print(_ report: StudyReport, _ result: some StudyResult) throws {
    switch options.format {
    case .json: Swift.print(try result.summaryJSON())
    case .csv:
      Swift.print(report.tables.map { $0.csv() }.joined(separator: "\n"), terminator: "")
    case .text:
      for table in report.tables { Swift.print(table.rendered()) }
      if !report.claims.list.isEmpty { Swift.print(report.claims.table().rendered()) }
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
  var relativeToWorkingDirectory: String {
    let here = FileManager.default.currentDirectoryPath + "/"
    return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
  }
}
