import Foundation

/// A table of text cells, as people have them: separated by commas, semicolons, tabs or blanks, with or without a
/// line of column names.
///
/// Without one, columns are named by their numbers from 0. Empty and blank lines are passed over. Numbers with
/// decimal commas are read as such where fields are separated by semicolons.
struct RawTable {
  /// The name of each column; those of a table without names are numbers.
  let names: [String]
  /// Whether the file has a line of column names.
  let hasNames: Bool
  /// Cell by cell, row after row.
  let rows: [[String]]
  /// The line on which each row begins, from 1.
  let lines: [Int]
  let file: String
  /// What separates fields; nil for blanks.
  let delimiter: UInt8?

  /// - Parameters:
  ///   - bytes: the text, or whole lines of it.
  ///   - file: for messages.
  ///   - first: the first part of the file, where this is another: its columns, and what separates them, hold here too.
  ///   - line: the number of the first line.
  /// - Throws: ``DataError`` with the line of the first fault.
  init(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String, after first: RawTable? = nil, line: Int = 1
  ) throws(DataError) {
    self.file = file
    var (rows, lines): ([[String]], [Int]) = ([], [])
    var scanner = CSVScanner(bytes, file: file, delimiter: first?.delimiter, line: line)
    let isBlankSeparated = first.map { $0.delimiter == nil } ?? scanner.isBlankSeparated
    delimiter = isBlankSeparated ? nil : scanner.delimiter
    while scanner.beginRow() {
      lines.append(scanner.line)
      if isBlankSeparated {
        rows.append(try scanner.blankSeparatedRow())
        continue
      }
      var row: [String] = []
      var endsRow = false
      while !endsRow {
        let field = try scanner.next()
        row.append(scanner.text(field))
        endsRow = field.endsRow
      }
      rows.append(row)
    }
    guard !rows.isEmpty else {
      throw .malformed(
        .init(file: file), found: "the file is empty", remedy: "Begin with a line of column names.")
    }
    hasNames = first?.hasNames ?? Self.hasNames(rows)
    var names =
      first?.names ?? (hasNames ? rows.removeFirst() : rows[0].indices.map { "\($0)" })
    if hasNames && first == nil { lines.removeFirst() }
    guard let firstRow = rows.first else {
      throw .malformed(
        .init(file: file), found: "no row follows the column names", remedy: "Add samples.")
    }
    // As R writes tables: rows have names, but their column has none.
    if first == nil, firstRow.count == names.count + 1 { names.insert("", at: 0) }
    for (row, line) in zip(rows, lines) where row.count != names.count {
      throw .malformed(
        .init(file: file, line: line),
        found: "the row has \(row.count) fields, but there are \(names.count) columns",
        remedy: "Give every row a field for each column; quote fields that hold the delimiter.")
    }
    if delimiter == UInt8(ascii: ";") { Self.mendDecimalCommas(&rows) }
    self.names = first == nil ? try Self.distinct(names, .init(file: file, line: 1)) : names
    self.rows = rows
    self.lines = lines
  }

  /// The number that a cell holds.
  static func number(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { DecimalNumber.parse($0) }
  }

  /// Whether a cell holds nothing.
  static func isMissing(_ text: String) -> Bool {
    switch text.lowercased() {
    case "", "na", "n/a", "nan", "null", "none", "?", "-", "missing": true
    default: false
    }
  }

  /// The first row names columns unless it holds numbers where the rows below do.
  private static func hasNames(_ rows: [[String]]) -> Bool {
    guard rows.count > 1, rows[1].count == rows[0].count else {
      return rows[0].allSatisfy { number($0) == nil }
    }
    let sample = rows.dropFirst().prefix(100)
    var hasText = false
    for (column, cell) in rows[0].enumerated() {
      let below = sample.compactMap { row in
        row.indices.contains(column) && !isMissing(row[column]) ? row[column] : nil
      }
      let areNumbers = !below.isEmpty && below.allSatisfy { number($0) != nil }
      if areNumbers { return number(cell) == nil && !isMissing(cell) || cell.isEmpty }
      hasText = hasText || number(cell) == nil
    }
    return hasText
  }

