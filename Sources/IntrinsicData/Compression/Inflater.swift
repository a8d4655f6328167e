import CZlib
import Foundation

/// Decompresses one raw deflate stream (RFC 1951) inside some data, a part at a time.
final class Inflater {
  /// What stopped a call of ``fill(_:)``.
  enum Stop: Equatable {
    /// The buffer is full; the stream may go on.
    case full
    /// The stream is complete.
    case ended
    /// The compressed data end inside the stream.
    case exhausted
    /// The compressed data are no deflate stream from here on.
    case damaged
  }

  /// The most bytes that one compressed byte can become.
  static let greatestExpansion = 1032

  private let data: Data
  private let end: Int
  // zlib keeps a pointer to its stream, so the stream must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// The next compressed byte, counted from the start of the data.
  private(set) var position: Int
  /// The bytes decompressed so far.
  private(set) var produced = 0
  private var hasEnded = false

  /// Prepares to decompress `range` of the data, counted from their start.
  init(_ data: Data, range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= data.count)
    self.data = data
    position = range.lowerBound
    end = range.upperBound
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: status \(status).")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Decompresses until the buffer is full or the stream stops.
  ///
  /// - Returns: The bytes written to the buffer, and why there are no more.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) -> (count: Int, stop: Stop) {
    var count = 0
    if hasEnded { return (0, .ended) }
    // An empty buffer still lets zlib notice the end of the stream, given somewhere to write.
    guard let base = buffer.bindMemory(to: UInt8.self).baseAddress, buffer.count > 0 else {
      return (0, .full)
    }
    while true {
      let room = UInt32(clamping: buffer.count - count)
      let given = UInt32(clamping: end - position)
      let status = data.withUnsafeBytes { source in
        let bytes = source.bindMemory(to: UInt8.self)
        // zlib only reads here; its type lacks `const`. It wants an address even for no bytes.
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: bytes.baseAddress.map { $0 + position } ?? UnsafePointer(base))
        stream.pointee.avail_in = given
        stream.pointee.next_out = base + count
        stream.pointee.avail_out = room
        return inflate(stream, Z_NO_FLUSH)
      }
      position += Int(given - stream.pointee.avail_in)
      let written = Int(room - stream.pointee.avail_out)
      count += written
      produced += written
      switch status {
      case Z_STREAM_END:
        hasEnded = true
        return (count, .ended)
      case Z_OK, Z_BUF_ERROR:
        if count == buffer.count { return (count, .full) }
        if position == end { return (count, .exhausted) }
      default: return (count, .damaged)
      }
    }
  }
}
