import Foundation

/// The CRC-32 of a whole safetensors file, eight hexadecimal digits in its metadata, which count as zeros
/// in the sum. A file of others has none, and is read.
enum SafetensorsChecksum {
  static let key = "intrinsic.crc32"
  static let placeholder = "00000000"

  private static let mark = Array("\"\(key)\":\"".utf8)

  /// The place of the digits in the header of a file, if it has them.
  private static func digits(in file: Data) -> Range<Data.Index>? {
    guard file.count > 8 else { return nil }
    let length = file.prefix(8).enumerated().reduce(UInt64(0)) {
      $0 | UInt64($1.element) << (8 * $1.offset)
    }
    guard length <= UInt64(file.count - 8) else { return nil }
    let header = file[file.startIndex + 8..<file.startIndex + 8 + Int(length)]
    guard let found = header.firstRange(of: mark), header.endIndex - found.upperBound >= 8 else {
      return nil
    }
    return found.upperBound..<found.upperBound + 8
  }

  private static func sum(_ file: Data, around digits: Range<Data.Index>) -> String {
    let parts = [file[..<digits.lowerBound], Data(placeholder.utf8), file[digits.upperBound...]]
    let value = parts.reduce(UInt32(0)) { sum, part in
      part.withUnsafeBytes { Deflate.checksum($0, after: sum) }
    }
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 8 - text.count) + text
  }

  /// Puts the sum in the place of the placeholder.
  static func seal(_ file: inout Data) {
    guard let digits = digits(in: file) else { preconditionFailure("the file has no “\(key)”") }
    file.replaceSubrange(digits, with: Data(sum(file, around: digits).utf8))
  }

  /// - Throws: if the file has a sum, and that is of other contents.
  static func check(_ data: Data, file: String) throws(DataError) {
    guard let digits = digits(in: data) else { return }
    let (stored, found) = (String(decoding: data[digits], as: UTF8.self), sum(data, around: digits))
    guard stored == found else {
      throw .malformed(
        .init(file: file, member: key),
        found: "the checksum is “\(printable(stored))”, but the contents have \(found)",
        remedy: "The file was damaged after it was written; use a copy of it.")
    }
  }
}
