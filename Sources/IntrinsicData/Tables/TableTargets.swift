import IntrinsicMath

/// The columns of a table that are predicted.
enum TableTargets {
  /// Names that the column of labels has, if none is given.
  static let usualNames = ["label", "class", "target", "y"]

  static let numberRemedy =
    "Name the label by the number of its column, from 0, or from the end: --label -1 is the last."

  /// Where they are.
  static func places(
    in table: RawTable, _ options: DatasetOptions
  ) throws(DataError) -> [Int] {
    let names = table.names
    let place = DataError.Place(file: table.file, line: 1)
    guard let label = options.label ?? options.encoding?.targets.joined(separator: ",") else {
      guard table.hasNames else {
        throw .malformed(
          place,
          found: "the first line holds numbers, not column names; there are \(names.count) columns",
          remedy: numberRemedy)
      }
      let usual = names.indices.filter { usualNames.contains(names[$0].lowercased()) }
      guard usual.count == 1 else {
        throw .malformed(
          place,
          found: usual.isEmpty
            ? "no column is named \(usualNames.joined(separator: ", "))"
            : "\(listed(usual.map { names[$0] })) may all hold the labels",
          remedy: "Name the label; the columns are \(listed(names)).")
      }
      return usual
    }
    func find(_ name: String) -> Int? {
      if let index = names.firstIndex(of: name) { return index }
      guard let number = Int(name), (-names.count..<names.count).contains(number) else {
        return nil
      }
      return number < 0 ? names.count + number : number
    }
    if let index = find(label) { return [index] }
    var indices: [Int] = []
    for part in label.split(separator: ",", omittingEmptySubsequences: false) {
      guard let index = find(String(part)) else {
        throw .malformed(
          place,
          found: table.hasNames
            ? "there is no column “\(printable(String(part)))”"
            : "the first line holds numbers, not column names; there are \(names.count) columns, none of "
              + "them “\(printable(String(part)))”",
          remedy: table.hasNames ? "The columns are \(listed(names))." : numberRemedy)
      }
      if !indices.contains(index) { indices.append(index) }
    }
    return indices
  }

  /// What they hold; numbers that are not whole are values.
  /// - Returns: the targets, and what to tell if they are taken for values unasked.
  static func targets(
    _ places: [Int], of table: RawTable, _ options: DatasetOptions
  ) throws(DataError) -> (Dataset.Targets, note: String?) {
    let names = places.map { table.names[$0] }
    for (row, line) in zip(table.rows, table.lines) {
      for (place, name) in zip(places, names) where RawTable.isMissing(row[place]) {
        throw .malformed(
          .init(file: table.file, line: line, column: name), found: "the label is missing",
          remedy: "Fill it, or remove the row.")
      }
    }
    if options.isRegression { return (try values(places, of: table), nil) }
    guard places.count == 1 else {
      throw .malformed(
        .init(file: table.file), found: "\(listed(names)) are several labels",
        remedy: "Name one, or ask for regression (--regression).")
    }
    var codes: [String: Int] = [:]
    var labels = ClassLabels(codes: [], texts: [], places: [])
    for (row, line) in zip(table.rows, table.lines) {
      let text = row[places[0]]
      if codes[text] == nil {
        let place = DataError.Place(file: table.file, line: line, column: names[0])
        guard codes.count < ClassLabels.greatestCount else { throw ClassLabels.tooMany(place) }
        codes[text] = codes.count
        labels.texts.append(text)
        labels.places.append(place)
      }
      labels.codes.append(codes[text]!)
    }
    if options.classNames == nil && labels.areQuantities {
      return (
        try values(places, of: table),
        "“\(printable(names[0]))” holds numbers that are not whole: they are values to predict, not classes"
      )
    }
    let place = DataError.Place(file: table.file, column: names[0])
    return (try labels.targets(known: options.classNames, place: place), nil)
  }

  private static func values(
    _ places: [Int], of table: RawTable
  ) throws(DataError) -> Dataset.Targets {
    var values: [Float] = []
    for (row, line) in zip(table.rows, table.lines) {
      for place in places {
        guard let number = RawTable.number(row[place]), Float(number).isFinite else {
          throw .malformed(
            .init(file: table.file, line: line, column: table.names[place]),
            found: "“\(printable(row[place]))” is not a number that single precision holds",
            remedy: "Correct it, or name another label.")
        }
        values.append(Float(number))
      }
    }
    return .values(
      Matrix(samples: values, features: places.count), names: places.map { table.names[$0] })
  }
}

extension ClassLabels {
  /// Whether all are numbers and some are not whole.
  var areQuantities: Bool {
    let numbers = texts.map(RawTable.number)
    return !numbers.contains(nil) && numbers.contains { $0! != $0!.rounded() }
  }
}
