import Foundation

/// The bytes of a file at any offset; every access is checked.
struct ByteView {
  let data: Data
  let file: String
  /// Whether the data are what a compressed file held, for messages.
  private let isDecompressed: Bool

  init(_ data: Data, file: String, isDecompressed: Bool = false) {
    // Offsets of a slice do not begin at 0.
    self.data = data.startIndex == 0 ? data : Data(data)
    self.file = file
    self.isDecompressed = isDecompressed
  }

  var count: Int { data.count }

  func place(_ offset: Int, member: String? = nil) -> DataError.Place {
    .init(file: file, member: member, offset: offset, isDecompressed: isDecompressed)
  }

  /// Some bytes; throws where they are not there, naming the `part` that they are.
  func bytes(at offset: Int, count: Int, part: String) throws(DataError) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= self.count, count <= self.count - offset else {
      throw .truncated(
        place(offset), part: part, needed: UInt64(max(count, 0)),
        available: max(0, self.count - max(offset, 0)))
    }
    return [UInt8](data[offset..<(offset + count)])
  }

  /// A number of 1 to 8 bytes, little-endian.
  func unsigned(at offset: Int, size: Int, part: String) throws(DataError) -> UInt64 {
    try bytes(at: offset, count: size, part: part).littleEndianValue
  }

  func firstZero(from offset: Int) -> Int? {
    offset < count ? data[offset...].firstIndex(of: 0) : nil
  }

  func isZero(from offset: Int) -> Bool { data[offset...].allSatisfy { $0 == 0 } }
}

extension RandomAccessCollection<UInt8> {
  /// The number whose lowest byte comes first.
  var littleEndianValue: UInt64 { reversed().bigEndianValue }

  /// The number whose highest byte comes first.
  var bigEndianValue: UInt64 {
    precondition(count <= 8)
    return reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension [UInt8] {
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
