import Foundation
import IntrinsicMath

extension Dataset {
  /// The samples of a table as text.
  ///
  /// Tables of numbers are read in one pass over the bytes. Others, and those whose numbers single precision
  /// would spoil, are read cell by cell and encoded.
  static func table(_ file: SourceFile, _ options: DatasetOptions) throws(DataError) -> Dataset {
    let bytes = try Self.text(of: file)
    if options.weightColumn != nil { return try encoded(bytes, file, options) }
    do throws(DataError) {
      let dataset = try bytes.withUnsafeBufferPointer { (bytes) throws(DataError) in
        try numbers(bytes, file, options)
      }
      if let dataset { return dataset }
    } catch {
      // Whatever else it holds, the other reader takes or refuses it.
    }
    return try encoded(bytes, file, options)
  }

  /// UTF-8 with line feeds.
  static func text(of file: SourceFile) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](file.content)
    if !bytes.contains(UInt8(ascii: "\n")) { bytes.mendCarriageReturns() }
    try bytes.requireText(file: file.path)
    return bytes
  }

  static func raw(_ bytes: [UInt8], _ file: SourceFile) throws(DataError) -> RawTable {
    try bytes.withUnsafeBufferPointer { (bytes) throws(DataError) in
      try RawTable(bytes, file: file.path)
    }
  }

  /// A table of numbers with names, or nil if it is better encoded.
  private static func numbers(
    _ bytes: UnsafeBufferPointer<UInt8>, _ file: SourceFile, _ options: DatasetOptions
  ) throws(DataError) -> Dataset? {
    let table = try CSVTable(bytes, file: file.path, options: options)
    let names = { (role: CSVTable.Role) in
      table.columns.filter { $0.role == role }.map(\.name)
    }
    let featureNames = names(.feature)
    var plain = TableEncoding(numbers: featureNames, targets: names(.target) + names(.label))
    if let known = options.encoding {
      guard known.columns == plain.columns else { return nil }
      plain = known
    }
    let targets: Targets
    if options.isRegression {
      let targetNames = names(.target)
      targets = .values(
        Matrix(samples: table.targets, features: targetNames.count), names: targetNames)
    } else {
      if options.classNames == nil && table.labels.areQuantities { return nil }
      targets = try table.labels.targets(
        known: options.classNames, place: .init(file: file.path, column: names(.label)[0]))
    }
    try requireImageShape(
      options.imageShape, features: featureNames.count, place: .init(file: file.path))
    let inputs = Matrix<Float>(samples: table.features, features: featureNames.count)
    if options.encoding == nil && inputs.hasRowsToEncode { return nil }
    return Dataset(
      inputs: inputs, targets: targets, imageShape: options.imageShape,
      featureNames: featureNames, sources: [file.identity], encoding: plain)
  }

  private static func encoded(
    _ bytes: [UInt8], _ file: SourceFile, _ options: DatasetOptions
  ) throws(DataError) -> Dataset {
    let table = try raw(bytes, file)
    let ignored = try options.ignoredColumns(among: table.names, .init(file: file.path))
    let places = try TableTargets.places(in: table, options)
    let encoding: TableEncoding
    if let known = options.encoding {
      encoding = known
    } else {
      encoding = try TableEncoding(
        table, targets: places, ignored: ignored, missing: options.missing)
    }
    let (targets, note) = try TableTargets.targets(places, of: table, options)
    var dataset = try self.dataset(table, encoding, targets: targets, file)
    try requireImageShape(
      options.imageShape, features: dataset.inputs.rows, place: .init(file: file.path))
    dataset.imageShape = options.imageShape
    dataset.weights = try options.weightColumn.map { name throws(DataError) in
      try weights(name, of: table)
    }
    if options.encoding == nil { dataset.notes = encoding.notes + dataset.notes }
    if let note { dataset.notes.append(note) }
    return dataset
  }

  /// The numbers of the column of weights.
  private static func weights(
    _ name: String, of table: RawTable
  ) throws(DataError) -> [Float] {
    let column = table.names.firstIndex(of: name)!
    var weights: [Float] = []
    for (row, line) in zip(table.rows, table.lines) {
      guard let weight = RawTable.number(row[column]), weight >= 0, Float(weight).isFinite else {
        throw .malformed(
          .init(file: table.file, line: line, column: name),
          found: "“\(printable(row[column]))” is no weight of a sample",
          remedy: "Weights are numbers from 0; correct it, or leave --weight-column out.")
      }
      weights.append(Float(weight))
    }
    return weights
  }

  private static func dataset(
    _ table: RawTable, _ encoding: TableEncoding, targets: Targets, _ file: SourceFile
  ) throws(DataError) -> Dataset {
    let names = encoding.featureNames
    let (values, unknown) = try encoding.features(of: table)
    return Dataset(
      inputs: Matrix(samples: values, features: names.count), targets: targets,
      featureNames: names, sources: [file.identity], encoding: encoding,
      notes: TableEncoding.notes(unknown: unknown, rows: table.rows.count))
  }

  /// Checks that flat images have the size that they are said to have.
  static func requireImageShape(
    _ shape: ImageShape?, features: Int, place: DataError.Place
  ) throws(DataError) {
    guard let shape, shape.count != features else { return }
    throw .malformed(
      place, found: "there are \(features) features, but images of \(shape) have \(shape.count)",
      remedy: "Give the images' height, width and channels as they are.")
  }
}

extension Matrix<Float> {
  /// Whether some feature numbers the rows, or varies too little about its mean for single precision.
  fileprivate var hasRowsToEncode: Bool {
    (0..<rows).contains { row in
      let values = elements[row * columns..<(row + 1) * columns]
      let first = values[values.startIndex]
      if columns > 2, first == 0 || first == 1,
        zip(values, 0...).allSatisfy({ Double($0) == Double(first) + Double($1) })
      {
        return true
      }
      let mean = values.reduce(0) { $0 + Double($1) } / Double(columns)
      let spread = values.reduce(0) { Swift.max($0, abs(Double($1) - mean)) }
      // Large numbers that seem equal may differ in digits that single precision lacks.
      return abs(mean) > 1_000 * spread && (spread > 0 || abs(mean) > 4_096)
    }
  }
}
