import CZlib

/// Compression and checksums, from zlib.
enum Deflate {
  /// The bytes as a raw deflate stream (RFC 1951).
  ///
  /// - Parameter level: From 1, fast, to 9, small.
  static func compress(_ bytes: UnsafeRawBufferPointer, level: Int) -> [UInt8] {
    precondition((1...9).contains(level), "Compression levels are 1 to 9, not \(level).")
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    let status = deflateInit2_(
      stream, Int32(level), Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib cannot start: status \(status).")
    defer { deflateEnd(stream) }

    var result: [UInt8] = []
    var position = 0
    let source = bytes.bindMemory(to: UInt8.self)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { buffer in
      var finished = false
      while !finished {
        let given = UInt32(clamping: source.count - position)
        let isLast = position + Int(given) == source.count
        // zlib wants an address even for no bytes.
        stream.pointee.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress.map { $0 + position } ?? UnsafePointer(buffer.baseAddress!))
        stream.pointee.avail_in = given
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = UInt32(buffer.count)
        finished = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END
        position += Int(given - stream.pointee.avail_in)
        result.append(contentsOf: buffer[..<(buffer.count - Int(stream.pointee.avail_out))])
      }
    }
    return result
  }

  /// CRC-32 (IEEE 802.3) of the bytes, continued from the checksum of the bytes before them.
  static func checksum(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return previous }
    return UInt32(crc32_z(uLong(previous), base, bytes.count))
  }
}

func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
