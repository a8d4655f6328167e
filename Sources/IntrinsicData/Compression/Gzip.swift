import Foundation

/// The gzip format (RFC 1952).
public enum Gzip {
  /// Whether data begin like a gzip file.
  public static func isCompressed(_ data: Data) -> Bool {
    data.starts(with: [0x1f, 0x8b])
  }

  /// The decompressed content: that of all members, one after the other.
  ///
  /// Zero bytes after the last member are padding; anything else is refused.
  ///
  /// - Parameters:
  ///   - data: A whole gzip file.
  ///   - file: Its name, for messages.
  ///   - limit: The most bytes that the content may have.
  /// - Throws: ``DataError``; its offsets count compressed bytes.
  public static func decompress(
    _ data: Data, file: String, limit: Int = DataLimit.expansion
  ) throws(DataError) -> Data {
    let view = ByteView(data, file: file)
    var result = Data()
    var position = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    repeat {
      position = try appendMember(of: view, at: position, to: &result, limit: limit, &chunk)
    } while position < view.count && !view.isZero(from: position)
    return result
  }

  /// The data as a gzip file of one member, without name or time: equal data give equal files.
  ///
  /// - Parameters:
  ///   - data: what is compressed.
  ///   - level: from 1, fast, to 9, small.
  public static func compress(_ data: Data, level: Int = 6) -> Data {
    var bytes: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    data.withUnsafeBytes { content in
      bytes += Deflate.compress(content, level: level)
      bytes.append(littleEndian: Deflate.checksum(content))
    }
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: data.count))
    return Data(bytes)
  }

  /// Decompresses the member at an offset, a chunk at a time, and returns where it ends.
  private static func appendMember(
    of view: ByteView, at start: Int, to result: inout Data, limit: Int, _ chunk: inout [UInt8]
  ) throws(DataError) -> Int {
    let header = try endOfHeader(of: view, at: start)
    let inflater = Inflater(view.data, range: header..<view.count)
    var checksum: UInt32 = 0
    var stop = Inflater.Stop.full
    while stop == .full {
      let part = chunk.withUnsafeMutableBytes { inflater.fill($0) }
      guard part.count <= limit - result.count else {
        throw .tooLarge(view.place(start), limit: limit)
      }
      chunk.withUnsafeBytes { bytes in
        let filled = UnsafeRawBufferPointer(rebasing: bytes[..<part.count])
        checksum = Deflate.checksum(filled, after: checksum)
        result.append(contentsOf: filled)
      }
      stop = part.stop
    }
    switch stop {
    case .full, .ended: break
    case .exhausted:
      throw .truncated(
        view.place(view.count), part: "the compressed content", needed: 1, available: 0)
    case .damaged:
      throw .malformed(view.place(inflater.position), "the compressed content is not valid")
    }
    let trailer = inflater.position
    let stored = UInt32(try view.unsigned(at: trailer, size: 4, part: "the checksum"))
    guard stored == checksum else {
      throw .malformed(
        view.place(trailer),
        "the content has the checksum \(hexadecimal(checksum)), not \(hexadecimal(stored))")
    }
    let size = UInt32(try view.unsigned(at: trailer + 4, size: 4, part: "the size"))
    guard size == UInt32(truncatingIfNeeded: inflater.produced) else {
      throw .malformed(
        view.place(trailer + 4), "the content has \(inflater.produced) bytes, not \(size)")
    }
    return trailer + 8
  }

  /// The offset of the compressed content of the member at `start`.
  private static func endOfHeader(of view: ByteView, at start: Int) throws(DataError) -> Int {
    let fixed = try view.bytes(at: start, count: 10, part: "the gzip header")
    guard fixed[0] == 0x1f, fixed[1] == 0x8b else {
      throw .malformed(
        view.place(start),
        found: start == 0 ? "the data are not gzip" : "there are other data after the content",
        remedy: DataError.writeAgain)
    }
    guard fixed[2] == 8 else {
      throw .unsupported(
        view.place(start + 2), found: "the compression method is \(fixed[2]), not 8",
        remedy: "Compress it with gzip.")
    }
    let flags = fixed[3]
    guard flags & 0xe0 == 0 else {
      throw .malformed(view.place(start + 3), "reserved flags are set")
    }
    var position = start + 10
    if flags & 4 != 0 {  // An extra field with its length.
      let length = try view.unsigned(at: position, size: 2, part: "the extra field's length")
      position += 2
      _ = try view.bytes(at: position, count: Int(length), part: "the extra field")
      position += Int(length)
    }
    for flag in [8, 16] as [UInt8] where flags & flag != 0 {  // Name and comment, zero at the end.
      guard let end = view.firstZero(from: position) else {
        throw .truncated(
          view.place(position), part: "the file name or comment in the header",
          needed: UInt64(view.count - position) + 1, available: view.count - position)
      }
      position = end + 1
    }
    if flags & 2 != 0 {
      let stored = try view.unsigned(at: position, size: 2, part: "the header's checksum")
      let header = try view.bytes(at: start, count: position - start, part: "the header")
      let checksum = UInt64(header.withUnsafeBytes { Deflate.checksum($0) } & 0xffff)
      guard stored == checksum else {
        throw .malformed(
          view.place(position),
          "the header has the checksum \(hexadecimal(checksum)), not \(hexadecimal(stored))")
      }
      position += 2
    }
    return position
  }
}
