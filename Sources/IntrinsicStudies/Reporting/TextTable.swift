/// A table for people to read in a terminal, and for programs to read as CSV.
///
/// ```swift
/// var table = TextTable(columns: [.init("Method"), .init("Loss (nats)", .trailing)])
/// table.addSection("Non-invariant:")
/// table.addRow(["Backpropagation", "41.2 ± 0.3"])
/// print(table.rendered(), terminator: "")
/// ```
package struct TextTable: Sendable {
  /// The side of the column that its cells stand against.
  package enum Alignment: Sendable {
    case leading, trailing
  }

  /// A column's header and alignment.
  package struct Column: Sendable {
    /// The first cell of the column, with the unit if it has one.
    package let header: String
    /// How the header and the cells are aligned.
    package let alignment: Alignment

    package init(_ header: String, _ alignment: Alignment = .leading) {
      self.header = header
      self.alignment = alignment
    }
  }

  enum Row: Sendable {
    case cells([String])
    case section(String)
  }

  /// The line above the table, if any.
  package let title: String?
  /// The columns, from left to right.
  package let columns: [Column]
  private(set) var rows: [Row] = []

  package init(title: String? = nil, columns: [Column]) {
    precondition(!columns.isEmpty, "A table needs at least one column.")
    self.title = title
    self.columns = columns
  }

  /// Adds a row with one cell for each column.
  package mutating func addRow(_ cells: [String]) {
    precondition(
      cells.count == columns.count, "\(cells.count) cells for \(columns.count) columns.")
    rows.append(.cells(cells))
  }

  /// Adds a label that spans the table and names the rows below it.
  package mutating func addSection(_ label: String) {
    rows.append(.section(label))
  }

  /// The table as aligned text: two spaces between columns, a rule under the headers, a newline
  /// at the end, no spaces at the end of a line.
  ///
  /// A character is taken to be one cell wide, which holds for letters with accents, Greek and
  /// signs such as ±.
  package func rendered() -> String {
    let headers = columns.map { $0.header.onOneLine }
    var widths = headers.map(\.count)
    for case .cells(let cells) in rows {
      for (index, cell) in cells.enumerated() {
        widths[index] = max(widths[index], cell.onOneLine.count)
      }
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { index in
        let cell = cells[index].onOneLine
        let padding = String(repeating: " ", count: widths[index] - cell.count)
        return columns[index].alignment == .leading ? cell + padding : padding + cell
      }
      return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")

    var lines = title.map { [$0.onOneLine, ""] } ?? []
    lines += [line(headers), rule]
    lines += rows.map { row in
      switch row {
      case .cells(let cells): line(cells)
      case .section(let label): label.onOneLine
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The table as CSV, quoted as in RFC 4180, lines ended by a line feed.
  ///
  /// The title is left out. If the table has sections, a first column named `section` holds the
  /// label that each row stands under.
  ///
  /// - Parameter hasHeader: whether the names of the columns come first.
  package func csv(hasHeader: Bool = true) -> String {
    var section = ""
    var records: [[String]] = []
    var hasSections = false
    for row in rows {
      switch row {
      case .section(let label):
        section = label
        hasSections = true
      case .cells(let cells): records.append([section] + cells)
      }
    }
    let header = ["section"] + columns.map(\.header)
    let lines = (hasHeader ? [header] : []) + records
    return lines.map { CSV.line(hasSections ? $0 : Array($0.dropFirst())) }.joined()
  }
}

/// Comma-separated values as in RFC 4180.
enum CSV {
  /// One record with the line feed that ends it.
  static func line(_ fields: [String]) -> String {
    fields.map(quoted).joined(separator: ",") + "\n"
  }

  private static func quoted(_ field: String) -> String {
    // Scalars, since a carriage return and a line feed together are one character.
    let special: Set<Unicode.Scalar> = ["\"", ",", "\r", "\n"]
    guard field.unicodeScalars.contains(where: special.contains) else { return field }
    return "\""
      + field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}

extension String {
  /// The text with every control character, line breaks among them, replaced by a space.
  var onOneLine: String {
    String(
      map { character in
        switch character.unicodeScalars.first?.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: " "
        default: character
        }
      })
  }
}
