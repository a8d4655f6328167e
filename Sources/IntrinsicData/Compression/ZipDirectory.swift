import Foundation

/// Where the central directory of a zip archive lies, as the records at the archive's end say.
struct ZipDirectory {
  /// The bytes of the directory.
  let range: Range<Int>
  /// How many members it lists.
  let count: Int

  /// Finds the directory. Nothing may lie between it and the records that end the archive.
  init(of view: ByteView) throws(DataError) {
    let end = try Self.endRecord(of: view)
    func field(_ offset: Int, _ size: Int) throws(DataError) -> UInt64 {
      try view.unsigned(at: end + offset, size: size, part: "the end of the zip archive")
    }
    guard try field(4, 2) == field(6, 2), try field(8, 2) == field(10, 2) else {
      throw Self.severalParts(view.place(end))
    }
    var entries = try field(10, 2)
    var size = try field(12, 4)
    var offset = try field(16, 4)
    var limit = end

    if let wide = try Self.wideRecord(of: view, before: end) {
      func wideField(_ offset: Int) throws(DataError) -> UInt64 {
        try view.unsigned(at: wide + offset, size: 8, part: "the zip64 end of the archive")
      }
      let numbers = (
        entries: try wideField(32), size: try wideField(40), offset: try wideField(48)
      )
      // The old fields repeat the new ones, or are full to say that they cannot.
      guard entries == numbers.entries || entries == 0xffff,
        size == numbers.size || size == 0xffff_ffff,
        offset == numbers.offset || offset == 0xffff_ffff
      else {
        throw .malformed(view.place(wide), "the two records at the archive's end disagree")
      }
      (entries, size, offset) = numbers
      limit = wide
    }

    guard let begin = Int(exactly: offset), let length = Int(exactly: size),
      begin <= limit, length == limit - begin
    else {
      throw .malformed(
        view.place(end),
        "the central directory is said to have \(size) bytes from \(offset), "
          + "but must end at \(limit)")
    }
    // A member takes at least 46 bytes.
    guard entries <= UInt64(length / 46) else {
      throw .malformed(
        view.place(end), "\(entries) members are declared in a directory of \(length) bytes")
    }
    range = begin..<limit
    count = Int(entries)
  }

  /// The offset of the record that ends the archive: the last whose comment reaches the end.
  private static func endRecord(of view: ByteView) throws(DataError) -> Int {
    var position = view.count - 22
    while position >= 0, position >= view.count - 22 - 0xffff {
      if try view.unsigned(at: position, size: 4, part: "") == ZipSignature.end,
        Int(try view.unsigned(at: position + 20, size: 2, part: "")) == view.count - position - 22
      {
        return position
      }
      position -= 1
    }
    throw .malformed(
      view.place(0), found: "the data are not a zip archive, or its end is missing",
      remedy: "Save the arrays with numpy.savez, or fetch the file again.")
  }

  /// The offset of the zip64 record, if there is one.
  private static func wideRecord(of view: ByteView, before end: Int) throws(DataError) -> Int? {
    let part = "the zip64 end of the archive"
    let locator = end - 20
    guard locator >= 0,
      try view.unsigned(at: locator, size: 4, part: part) == ZipSignature.end64Locator
    else { return nil }
    let offset = try view.unsigned(at: locator + 8, size: 8, part: part)
    guard let record = Int(exactly: offset), record <= locator - 56,
      try view.unsigned(at: record, size: 4, part: part) == ZipSignature.end64,
      try view.unsigned(at: record + 4, size: 8, part: part) == UInt64(locator - record - 12)
    else {
      throw .malformed(view.place(locator), "there is no zip64 record at byte \(offset)")
    }
    guard try view.unsigned(at: record + 16, size: 8, part: part) == 0,
      try view.unsigned(at: record + 24, size: 8, part: part)
        == view.unsigned(at: record + 32, size: 8, part: part)
    else { throw severalParts(view.place(record)) }
    return record
  }

  private static func severalParts(_ place: DataError.Place) -> DataError {
    .unsupported(
      place, found: "the zip archive is in several parts", remedy: "Join the parts first.")
  }
}
