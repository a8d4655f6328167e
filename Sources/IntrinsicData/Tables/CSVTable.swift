/// The numbers and labels of a CSV file with a line of column names.
///
/// Numbers are rounded to `Double`, then to `Float`. Reading takes one pass over the bytes.
struct CSVTable {
  /// What a column is for.
  enum Role {
    case feature, target, label, ignored
  }

  let columns: [CSVColumn]
  /// Row after row.
  private(set) var features: [Float] = []
  /// Row after row.
  private(set) var targets: [Float] = []
  private(set) var labels = ClassLabels(codes: [], texts: [], places: [])
  private(set) var rowCount = 0

  private let file: String
  private var codes = TextCodes()
  private let featureCount: Int

  /// - Throws: ``DataError`` with the line and the column of the first fault.
  init(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String, options: DatasetOptions
  ) throws(DataError) {
    self.file = file
    var scanner = CSVScanner(bytes, file: file)
    columns = try CSVColumn.read(&scanner, options: options)
    featureCount = columns.count { $0.role == .feature }
    let headerEnd = scanner.position
    while scanner.beginRow() {
      try readRow(&scanner)
      if rowCount == 16 {
        let rows = (bytes.count - headerEnd) / max((scanner.position - headerEnd) / 16, 1)
        features.reserveCapacity(rows * featureCount + rows / 8 * featureCount)
      }
    }
    guard rowCount > 0 else {
      throw .malformed(
        .init(file: file), found: "no row follows the column names", remedy: "Add samples.")
    }
    labels.texts = codes.texts.map { String(decoding: $0, as: UTF8.self) }
  }

  private mutating func readRow(_ scanner: inout CSVScanner) throws(DataError) {
    let line = scanner.line
    let last = columns.count - 1
    for index in 0...last {
      let field = try scanner.next()
      guard field.endsRow == (index == last) else {
        throw try ragged(&scanner, line: line, fields: index + 1, endsRow: field.endsRow)
      }
      switch columns[index].role {
      case .feature: features.append(try number(field, columns[index], scanner))
      case .target: targets.append(try number(field, columns[index], scanner))
      case .label: try appendLabel(field, columns[index], scanner)
      case .ignored: break
      }
    }
    rowCount += 1
  }

  private func ragged(
    _ scanner: inout CSVScanner, line: Int, fields: Int, endsRow: Bool
  ) throws(DataError) -> DataError {
    var fields = fields
    var endsRow = endsRow
    while !endsRow {
      endsRow = try scanner.next().endsRow
      fields += 1
    }
    return .malformed(
      .init(file: file, line: line),
      found: "the row has \(fields) fields, but there are \(columns.count) columns",
      remedy: "Give every row a field for each column; quote fields that hold the delimiter.")
  }

  @inline(__always)
  private func number(
    _ field: CSVScanner.Field, _ column: CSVColumn, _ scanner: CSVScanner
  ) throws(DataError) -> Float {
    let text = UnsafeBufferPointer(rebasing: scanner.bytes[field.range])
    if let value = DecimalNumber.parse(text) {
      let rounded = Float(value)
      if rounded.isFinite { return rounded }
    }
    throw refusal(field, column, scanner)
  }

  /// Why a field is not a number that can be used.
  private func refusal(
    _ field: CSVScanner.Field, _ column: CSVColumn, _ scanner: CSVScanner
  ) -> DataError {
    let place = DataError.Place(file: file, line: field.line, column: column.name)
    guard !field.range.isEmpty else { return empty(place) }
    let text = printable(scanner.text(field))
    guard
      let value = DecimalNumber.parse(UnsafeBufferPointer(rebasing: scanner.bytes[field.range]))
    else {
      return .malformed(
        place, found: "“\(text)” is not a number",
        remedy: "Correct it, or leave the column out by --ignore.")
    }
    guard !value.isFinite else {
      return .malformed(
        place, found: "\(text) is beyond the range of single precision",
        remedy: "Scale the column.")
    }
    return .notFinite(place, element: [rowCount, column.number], value: value, count: 1)
  }

  private func empty(_ place: DataError.Place) -> DataError {
    .malformed(
      place, found: "the cell is empty",
      remedy: "Fill it, or remove the row.")
  }

  private mutating func appendLabel(
    _ field: CSVScanner.Field, _ column: CSVColumn, _ scanner: CSVScanner
  ) throws(DataError) {
    let place = { [file] in DataError.Place(file: file, line: field.line, column: column.name) }
    guard !field.range.isEmpty else { throw empty(place()) }
    let code: Int
    if field.hasDoubledQuotes {
      code = Array(scanner.text(field).utf8).withUnsafeBufferPointer { codes.code(of: $0) }
    } else {
      code = codes.code(of: UnsafeBufferPointer(rebasing: scanner.bytes[field.range]))
    }
    if code == labels.places.count {
      guard code < ClassLabels.greatestCount else { throw ClassLabels.tooMany(place()) }
      labels.places.append(place())
    }
    labels.codes.append(code)
  }
}
