/// Closed forms as a table for people and as rows for programs.
package struct TheoryReport<Row: Encodable & Sendable>: Sendable {
  package let table: TextTable
  package let rows: [Row]

  /// The table with a row for each of `rows`.
  init(title: String, columns: [TextTable.Column], rows: [Row], cells: (Row) -> [String]) {
    var table = TextTable(title: title, columns: columns)
    for row in rows { table.addRow(cells(row)) }
    self.table = table
    self.rows = rows
  }
}
