/// The JSON header of a safetensors file.
struct SafetensorsHeader {
  /// What the header says of a tensor. Its data are the bytes from `begin` to before `end`.
  struct Entry {
    let name: String
    /// Where its name begins in the header.
    let position: Int
    let type: StoredType
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  let entries: [Entry]
  let metadata: [String: String]

  /// Parses a header that begins at byte 8 of a file.
  ///
  /// The header has one form only: what does not belong is refused where it stands, and nesting
  /// cannot go deep.
  init(parsing text: [UInt8], file: String) throws(DataError) {
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    var scanner = try JSONScanner(text, start: .init(file: file, offset: 8))
    guard text.first == UInt8(ascii: "{") else {
      throw scanner.failure("the header does not begin with “{”")
    }
    try scanner.object {
      (scanner: inout JSONScanner, key: String, position: Int) throws(DataError) in
      if key == Safetensors.metadataKey {
        try scanner.object {
          (scanner: inout JSONScanner, key: String, _: Int) throws(DataError) in
          metadata[key] = try scanner.string()
        }
      } else {
        entries.append(try Self.entry(key, position, &scanner))
      }
    }
    try scanner.requireEnd()
    self.entries = entries
    self.metadata = metadata
  }

  private static func entry(
    _ name: String, _ position: Int, _ scanner: inout JSONScanner
  ) throws(DataError) -> Entry {
    scanner.start.member = name
    defer { scanner.start.member = nil }
    var type: StoredType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object {
      (scanner: inout JSONScanner, key: String, position: Int) throws(DataError) in
      switch key {
      case "dtype":
        let place = scanner.place()
        let name = try scanner.string()
        type = Safetensors.storedType(name)
        if type == nil {
          throw .unsupported(
            place, found: "the element type is “\(printable(name))”",
            remedy: "Convert the tensor before saving, for example to F32.")
        }
      case "shape": shape = try scanner.integers()
      case "data_offsets": offsets = try scanner.integers()
      default: throw scanner.failure("“\(printable(key))” is unknown", at: position)
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw scanner.failure("dtype, shape or two data_offsets are missing", at: position)
    }
    return Entry(
      name: name, position: position, type: type, shape: shape, begin: offsets[0], end: offsets[1])
  }
}
