import Foundation
import IntrinsicMath

/// Samples without targets, for a trained model: a table a part at a time, or arrays.
///
///     var data = try UnlabelledData("new.csv", encoding: encoding, inputCount: 4)
///     while let part = try data.next() { … }
public struct UnlabelledData {
  /// Some of the samples, in their order.
  public struct Part {
    /// Features × samples.
    public let inputs: Matrix<Float>
    /// What identifies each sample, if asked for.
    public let identifiers: [String]?
  }

  private enum Source {
    case table(TableParts, TableEncoding?)
    case arrays(Matrix<Float>)
    case end
  }

  private var source: Source
  private let path: String
  private let inputCount: Int
  private let columns: [String]?
  private let identifier: String?
  private var unknown: [String: Int] = [:]
  private var rows = 0

  /// - Parameters:
  ///   - path: a file or a folder, or `-` for the standard input; whatever ``Dataset/read(_:options:)`` takes, but
  ///     without need of targets.
  ///   - encoding: how columns of tables become features; nil if all columns are numbers and features.
  ///   - inputCount: the number of features.
  ///   - imageShape: the shape of images that are stored flat.
  ///   - columns: the columns of tables that are features, without an encoding; all if nil.
  ///   - identifier: the column of tables that identifies samples.
  ///   - partSize: the size of a part in bytes of text, about.
  /// - Throws: ``DataError`` if a file cannot be read or is of no kind that is read here.
  public init(
    _ path: String, encoding: TableEncoding?, inputCount: Int, imageShape: ImageShape? = nil,
    columns: [String]? = nil, identifier: String? = nil, partSize: Int = 1 << 22
  ) throws(DataError) {
    (self.path, self.inputCount) = (path, inputCount)
    (self.columns, self.identifier) = (columns, identifier)
    let options = DatasetOptions(imageShape: imageShape)
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    var path = path
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      if Dataset.imageSet(in: url) != nil {
        let (train, test) = try Dataset.read(path, options: options)
        source = .arrays((test ?? train).inputs)
        return
      }
      let names = ["test", "train"].flatMap { name in
        ["csv", "npz", "npy"].map { "\(name).\($0)" }
      }
      guard let file = names.lazy.compactMap({ DataFolder.find($0, in: url) }).first else {
        source = .arrays(try Dataset.arrays(in: url).unlabelled(options))
        return
      }
      path = file.path
    }
    let stream = try TextStream(path)
    var bytes: [UInt8] = []
    while bytes.count < partSize, try stream.read(partSize - bytes.count, into: &bytes) {}
    if try Dataset.isText(bytes, file: stream.path) {
      source = .table(TableParts(stream, begun: bytes, size: partSize), encoding)
      return
    }
    guard encoding == nil else {
      throw .unsupported(
        .init(file: stream.path), found: "it holds arrays, but the network was trained on a table",
        remedy: "Pass a table as text with the columns of training.")
    }
    try stream.readToEnd(into: &bytes)
    let data = Data(bytes)
    let arrays =
      bytes.starts(with: NPY.magic)
      ? [NamedTensor("x", try NPY.decode(data, file: stream.path))]
      : try NPZ.decode(data, file: stream.path)
    source = .arrays(
      try ArrayCollection(arrays: arrays, path: stream.path, identities: []).unlabelled(options))
  }

  /// What to tell of the samples so far: texts that training did not have.
  public var notes: [String] { TableEncoding.notes(unknown: unknown, rows: rows) }

  /// The next samples; nil after the last.
  ///
  /// - Throws: ``DataError`` at the first column that is not there, or cell that does not fit.
  public mutating func next() throws(DataError) -> Part? {
    switch source {
    case .end: return nil
    case .arrays(let inputs):
      source = .end
      guard identifier == nil, columns == nil else {
        throw .unsupported(
          .init(file: path), found: "it holds arrays, whose columns have no names",
          remedy: "Leave out --id and --columns.")
      }
      try check(inputs.rows)
      return Part(inputs: inputs, identifiers: nil)
    case .table(var parts, let encoding):
      let table = try parts.next()
      guard let table else {
        source = .end
        return nil
      }
      let known: TableEncoding
      if let encoding { known = encoding } else { known = try plainEncoding(of: table) }
      source = .table(parts, known)
      let (values, unknown) = try known.features(of: table)
      self.unknown.merge(unknown, uniquingKeysWith: +)
      rows += table.rows.count
      let inputs = Matrix<Float>(samples: values, features: known.featureNames.count)
      try check(inputs.rows)
      guard let identifier else { return Part(inputs: inputs, identifiers: nil) }
      guard let place = table.names.firstIndex(of: identifier) else {
        throw .malformed(
          .init(file: table.file), found: "there is no column “\(printable(identifier))”",
          remedy: "The columns are \(listed(table.names)).")
      }
      return Part(inputs: inputs, identifiers: table.rows.map { $0[place] })
    }
  }

  /// All columns, or those that are named, as numbers.
  private func plainEncoding(of table: RawTable) throws(DataError) -> TableEncoding {
    let names = columns ?? table.names.filter { $0 != identifier }
    for name in names where !table.names.contains(name) {
      throw .malformed(
        .init(file: table.file), found: "there is no column “\(printable(name))”",
        remedy: "The columns are \(listed(table.names)).")
    }
    guard names.count == inputCount else {
      throw .malformed(
        .init(file: table.file),
        found:
          "there are \(names.count) columns for \(inputCount) inputs of the network, which does not know their names",
        remedy:
          "Say which they are, in their order, by --columns; there are \(listed(table.names)).")
    }
    return TableEncoding(numbers: names, targets: [], hasNames: table.hasNames)
  }

  private func check(_ features: Int) throws(DataError) {
    guard features != inputCount else { return }
    throw .malformed(
      .init(file: path),
      found: "the samples have \(features) features, but the network has \(inputCount) inputs",
      remedy: "Pass data with the features of its training.")
  }
}
