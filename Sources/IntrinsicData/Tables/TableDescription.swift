import Foundation

/// What the columns of a table are taken for, before anything is trained on it.
public struct TableDescription: Codable, Sendable {
  public struct Column: Codable, Sendable {
    /// What a column becomes.
    public enum Meaning: String, Codable, Sendable {
      /// A feature, or a value to predict.
      case number
      /// The same, of whole numbers only: a label if it is to be predicted.
      case wholeNumber = "whole number"
      /// A feature, in days.
      case date
      /// A feature for each text, or a label.
      case text
      /// No feature, for a reason.
      case leftOut = "left out"
      /// Training on it would be refused.
      case faulty
    }

    public let name: String
    public let meaning: Meaning
    /// Cells that hold nothing.
    public let missing: Int
    /// Different cells among the others.
    public let distinct: Int
    /// From the least to the greatest number, or some texts.
    public let range: String
    /// Why it is left out or faulty, or that it never changes.
    public let remark: String
  }

  public let rows: Int
  public let columns: [Column]
  /// Whether the file has a line of column names.
  public let hasNames: Bool

  /// - Parameter path: a table as text, or `-` for the standard input.
  /// - Throws: ``DataError`` if it is no table.
  public init(contentsOf path: String) throws(DataError) {
    let file = try SourceFile(URL(fileURLWithPath: path))
    try self.init(Dataset.raw(try Dataset.text(of: file), file))
  }

  init(_ table: RawTable) throws(DataError) {
    rows = table.rows.count
    hasNames = table.hasNames
    columns = table.names.indices.map { Self.column($0, of: table) }
  }

  private static func column(_ index: Int, of table: RawTable) -> Column {
    let cells = table.rows.map { $0[index] }
    let present = cells.filter { !RawTable.isMissing($0) }
    let texts = Set(present)
    let numbers = present.compactMap(RawTable.number)
    func column(_ meaning: Column.Meaning, _ remark: String = "") -> Column {
      let range =
        numbers.count == present.count && !numbers.isEmpty
        ? "\(short(numbers.min()!)) … \(short(numbers.max()!))"
        : texts.sorted().prefix(3).map { printable($0) }.joined(separator: ", ")
          + (texts.count > 3 ? ", …" : "")
      return Column(
        name: table.names[index], meaning: meaning, missing: cells.count - present.count,
        distinct: texts.count, range: range, remark: remark)
    }
    let encoded: TableEncoding.Column
    do throws(DataError) { encoded = try TableEncoding.column(index, of: table, .mean) } catch {
      return column(.faulty, "\(error)")
    }
    let constant = texts.count == 1 ? "it never changes" : ""
    return switch encoded.kind {
    case .leftOut(let reason): column(.leftOut, reason)
    case .date: column(.date, constant)
    case .categories(let list): column(.text, list.count == 1 ? constant : "\(list.count) features")
    case .number:
      column(numbers.allSatisfy { $0 == $0.rounded() } ? .wholeNumber : .number, constant)
    }
  }

  /// Some digits of a number.
  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15
      ? String(format: "%.0f", value) : String(format: "%.4g", value)
  }

  /// The options that training on the table needs, apart from its label: none, or those for missing values and
  /// faulty columns.
  public var options: [String] {
    let faulty = columns.filter { $0.meaning == .faulty }.map(\.name)
    let isMissing = columns.contains {
      $0.missing > 0 && $0.meaning != .leftOut && $0.meaning != .faulty
    }
    return (isMissing ? ["--missing mean"] : [])
      + (faulty.isEmpty ? [] : ["--ignore " + faulty.map(quoted).joined(separator: " ")])
  }

  /// The option for a column as the one that is predicted.
  public func labelOption(_ column: Column) -> String {
    "--label " + quoted(column.name)
      + (column.meaning == .wholeNumber && column.distinct > 20 ? " --regression" : "")
  }

  /// A word of a command line.
  private func quoted(_ name: String) -> String {
    name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "-" }
      ? name : "'" + name.replacing("'", with: "'\\''") + "'"
  }
}
