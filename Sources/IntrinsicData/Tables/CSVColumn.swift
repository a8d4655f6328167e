/// A column of a CSV file.
struct CSVColumn {
  let name: String
  let role: CSVTable.Role
  /// The place among the columns of this role, from 0.
  let number: Int

  /// Reads the line of names and finds what each column is for.
  static func read(
    _ scanner: inout CSVScanner, options: DatasetOptions
  ) throws(DataError) -> [CSVColumn] {
    let file = scanner.file
    guard scanner.beginRow() else {
      throw .malformed(
        .init(file: file), found: "the file is empty", remedy: "Begin with a line of column names.")
    }
    let place = DataError.Place(file: file, line: scanner.line)
    var names: [String] = []
    var endsRow = false
    while !endsRow {
      let field = try scanner.next()
      names.append(scanner.text(field))
      endsRow = field.endsRow
    }
    try require(names, place)
    let targets = try targets(options, among: names, place)
    let ignored = try options.ignoredColumns(among: names, place)
    var counts: [CSVTable.Role: Int] = [:]
    let columns = names.enumerated().map { index, name in
      let role: CSVTable.Role =
        if targets.contains(index) {
          options.isRegression ? .target : .label
        } else {
          ignored.contains(name) ? .ignored : .feature
        }
      defer { counts[role, default: 0] += 1 }
      return CSVColumn(name: name, role: role, number: counts[role, default: 0])
    }
    guard counts[.feature, default: 0] > 0 else {
      throw .malformed(
        place, found: "no column is left for features: there are \(listed(names))",
        remedy: "Add columns of features.")
    }
    return columns
  }

  private static func require(_ names: [String], _ place: DataError.Place) throws(DataError) {
    guard names.contains(where: { Double($0) == nil }) else {
      throw .malformed(
        place, found: "the first line holds numbers, not column names",
        remedy: "Put a line of column names before the data.")
    }
    var first: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard !name.isEmpty else {
        throw .malformed(
          place, found: "column \(index + 1), counted from 1, has no name",
          remedy: "Name it, or remove it.")
      }
      if let other = first.updateValue(index, forKey: name) {
        throw .malformed(
          place,
          found: "columns \(other + 1) and \(index + 1), counted from 1, are both named "
            + "“\(printable(name))”", remedy: "Give every column a name of its own.")
      }
    }
  }

  private static func targets(
    _ options: DatasetOptions, among names: [String], _ place: DataError.Place
  ) throws(DataError) -> [Int] {
    guard let label = options.label else {
      let usual = names.indices.filter { TableTargets.usualNames.contains(names[$0].lowercased()) }
      guard usual.count == 1 else {
        throw .malformed(
          place,
          found: usual.isEmpty
            ? "no column is named \(TableTargets.usualNames.joined(separator: ", "))"
            : "\(listed(usual.map { names[$0] })) may all hold the labels",
          remedy: "Name the label; the columns are \(listed(names)).")
      }
      return usual
    }
    if let index = names.firstIndex(of: label) { return [index] }
    guard options.isRegression else { throw missing(label, among: names, place) }
    var indices: [Int] = []
    for part in label.split(separator: ",", omittingEmptySubsequences: false) {
      guard let index = names.firstIndex(of: String(part)) else {
        throw missing(String(part), among: names, place)
      }
      if !indices.contains(index) { indices.append(index) }
    }
    return indices
  }

  private static func missing(
    _ name: String, among names: [String], _ place: DataError.Place
  ) -> DataError {
    .malformed(
      place, found: "there is no column “\(printable(name))”",
      remedy: "The columns are \(listed(names)).")
  }
}
