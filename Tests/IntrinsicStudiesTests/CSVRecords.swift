import Foundation

/// Reads CSV as RFC 4180 defines it, to check what was written.
struct CSVRecords {
  let header: [String]
  let rows: [[String]]

  struct Malformed: Error {
    let line: Int
  }

  /// - Throws: if a quotation is not closed, or a record has more or fewer fields than the header.
  init(_ text: String) throws {
    var records: [[String]] = []
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch (scalar, isQuoted) {
      case ("\"", true):
        if rest.first == "\"" {
          field.unicodeScalars.append(rest.removeFirst())
        } else {
          isQuoted = false
        }
      case ("\"", false): isQuoted = true
      case (",", false):
        fields.append(field)
        field = ""
      case ("\n", false):
        records.append(fields + [field])
        (fields, field) = ([], "")
      default: field.unicodeScalars.append(scalar)
      }
    }
    guard !isQuoted, fields.isEmpty, field.isEmpty, let first = records.first else {
      throw Malformed(line: records.count)
    }
    for (index, record) in records.enumerated() where record.count != first.count {
      throw Malformed(line: index)
    }
    header = first
    rows = Array(records.dropFirst())
  }

  /// The cells of the first column of a name.
  func column(_ name: String) -> [String]? {
    header.firstIndex(of: name).map { index in rows.map { $0[index] } }
  }
}
