import Foundation

/// What a study measured, and how it is reported.
package protocol StudyResult: Sendable {
  associatedtype Options: Encodable
  associatedtype Summary: Encodable
  /// What was asked for.
  var options: Options { get }
  /// The tables by file name, in reading order.
  var tables: [(name: String, table: TextTable)] { get }
  /// Everything measured, one row each.
  var records: TextTable { get }
  /// The numbers that matter, for programs.
  var summary: Summary { get }
  var claims: Claims { get }
  /// Whether there is anything to claim at all.
  var makesClaims: Bool { get }
  /// The figures by file name.
  var figures: [(name: String, figure: Figure)] { get }
  /// Anything else that the reader should know.
  var notes: [String] { get }
}

extension StudyResult {
  package var makesClaims: Bool { true }

  /// Writes `config.json`, the tables as text and CSV, `records.csv`, `summary.json`, `claims.json`
  /// the figures, and
  /// `report.html` with all of it.
  package func write(to directory: RunDirectory) throws(RunDirectoryError) -> StudyReport {
    try directory.write(options, as: "config.json")
    for (name, table) in tables {
      try directory.write(table.rendered(), as: "\(name).txt")
      try directory.write(table.csv(), as: "\(name).csv")
    }
    try directory.write(records.csv(), as: "records.csv")
    try directory.write(summary, as: "summary.json")
    let claims = self.claims
    if makesClaims { try claims.write(to: directory) }
    var notes = self.notes
    var files: [FigureFiles] = []
    for (name, figure) in figures {
      do { files.append(try figure.write(to: directory, name: name)) } catch {
        // Its data and script are written before gnuplot runs; only a full disk ends the study.
        if case .cannotSave(let reason) = error { throw reason }
        notes.append("\(name) is not drawn: \(error)")
      }
    }
    try directory.writeReport(
      tables.map(\.table), claims: makesClaims ? claims : nil, figures: files, notes: notes)
    return StudyReport(
      tables: tables.map(\.table), claims: claims, figures: files, notes: notes)
  }

  /// The summary as in `summary.json`.
  package func summaryJSON() throws -> String {
    String(decoding: try JSONEncoder.results.encode(summary), as: UTF8.self)
  }
}
