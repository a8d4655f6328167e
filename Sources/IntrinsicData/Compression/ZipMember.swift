import Foundation

/// A member of a zip archive, as the central directory lists it.
struct ZipMember {
  let name: String
  let isDeflated: Bool
  /// CRC-32 of the content.
  let checksum: UInt32
  /// The bytes in the archive.
  let compressedSize: Int
  /// The bytes of the content, as declared.
  let size: Int
  /// Where the member's local header begins in the archive.
  let headerOffset: Int
  /// Where its entry in the central directory begins.
  let entryOffset: Int
  /// The length of that entry.
  let entryLength: Int
  private let nameBytes: [UInt8]

  /// Reads the entry of the central directory at an offset.
  init(of view: ByteView, entryAt start: Int) throws(DataError) {
    let part = "an entry of the central directory"
    let fixed = try view.bytes(at: start, count: 46, part: part)
    func field(_ offset: Int, _ size: Int) -> UInt64 {
      fixed[offset..<(offset + size)].littleEndianValue
    }
    guard field(0, 4) == ZipSignature.centralHeader else {
      throw .malformed(view.place(start), "there is no entry of the central directory")
    }
    nameBytes = try view.bytes(at: start + 46, count: Int(field(28, 2)), part: "a member's name")
    let extra = try view.bytes(
      at: start + 46 + nameBytes.count, count: Int(field(30, 2)), part: "a member's extra field")
    name = try Self.checkedName(
      nameBytes, isUTF8: field(8, 2) & 0x800 != 0, view.place(start + 46))
    let place = view.place(start, member: name)
    try Self.requireReadable(flags: field(8, 2), method: field(10, 2), place)

    // Sizes that do not fit are full here and follow in the extra field, in this order.
    var wide = Self.wideNumbers(extra)[...]
    func number(_ narrow: UInt64) throws(DataError) -> Int {
      if narrow != 0xffff_ffff { return Int(narrow) }
      guard let value = wide.popFirst() else {
        throw .malformed(place, "a zip64 size or offset is missing")
      }
      guard let number = Int(exactly: value) else {
        throw .malformed(place, "the size or offset \(value) overflows")
      }
      return number
    }
    size = try number(field(24, 4))
    compressedSize = try number(field(20, 4))
    headerOffset = try number(field(42, 4))
    isDeflated = field(10, 2) == 8
    checksum = UInt32(field(16, 4))
    entryOffset = start
    entryLength = 46 + nameBytes.count + extra.count + Int(field(32, 2))

    guard isDeflated || size == compressedSize else {
      throw .malformed(place, "\(compressedSize) stored bytes are declared as \(size)")
    }
    guard size / Inflater.greatestExpansion <= compressedSize else {
      throw .malformed(
        place, "\(compressedSize) compressed bytes are declared to hold \(size), more than they can"
      )
    }
  }

  /// The bytes of the member's data, after its local header.
  ///
  /// - Parameter end: Where members must end.
  /// - Throws: ``DataError`` if the local header says other things than the central directory.
  func dataRange(in view: ByteView, end: Int) throws(DataError) -> Range<Int> {
    let place = view.place(headerOffset, member: name)
    let fixed = try view.bytes(at: headerOffset, count: 30, part: "the header of “\(name)”")
    func field(_ offset: Int, _ size: Int) -> UInt64 {
      fixed[offset..<(offset + size)].littleEndianValue
    }
    guard field(0, 4) == ZipSignature.localHeader else {
      throw .malformed(place, "there is no member")
    }
    try Self.requireReadable(flags: field(6, 2), method: field(8, 2), place)
    let localName = try view.bytes(
      at: headerOffset + 30, count: Int(field(26, 2)), part: "the name of “\(name)”")
    let extra = try view.bytes(
      at: headerOffset + 30 + localName.count, count: Int(field(28, 2)),
      part: "the extra field of “\(name)”")
    guard localName == nameBytes, (field(8, 2) == 8) == isDeflated else {
      throw .malformed(place, "the member and the central directory disagree on name or method")
    }
    if field(6, 2) & 8 == 0 {  // Otherwise the numbers follow the data.
      var wide = Self.wideNumbers(extra)[...]
      let localSize = field(22, 4) == 0xffff_ffff ? wide.popFirst() : field(22, 4)
      let localCompressed = field(18, 4) == 0xffff_ffff ? wide.popFirst() : field(18, 4)
      guard localSize == UInt64(size), localCompressed == UInt64(compressedSize),
        field(14, 4) == UInt64(checksum)
      else {
        throw .malformed(place, "the member and the central directory disagree on size or checksum")
      }
    }
    let begin = headerOffset + 30 + localName.count + extra.count
    guard begin <= end, compressedSize <= end - begin else {
      throw .truncated(
        view.place(begin, member: name), part: "the member", needed: UInt64(compressedSize),
        available: max(0, end - begin))
    }
    return begin..<(begin + compressedSize)
  }

  /// The 64-bit numbers in the zip64 part of an extra field.
  private static func wideNumbers(_ extra: [UInt8]) -> [UInt64] {
    var position = 0
    while position + 4 <= extra.count {
      let length = Int(extra[(position + 2)..<(position + 4)].littleEndianValue)
      let begin = position + 4
      guard begin + length <= extra.count else { return [] }
      if extra[position..<(position + 2)].littleEndianValue == 1 {
        return (0..<(length / 8)).map {
          extra[(begin + 8 * $0)..<(begin + 8 * $0 + 8)].littleEndianValue
        }
      }
      position = begin + length
    }
    return []
  }

  private static func requireReadable(
    flags: UInt64, method: UInt64, _ place: DataError.Place
  ) throws(DataError) {
    guard flags & 0x2041 == 0 else {
      throw .unsupported(
        place, found: "the member is encrypted", remedy: "Write it again without a password.")
    }
    guard method == 0 || method == 8 else {
      throw .unsupported(
        place, found: "the compression method is \(method), not stored (0) or deflated (8)",
        remedy: "Write it again with numpy.savez or numpy.savez_compressed.")
    }
  }

  /// Whether a name leads to no other place than its own. Names are only keys here; those that
  /// would lead out of a folder are refused all the same, since nobody who means well writes them.
  static func isPlain(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
      && !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f || $0 == "\\" }
  }

  private static func checkedName(
    _ bytes: [UInt8], isUTF8: Bool, _ place: DataError.Place
  ) throws(DataError) -> String {
    guard let name = String(bytes: bytes, encoding: isUTF8 ? .utf8 : .ascii) else {
      throw .malformed(place, "a member's name is not \(isUTF8 ? "UTF-8" : "ASCII")")
    }
    guard isPlain(name) else {
      throw .malformed(
        place, found: "the member's name “\(printable(name))” is not a plain name",
        remedy: "Do not trust the file; write it again with plain names.")
    }
    return name
  }
}
