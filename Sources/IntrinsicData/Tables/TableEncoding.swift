import Foundation

/// What to do with cells that hold nothing.
public enum MissingValues: String, Codable, Sendable, CaseIterable {
  /// Refuse them, naming line and column.
  case refuse
  /// Put the mean of the column in their place; a text is then none of the known ones.
  case mean
  /// The same, and a feature beside it that is 1 where the value is missing.
  case indicator
}

/// How the columns of a table become features: fitted to a training table, kept with a model, and applied to other
/// tables by the names of columns, in whatever order they are.
///
/// Numbers are features as they are; those with a mean far from zero for their spread have it subtracted before
/// they are rounded to single precision. Dates count days. Texts have a feature for each that occurs in training.
public struct TableEncoding: Codable, Equatable, Sendable {
  /// One column of the table.
  public struct Column: Codable, Equatable, Sendable {
    /// What it is taken for.
    public enum Kind: Codable, Equatable, Sendable {
      /// The value less an offset; the mean is put where there is none.
      case number(offset: Double, mean: Double)
      /// Days since the first of January 1970, less an offset.
      case date(offset: Double, mean: Double)
      /// A feature for each text.
      case categories([String])
      /// No feature, for a reason.
      case leftOut(String)
    }

    public let name: String
    public let kind: Kind
    /// Whether cells may hold nothing.
    public let acceptsMissing: Bool
    /// Whether a feature tells that the value is missing.
    public let hasIndicator: Bool

    init(name: String, kind: Kind, acceptsMissing: Bool = false, hasIndicator: Bool = false) {
      (self.name, self.kind) = (name, kind)
      (self.acceptsMissing, self.hasIndicator) = (acceptsMissing, hasIndicator)
    }

    var features: [String] {
      let ofValues: [String] =
        switch kind {
        case .number, .date: [name]
        case .categories(let texts): texts.map { "\(name)=\($0)" }
        case .leftOut: []
        }
      return ofValues + (hasIndicator ? ["\(name) is missing"] : [])
    }
  }

  public let columns: [Column]
  /// The names of the columns that are predicted.
  public let targets: [String]
  /// Whether columns have names of their own rather than numbers.
  let hasNames: Bool

  /// A text column with more different texts is left out.
  static let greatestVocabulary = 50

  /// The name of each feature.
  public var featureNames: [String] { columns.flatMap(\.features) }

  /// What a reader should know of columns that are not plain numbers.
  public var notes: [String] {
    let texts = columns.compactMap { column -> String? in
      guard case .categories(let list) = column.kind else { return nil }
      return "“\(printable(column.name))” (\(list.count))"
    }
    let reasons = columns.compactMap { column -> String? in
      guard case .leftOut(let reason) = column.kind else { return nil }
      return "column “\(printable(column.name))” is left out: \(reason)"
    }
    return (texts.isEmpty ? [] : ["texts with a feature each: \(texts.joined(separator: ", "))"])
      + reasons
  }

  /// Plain numbers in all columns.
  init(numbers names: [String], targets: [String], hasNames: Bool = true) {
    columns = names.map {
      Column(name: $0, kind: .number(offset: 0, mean: 0))
    }
    self.targets = targets
    self.hasNames = hasNames
  }

  /// Looks at all rows of a table.
  ///
  /// - Parameters:
  ///   - targets: the places of the columns that are predicted.
  ///   - ignored: the names of columns to leave out.
  /// - Throws: ``DataError`` at the first missing value, if they are refused, or if no feature is left.
  init(
    _ table: RawTable, targets: [Int], ignored: [String], missing: MissingValues
  ) throws(DataError) {
    var columns: [Column] = []
    for (index, name) in table.names.enumerated() where !targets.contains(index) {
      columns.append(
        ignored.contains(name)
          ? Column(name: name, kind: .leftOut("as asked"))
          : try Self.column(index, of: table, missing))
    }
    self.columns = columns
    self.targets = targets.map { table.names[$0] }
    hasNames = table.hasNames
    guard !featureNames.isEmpty else {
      throw .malformed(
        .init(file: table.file, line: 1),
        found: "no column is left for features: there are \(listed(table.names))",
        remedy: notes.last.map { "\($0)." } ?? "Add columns of features.")
    }
  }

