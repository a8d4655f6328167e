/// Features of a table by an encoding.
extension TableEncoding {
  /// Features × samples of a table that has the columns of the encoding, matched by name, or by number where
  /// tables have no names.
  ///
  /// - Returns: the features, row after row, and for columns with texts that training did not have the number of rows
  ///   with one.
  /// - Throws: ``DataError`` at the first column that is not there, or cell that does not fit.
  func features(of table: RawTable) throws(DataError) -> (values: [Float], unknown: [String: Int]) {
    let places = try places(in: table)
    var values: [Float] = []
    values.reserveCapacity(table.rows.count * featureNames.count)
    var unknown: [String: Int] = [:]
    for (row, line) in zip(table.rows, table.lines) {
      for (column, place) in zip(columns, places) {
        guard let place else { continue }
        let cell = row[place]
        let isMissing = RawTable.isMissing(cell)
        let at = DataError.Place(file: table.file, line: line, column: column.name)
        if case .leftOut = column.kind { continue }
        if isMissing && !column.acceptsMissing { throw Self.refusal(cell, at) }
        switch column.kind {
        case .leftOut: break
        case .number(let offset, let mean):
          let number = isMissing ? mean : RawTable.number(cell)
          values.append(try value(cell, number, offset, at, "a number"))
        case .date(let offset, let mean):
          let days = isMissing ? mean : DateText.days(cell)
          values.append(try value(cell, days, offset, at, "a date"))
        case .categories(let texts):
          if !isMissing && !texts.contains(cell) { unknown[column.name, default: 0] += 1 }
          for text in texts { values.append(text == cell && !isMissing ? 1 : 0) }
        }
        if column.hasIndicator { values.append(isMissing ? 1 : 0) }
      }
    }
    return (values, unknown)
  }

  /// What to tell about texts that training did not have.
  static func notes(unknown: [String: Int], rows: Int) -> [String] {
    unknown.sorted { $0.key < $1.key }.map { name, count in
      "\(count) of \(rows) rows have a text in column “\(printable(name))” that training did not "
        + "have; all its features are 0 there"
    }
  }

  private func value(
    _ cell: String, _ parsed: Double?, _ offset: Double, _ place: DataError.Place, _ what: String
  ) throws(DataError) -> Float {
    guard let parsed else {
      throw .malformed(
        place, found: "“\(printable(cell))” is not \(what)",
        remedy: "Correct it, or leave the column out by --ignore in training.")
    }
    let rounded = Float(parsed - offset)
    guard rounded.isFinite else {
      throw .malformed(
        place, found: "\(printable(cell)) is beyond the range of single precision",
        remedy: "Scale the column.")
    }
    return rounded
  }

  /// Where the table has each column that makes features.
  private func places(in table: RawTable) throws(DataError) -> [Int?] {
    // Without names in either, columns count; those of the label may be left away behind them.
    let byNumber = !hasNames && !table.hasNames
    return try columns.map { (column) throws(DataError) -> Int? in
      if case .leftOut = column.kind { return nil }
      if let place = table.names.firstIndex(of: column.name) { return place }
      throw .malformed(
        .init(file: table.file, line: 1),
        found: byNumber
          ? "there are \(table.names.count) columns, and none with the number \(column.name)"
          : "there is no column “\(printable(column.name))”, which the training samples have",
        remedy: "The columns are \(listed(table.names)).")
    }
  }
}