  private static func mendDecimalCommas(_ rows: inout [[String]]) {
    func mended(_ text: String) -> String? {
      guard number(text) == nil, text.contains(","), !text.contains(".") else { return nil }
      let candidate = text.replacing(",", with: ".", maxReplacements: 1)
      return number(candidate) == nil ? nil : candidate
    }
    for column in rows[0].indices {
      let fit = rows.allSatisfy {
        isMissing($0[column]) || number($0[column]) != nil || mended($0[column]) != nil
      }
      guard fit else { continue }
      for row in rows.indices {
        if let text = mended(rows[row][column]) { rows[row][column] = text }
      }
    }
  }

  /// Names of their own: an empty one gets the number of its column.
  private static func distinct(
    _ names: [String], _ place: DataError.Place
  ) throws(DataError) -> [String] {
    var first: [String: Int] = [:]
    let filled = names.enumerated().map { $1.isEmpty ? "column \($0)" : $1 }
    for (index, name) in filled.enumerated() {
      if let other = first.updateValue(index, forKey: name) {
        throw .malformed(
          place,
          found: "columns \(other + 1) and \(index + 1), counted from 1, are both named "
            + "“\(printable(name))”", remedy: "Give every column a name of its own.")
      }
    }
    return filled
  }
}

extension CSVScanner {
  /// Whether fields are separated by blanks, or by tabs and blanks: the first two rows have as many words, but no
  /// comma, no semicolon, and not as many tabs.
  var isBlankSeparated: Bool {
    var lines = bytes[position...].split(separator: Self.lineFeed, maxSplits: 2).prefix(2)
      .map { Self.wordsAndDelimiters($0) }
    if lines.count == 1 { lines.append(lines[0]) }
    guard lines.count == 2, lines[0].words == lines[1].words, lines[0].words > 1 else {
      return false
    }
    let tabs = lines.map(\.tabs)
    return !lines[0].hasDelimiters && (tabs[0] != tabs[1] || tabs[0] == 0)
  }

  private static func wordsAndDelimiters(
    _ line: Slice<UnsafeBufferPointer<UInt8>>
  ) -> (words: Int, tabs: Int, hasDelimiters: Bool) {
    var (words, tabs, hasDelimiters, isQuoted, wasBlank) = (0, 0, false, false, true)
    for byte in line {
      if byte == quote { isQuoted.toggle() }
      let isTab = byte == UInt8(ascii: "\t")
      let blank = !isQuoted && (isTab || byte == UInt8(ascii: " ") || byte == carriageReturn)
      if !isQuoted {
        tabs += isTab ? 1 : 0
        hasDelimiters =
          hasDelimiters || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
      }
      words += wasBlank && !blank ? 1 : 0
      wasBlank = blank
    }
    return (words, tabs, hasDelimiters)
  }

  /// The words of a row; quoted ones may hold blanks.
  fileprivate mutating func blankSeparatedRow() throws(DataError) -> [String] {
    let begun = line
    let text = restOfLine()
    var (words, word, isQuoted, isWord): ([String], [UInt8], Bool, Bool) = ([], [], false, false)
    for byte in text {
      if byte == UInt8(ascii: "\"") {
        isQuoted.toggle()
        isWord = true
      } else if !isQuoted, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
        if isWord { words.append(String(decoding: word, as: UTF8.self)) }
        (word, isWord) = ([], false)
      } else {
        word.append(byte)
        isWord = true
      }
    }
    guard !isQuoted else {
      throw .malformed(
        .init(file: file, line: begun), found: "a quoted field has no end",
        remedy: "Close the quote on its line.")
    }
    if isWord { words.append(String(decoding: word, as: UTF8.self)) }
    return words
  }
}