  /// What a column is taken for.
  /// - Throws: ``DataError`` for cells that do not fit the others, and for missing values if they are refused.
  static func column(
    _ index: Int, of table: RawTable, _ missing: MissingValues
  ) throws(DataError) -> Column {
    let name = table.names[index]
    let cells = table.rows.map { $0[index] }
    let present = cells.filter { !RawTable.isMissing($0) }
    func leftOut(_ reason: String) -> Column {
      Column(name: name, kind: .leftOut(reason))
    }
    guard !present.isEmpty else { return leftOut("it is empty") }
    let numbers = present.compactMap(RawTable.number)
    let dates = numbers.count < present.count ? present.compactMap(DateText.days) : []
    let isNumeric = numbers.count == present.count
    let isDate = dates.count == present.count
    let kind: Column.Kind
    if isNumeric || isDate {
      let values = isNumeric ? numbers : dates
      guard values.allSatisfy(\.isFinite) else {
        let place = cells.firstIndex { RawTable.number($0).map { !$0.isFinite } ?? false }!
        throw .malformed(
          .init(file: table.file, line: table.lines[place], column: name),
          found: "\(printable(cells[place])) is not finite", remedy: "Replace it.")
      }
      if isNumeric, values.count == cells.count, values.count > 2, numbersRows(values, name) {
        return leftOut("it numbers the rows")
      }
      let mean = values.reduce(0) { $0 + $1 / Double(values.count) }
      let spread = values.reduce(0) { max($0, abs($1 - mean)) }
      let offset = spread > 0 && abs(mean) > 1_000 * spread ? mean : 0
      kind =
        isNumeric ? .number(offset: offset, mean: mean) : .date(offset: offset, mean: mean)
    } else {
      if numbers.count * 2 >= present.count {
        // Not a column of texts, but one of numbers with a slip of the pen in it.
        let place = cells.firstIndex { !RawTable.isMissing($0) && RawTable.number($0) == nil }!
        throw .malformed(
          .init(file: table.file, line: table.lines[place], column: name),
          found:
            "“\(printable(cells[place]))” is not a number, as \(numbers.count) other cells are",
          remedy: "Correct it, or leave the column out by --ignore.")
      }
      let texts = Set(present)
      if texts.count > greatestVocabulary || texts.count == present.count && present.count > 20 {
        return leftOut("it has \(texts.count) different texts in \(cells.count) rows")
      }
      kind = .categories(texts.sorted())
    }
    if missing == .refuse, let place = cells.firstIndex(where: RawTable.isMissing) {
      throw refusal(cells[place], .init(file: table.file, line: table.lines[place], column: name))
    }
    return Column(
      name: name, kind: kind, acceptsMissing: missing != .refuse,
      hasIndicator: missing == .indicator && present.count < cells.count)
  }

  static func refusal(_ cell: String, _ place: DataError.Place) -> DataError {
    .malformed(
      place,
      found: cell.isEmpty ? "the cell is empty" : "“\(printable(cell))” is a missing value",
      remedy: missingRemedy)
  }

  static let missingRemedy =
    "Pass --missing mean to put the mean of the column there, --missing indicator to have a feature that tells "
    + "it, too, or leave the column out by --ignore."

  /// 0, 1, 2, … or 1, 2, 3, … in a column without a name, or with one that says so.
  private static func numbersRows(_ values: [Double], _ name: String) -> Bool {
    let name = name.lowercased()
    let saysSo =
      ["column 0", "unnamed: 0", "index", "no", "no.", "nr", "row", "rownames", "obs"]
      .contains(name) || name.hasSuffix("id")
    return saysSo && (values[0] == 0 || values[0] == 1)
      && values.enumerated().allSatisfy { $1 == values[0] + Double($0) }
  }
}

/// Dates as ISO 8601 writes them.
enum DateText {
  /// Days since 1970-01-01 of `2024-05-31`, perhaps with a time after a blank or T; nil for other texts.
  static func days(_ text: String) -> Double? {
    let parts = text.split(maxSplits: 1) { $0 == "T" || $0 == " " }
    let date = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard date.count == 3, parts[0].count == 10, let year = date[0], let month = date[1],
      let day = date[2], (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    // The day of the civil calendar, years beginning in March.
    let y = month > 2 ? year : year - 1
    let m = month > 2 ? month - 3 : month + 9
    let whole = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468
    guard parts.count == 2 else { return Double(whole) }
    let clock = parts[1].prefix { $0.isNumber || $0 == ":" || $0 == "." }
      .split(separator: ":").map { Double($0) }
    guard (2...3).contains(clock.count), !clock.contains(nil) else { return nil }
    let seconds = clock.enumerated().reduce(0) { $0 + $1.element! * [3600, 60, 1][$1.offset] }
    return Double(whole) + seconds / 86_400
  }
}
