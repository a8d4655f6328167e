import Foundation

/// Writes a zip archive: first the members, then the directory.
struct ZipWriter {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0
  /// Whether to write zip64 records even where sizes fit without, for tests.
  private let alwaysWide: Bool

  init(alwaysWide: Bool = false) { self.alwaysWide = alwaysWide }

  /// Adds a member. It carries the date 1980-01-01, so that equal contents give equal files.
  mutating func add(_ name: String, _ content: [UInt8], deflated: Bool) {
    precondition(name.utf8.count <= 0xffff, "The name has \(name.utf8.count) bytes.")
    let data = deflated ? content.withUnsafeBytes { Deflate.compress($0, level: 6) } : content
    let offset = bytes.count
    let isWide = alwaysWide || max(content.count, data.count, offset) >= 0xffff_ffff

    var local: [UInt8] = []
    local.append(littleEndian: ZipSignature.localHeader)
    let common = commonFields(
      name, checksum: content.withUnsafeBytes { Deflate.checksum($0) }, size: content.count,
      compressedSize: data.count, deflated: deflated, isWide: isWide)
    local += common
    local.append(littleEndian: UInt16(isWide ? 20 : 0))  // Length of the extra field.
    local += name.utf8
    if isWide { local += extraField([content.count, data.count]) }
    bytes += local
    bytes += data

    directory.append(littleEndian: ZipSignature.centralHeader)
    directory.append(littleEndian: UInt16(isWide ? 45 : 20))  // Made by this version, on MS-DOS.
    directory += common
    directory.append(littleEndian: UInt16(isWide ? 28 : 0))
    directory += [UInt8](repeating: 0, count: 10)  // No comment, part 0, no attributes.
    directory.append(littleEndian: isWide ? UInt32.max : UInt32(offset))
    directory += name.utf8
    if isWide { directory += extraField([content.count, data.count, offset]) }
    count += 1
  }

  /// The whole archive.
  func finished() -> Data {
    var result = bytes
    result += directory
    let end = result.count
    if alwaysWide || count >= 0xffff || max(directory.count, bytes.count) >= 0xffff_ffff {
      result.append(littleEndian: ZipSignature.end64)
      result.append(littleEndian: UInt64(44))  // The length of the rest of this record.
      for _ in 0..<2 { result.append(littleEndian: UInt16(45)) }
      for _ in 0..<2 { result.append(littleEndian: UInt32(0)) }
      for number in [count, count, directory.count, bytes.count] {
        result.append(littleEndian: UInt64(number))
      }
      result.append(littleEndian: ZipSignature.end64Locator)
      result.append(littleEndian: UInt32(0))
      result.append(littleEndian: UInt64(end))
      result.append(littleEndian: UInt32(1))
    }
    result.append(littleEndian: ZipSignature.end)
    result.append(littleEndian: UInt32(0))
    for _ in 0..<2 { result.append(littleEndian: UInt16(clamping: count)) }
    result.append(littleEndian: UInt32(clamping: directory.count))
    result.append(littleEndian: UInt32(clamping: bytes.count))
    result.append(littleEndian: UInt16(0))
    return Data(result)
  }

  /// What local header and directory share, from the needed version to the name's length.
  private func commonFields(
    _ name: String, checksum: UInt32, size: Int, compressedSize: Int, deflated: Bool, isWide: Bool
  ) -> [UInt8] {
    var fields: [UInt8] = []
    fields.append(littleEndian: UInt16(isWide ? 45 : 20))
    fields.append(littleEndian: UInt16(name.utf8.allSatisfy { $0 < 0x80 } ? 0 : 0x800))
    fields.append(littleEndian: UInt16(deflated ? 8 : 0))
    fields.append(littleEndian: UInt16(0))  // 00:00
    fields.append(littleEndian: UInt16(1 << 5 | 1))  // 1 January 1980
    fields.append(littleEndian: checksum)
    fields.append(littleEndian: isWide ? UInt32.max : UInt32(compressedSize))
    fields.append(littleEndian: isWide ? UInt32.max : UInt32(size))
    fields.append(littleEndian: UInt16(name.utf8.count))
    return fields
  }

  private func extraField(_ numbers: [Int]) -> [UInt8] {
    var field: [UInt8] = []
    field.append(littleEndian: UInt16(1))
    field.append(littleEndian: UInt16(8 * numbers.count))
    for number in numbers { field.append(littleEndian: UInt64(number)) }
    return field
  }
}
