import Foundation

/// A table for regression with the splits of a published comparison: `NAME.csv.gz`, whose last column is the
/// target, and `NAME.splits.gz`, a line a split with the numbers of its test rows, from 0.
public struct RegressionTable: Sendable {
  public let name: String
  /// Features, row after row.
  public let rows: [[Double]]
  /// What is to be predicted, a number a row.
  public let targets: [Double]
  /// The test rows of each split; all others are for training.
  public let splits: [[Int]]

  public init(name: String, rows: [[Double]], targets: [Double], splits: [[Int]]) {
    precondition(rows.count == targets.count, "\(rows.count) rows with \(targets.count) targets")
    (self.name, self.rows, self.targets, self.splits) = (name, rows, targets, splits)
  }

  /// Reads a table by its name from a folder, its subfolder `uci`, or that of `INTRINSIC_DATA`.
  ///
  /// - Parameters:
  ///   - name: of the table.
  ///   - option: the folder that was asked for, if any.
  ///   - environment: where to look for `INTRINSIC_DATA`.
  /// - Throws: ``DataError`` if a file is missing, or a line of it holds something else.
  public init(
    named name: String, option: String?,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) {
    let folder = try DataFolder.locate(
      anyOf: ["\(name).csv"], option: option, subfolders: ["uci"], environment: environment,
      remedy: "Name the folder of the regression tables by --data or $INTRINSIC_DATA.")
    var (rows, targets): ([[Double]], [Double]) = ([], [])
    let table = try Self.numbers(in: folder, "\(name).csv", separator: ",", skipping: 1)
    for (index, values) in table.enumerated() {
      guard values.count == table[0].count, values.count >= 2 else {
        throw .malformed(
          .init(file: "\(name).csv", line: index + 2),
          found: "\(values.count) numbers, but \(table[0].count) in the first row",
          remedy: "Give every row a number for each column.")
      }
      rows.append(Array(values.dropLast()))
      targets.append(values.last!)
    }
    let splits = try Self.numbers(in: folder, "\(name).splits", separator: " ", skipping: 0)
    for (index, split) in splits.enumerated() {
      let valid = split.allSatisfy { $0 == $0.rounded() && $0 >= 0 && $0 < Double(rows.count) }
      guard valid, Set(split).count == split.count, split.count < rows.count - 1 else {
        throw .malformed(
          .init(file: "\(name).splits", line: index + 1),
          found: "these are no numbers of some of the \(rows.count) rows, each once",
          remedy: "Count rows from 0, without the line of column names.")
      }
    }
    self.init(
      name: name, rows: rows, targets: targets, splits: splits.map { $0.map { Int($0) } })
  }

  private static func numbers(
    in folder: URL, _ name: String, separator: Character, skipping: Int
  ) throws(DataError) -> [[Double]] {
    guard let url = DataFolder.find(name, in: folder) else {
      throw .missing(
        file: name, lookedIn: [folder.path], remedy: "Put it beside the other files.")
    }
    let source = try SourceFile(url)
    var result: [[Double]] = []
    let lines = String(decoding: source.content, as: UTF8.self).split(separator: "\n")
    for (index, line) in lines.enumerated().dropFirst(skipping) {
      let fields = line.split(separator: separator)
      let values = fields.compactMap { Double($0) }
      guard values.count == fields.count, values.allSatisfy(\.isFinite) else {
        throw .malformed(
          .init(file: source.path, line: index + 1), found: "not all fields are finite numbers",
          remedy: "Numbers only, separated by “\(separator)”.")
      }
      result.append(values)
    }
    guard !result.isEmpty else {
      throw .malformed(.init(file: source.path), found: "it is empty", remedy: "Add rows.")
    }
    return result
  }
}
