import CZlib
import Foundation

/// The bytes of a file, or of the standard input, from front to back, decompressed if they are those of a gzip file.
final class TextStream {
  /// The path, for messages.
  let path: String
  private let stream: gzFile

  /// - Parameter path: that of a file, or `-` for the standard input.
  /// - Throws: ``DataError/missing(file:lookedIn:remedy:)`` or ``DataError/unreadable(file:reason:)``.
  init(_ path: String) throws(DataError) {
    let isInput = path == "-"
    self.path = isInput ? "standard input" : path
    if !isInput { try DataFile.check(URL(fileURLWithPath: path)) }
    guard let stream = isInput ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb") else {
      throw .unreadable(file: path, reason: systemMessage(errno))
    }
    gzbuffer(stream, 1 << 18)
    self.stream = stream
  }

  deinit { gzclose(stream) }

  /// Appends the next bytes, up to a number of them; none at the end.
  ///
  /// - Returns: whether there were any.
  func read(_ count: Int, into bytes: inout [UInt8]) throws(DataError) -> Bool {
    var read: Int32 = 0
    let part = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      read = gzread(stream, buffer.baseAddress, UInt32(count))
      initialized = max(Int(read), 0)
    }
    var code: Int32 = 0
    let message = gzerror(stream, &code)
    guard read >= 0, code == Z_OK || code == Z_STREAM_END else {
      throw .malformed(
        .init(file: path),
        found: "it cannot be decompressed: \(message.map { String(cString: $0) } ?? "unknown")",
        remedy: DataError.writeAgain)
    }
    bytes += part
    return read > 0
  }

  /// Appends all that is left.
  func readToEnd(into bytes: inout [UInt8]) throws(DataError) {
    while try read(1 << 24, into: &bytes) {}
  }
}
