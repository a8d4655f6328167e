import Foundation

/// The safetensors format: named tensors, and text by key.
public enum Safetensors {
  /// What a file holds.
  public struct Contents: Equatable, Sendable {
    /// The tensors, in the order of their data.
    public var tensors: [NamedTensor]
    /// Text by key, such as a network's architecture.
    public var metadata: [String: String]

    public init(tensors: [NamedTensor], metadata: [String: String] = [:]) {
      self.tensors = tensors
      self.metadata = metadata
    }
  }

  /// The greatest length of a header in bytes, as in other implementations.
  public static let greatestHeader = 100_000_000

  /// The tensors as a safetensors file. Equal contents give equal files.
  ///
  /// Data are laid out by element size, the largest first, otherwise in the order given. So every
  /// tensor begins at a multiple of its element size, which PyTorch needs. The metadata carry a checksum
  /// of the whole file beside those given.
  ///
  /// - Parameters:
  ///   - tensors: Their names must differ, and none be `__metadata__`.
  ///   - metadata: Text by key.
  public static func encode(
    tensors: [NamedTensor], metadata: [String: String] = [:]
  ) -> Data {
    if let name = tensors.firstDuplicate { preconditionFailure("Two tensors are named “\(name)”.") }
    var metadata = metadata
    metadata[SafetensorsChecksum.key] = SafetensorsChecksum.placeholder
    let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
    var entries = ["\(quoted(metadataKey)):{\(pairs.joined(separator: ","))}"]
    let ordered = [8, 4, 1].flatMap { size in
      tensors.filter { $0.tensor.elementType.size == size }
    }
    var offset = 0
    for entry in ordered {
      precondition(entry.name != metadataKey, "No tensor may be named “\(metadataKey)”.")
      let end = offset + entry.tensor.bytes.count
      let shape = entry.tensor.shape.map(String.init).joined(separator: ",")
      entries.append(
        "\(quoted(entry.name)):{\"dtype\":\"\(name(entry.tensor.elementType))\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
    precondition(
      header.count <= greatestHeader,
      "The header has \(header.count) bytes, more than \(greatestHeader).")

    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    bytes.append(littleEndian: UInt64(header.count))
    bytes += header
    for entry in ordered { bytes += entry.tensor.bytes }
    var file = Data(bytes)
    SafetensorsChecksum.seal(&file)
    return file
  }

  /// The contents of a safetensors file.
  ///
  /// Element types that ``ElementType`` lacks become the nearest that holds every value: `F16` and
  /// `BF16` become `float32`; `I8`, `I16` and `U16` become `int32`; `U32` becomes `int64`.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - file: Its name, for messages.
  /// - Throws: ``DataError`` unless the tensors fill the data without holes or overlaps, or if the file
  ///   has a checksum and that is of other contents.
  public static func decode(_ data: Data, file: String) throws(DataError) -> Contents {
    let view = ByteView(data, file: file)
    try SafetensorsChecksum.check(view.data, file: file)
    let length = try view.unsigned(at: 0, size: 8, part: "the header's length")
    guard length <= greatestHeader else {
      throw .malformed(
        view.place(0),
        found: "the header is said to have \(length) bytes, the most is "
          + "\(greatestHeader)",
        remedy: "The file is no safetensors file, or damaged; fetch or write it again.")
    }
    let text = try view.bytes(at: 8, count: Int(length), part: "the header")
    let header = try SafetensorsHeader(parsing: text, file: file)
    let start = 8 + text.count

    var contents = Contents(tensors: [], metadata: header.metadata)
    contents.metadata[SafetensorsChecksum.key] = nil
    var position = 0
    let entries = header.entries.sorted {
      ($0.begin, $0.end, $0.position) < ($1.begin, $1.end, $1.position)
    }
    for entry in entries {
      let place = view.place(8 + entry.position, member: entry.name)
      guard entry.begin == position else {
        throw .malformed(
          place,
          entry.begin < position
            ? "the data from \(entry.begin) overlap those of the tensor before it"
            : "no tensor has the data from \(position) to \(entry.begin)")
      }
      guard entry.end >= entry.begin, entry.end <= view.count - start else {
        throw .malformed(
          place,
          "the data are said to be from \(entry.begin) to \(entry.end) of \(view.count - start)")
      }
      guard let size = entry.type.byteCount(shape: entry.shape),
        size == entry.end - entry.begin
      else {
        throw .malformed(
          place, "\(entry.end - entry.begin) bytes cannot have the shape and type declared")
      }
      let bytes = try view.bytes(at: start + entry.begin, count: size, part: "the tensor's data")
      let tensor = try entry.type.tensor(
        shape: entry.shape, bytes: bytes,
        start: view.place(start + entry.begin, member: entry.name))
      contents.tensors.append(.init(entry.name, tensor))
      position = entry.end
    }
    guard start + position == view.count else {
      throw .malformed(
        view.place(start + position), "\(view.count - start - position) bytes belong to no tensor")
    }
    return contents
  }

  /// Reads a safetensors file.
  public static func read(_ url: URL) throws(DataError) -> Contents {
    try decode(DataFile.read(url), file: url.path)
  }

  /// Writes a safetensors file whole.
  public static func write(
    tensors: [NamedTensor], metadata: [String: String] = [:], to url: URL
  ) throws(DataError) {
    try AtomicFile.write(encode(tensors: tensors, metadata: metadata), to: url)
  }

  static let metadataKey = "__metadata__"

  private static func name(_ type: ElementType) -> String {
    switch type {
    case .float32: "F32"
    case .float64: "F64"
    case .int32: "I32"
    case .int64: "I64"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }

  static func storedType(_ name: String) -> StoredType? {
    switch name {
    case "F16": .float16
    case "BF16": .bfloat16
    case "F32": .float32
    case "F64": .float64
    case "I8": .int8
    case "I16": .int16
    case "I32": .int32
    case "I64": .int64
    case "U8": .uint8
    case "U16": .uint16
    case "U32": .uint32
    case "BOOL": .bool
    default: nil
    }
  }

  /// A text as a JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        result += "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
