import Foundation

/// Bytes that are read once, front to back.
protocol ByteSource {
  /// Where the next byte is.
  var place: DataError.Place { get }
  /// How many bytes are still to come, or how many the container says there are.
  var remaining: Int { get }
  /// The next bytes; throws if there are fewer, naming the `part` that they are.
  mutating func read(_ count: Int, part: String) throws(DataError) -> [UInt8]
}

extension ByteSource {
  /// Checks that as many bytes are to come, before memory is taken for them.
  func require(_ count: Int, part: String) throws(DataError) {
    guard count <= remaining else {
      throw .truncated(place, part: part, needed: UInt64(count), available: remaining)
    }
  }
}

/// A range of a file as it is.
struct PlainSource: ByteSource {
  private let view: ByteView
  private let end: Int
  private let member: String?
  private var position: Int

  /// - Parameter range: The bytes to read, within the file; all by default.
  init(_ view: ByteView, range: Range<Int>? = nil, member: String? = nil) {
    let range = range ?? 0..<view.count
    self.view = view
    self.member = member
    position = range.lowerBound
    end = range.upperBound
  }

  var place: DataError.Place { view.place(position, member: member) }
  var remaining: Int { end - position }

  mutating func read(_ count: Int, part: String) throws(DataError) -> [UInt8] {
    try require(count, part: part)
    let bytes = try view.bytes(at: position, count: count, part: part)
    position += count
    return bytes
  }
}

/// A range of a file that holds a deflate stream. Offsets count decompressed bytes.
struct InflatedSource: ByteSource {
  private let inflater: Inflater
  private let file: String
  private let member: String
  /// The number of bytes that the container promises.
  private let size: Int
  /// CRC-32 of the bytes read so far.
  private(set) var checksum: UInt32 = 0

  init(_ view: ByteView, range: Range<Int>, size: Int, member: String) {
    inflater = Inflater(view.data, range: range)
    file = view.file
    self.member = member
    self.size = size
  }

  var place: DataError.Place {
    .init(file: file, member: member, offset: inflater.produced, isDecompressed: true)
  }
  var remaining: Int { size - inflater.produced }

  mutating func read(_ count: Int, part: String) throws(DataError) -> [UInt8] {
    try require(count, part: part)
    var bytes = [UInt8](repeating: 0, count: count)
    let result = bytes.withUnsafeMutableBytes { inflater.fill($0) }
    guard result.count == count else { throw failure(result.stop) }
    checksum = bytes.withUnsafeBytes { Deflate.checksum($0, after: checksum) }
    return bytes
  }

  /// Checks that the stream ends here and uses all of its range, which ends at `end`.
  func requireEnd(_ end: Int) throws(DataError) {
    var extra: UInt8 = 0
    let result = withUnsafeMutableBytes(of: &extra) { inflater.fill($0) }
    guard result.count == 0 else {
      throw .malformed(place, "the content is longer than the \(size) bytes that are declared")
    }
    guard result.stop == .ended else { throw failure(result.stop) }
    guard inflater.position == end else {
      throw .malformed(
        place, "\(end - inflater.position) bytes follow the end of the compressed content")
    }
  }

  private func failure(_ stop: Inflater.Stop) -> DataError {
    switch stop {
    case .full, .ended:
      .malformed(place, "the content is shorter than the \(size) bytes that are declared")
    case .exhausted: .malformed(place, "the compressed content is cut short")
    case .damaged: .malformed(place, "the compressed content is not valid")
    }
  }
}
