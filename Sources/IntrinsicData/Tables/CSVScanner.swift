/// Fields of comma-separated text (RFC 4180), front to back: quoted fields may hold delimiters, line
/// ends and doubled quotes; lines end with LF or CRLF.
struct CSVScanner {
  /// Where a field lies in the text.
  struct Field {
    /// The bytes without quotes and without the blanks around them.
    var range: Range<Int>
    /// Whether doubled quotes within stand for one.
    var hasDoubledQuotes: Bool
    /// The line that it begins on, counted from 1.
    var line: Int
    /// Whether it is the last of its row.
    var endsRow: Bool
  }

  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let quote = UInt8(ascii: "\"")

  let bytes: UnsafeBufferPointer<UInt8>
  let delimiter: UInt8
  let file: String
  private(set) var position: Int
  private(set) var line: Int

  /// Begins at the first row, after a byte-order mark. The delimiter is the comma if the first line
  /// has one outside quotes, else the semicolon or the tab, unless it is known.
  init(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String, delimiter: UInt8? = nil, line: Int = 1
  ) {
    self.bytes = bytes
    self.file = file
    self.line = line
    position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    if let delimiter {
      self.delimiter = delimiter
      return
    }
    // Between quotes a delimiter is none.
    var isQuoted = false
    var candidates: Set<UInt8> = []
    for byte in bytes[position...].prefix(while: { $0 != Self.lineFeed }) {
      if byte == Self.quote { isQuoted.toggle() }
      if !isQuoted { candidates.insert(byte) }
    }
    self.delimiter =
      [",", ";", "\t"].map { (text: Unicode.Scalar) in UInt8(ascii: text) }
      .first(where: candidates.contains) ?? UInt8(ascii: ",")
  }

  /// Passes over empty lines and lines of blanks; false at the end of the text.
  mutating func beginRow() -> Bool {
    var place = position
    while place < bytes.count {
      if bytes[place] == Self.lineFeed {
        line += 1
        position = place + 1
      } else if !Self.isBlank(bytes[place]) || bytes[place] == delimiter {
        return true
      }
      place += 1
    }
    position = bytes.count
    return false
  }

  /// What is left of the line, without its end.
  mutating func restOfLine() -> Slice<UnsafeBufferPointer<UInt8>> {
    var end = position
    while end < bytes.count, bytes[end] != Self.lineFeed { end += 1 }
    let text = bytes[position..<end]
    position = min(end + 1, bytes.count)
    line += 1
    return text.last == Self.carriageReturn ? text.dropLast() : text
  }

  /// The next field of the row.
  @inline(__always)
  mutating func next() throws(DataError) -> Field {
    let (count, delimiter) = (bytes.count, delimiter)
    var start = position
    while start < count, Self.isBlank(bytes[start]), bytes[start] != delimiter { start += 1 }
    if start < count, bytes[start] == Self.quote { return try quoted(from: start) }
    var end = start
    while end < count, bytes[end] != delimiter, bytes[end] != Self.lineFeed { end += 1 }
    let endsRow = end == count || bytes[end] == Self.lineFeed
    let begun = line
    position = end < count ? end + 1 : end
    if endsRow { line += 1 }
    while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
    return Field(range: start..<end, hasDoubledQuotes: false, line: begun, endsRow: endsRow)
  }

  private mutating func quoted(from opening: Int) throws(DataError) -> Field {
    let begun = line
    var end = opening + 1
    var hasDoubledQuotes = false
    while true {
      guard end < bytes.count else {
        throw .malformed(
          .init(file: file, line: begun), found: "a quoted field has no end",
          remedy: "Close the quote, and double a quote that belongs to the text.")
      }
      if bytes[end] == Self.quote {
        guard end + 1 < bytes.count, bytes[end + 1] == Self.quote else { break }
        hasDoubledQuotes = true
        end += 1
      } else if bytes[end] == Self.lineFeed {
        line += 1
      }
      end += 1
    }
    var after = end + 1
    while after < bytes.count, Self.isBlank(bytes[after]), bytes[after] != delimiter { after += 1 }
    let endsRow = after == bytes.count || bytes[after] == Self.lineFeed
    guard endsRow || bytes[after] == delimiter else {
      throw .malformed(
        .init(file: file, line: line), found: "text follows a quoted field",
        remedy: "Quote all of the field, and double a quote that belongs to the text.")
    }
    position = min(after + 1, bytes.count)
    if endsRow { line += 1 }
    return Field(
      range: (opening + 1)..<end, hasDoubledQuotes: hasDoubledQuotes, line: begun,
      endsRow: endsRow)
  }

  /// The text of a field; bytes that are not UTF-8 are replaced.
  func text(_ field: Field) -> String {
    let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[field.range]), as: UTF8.self)
    return field.hasDoubledQuotes
      ? text.split(separator: "\"\"", omittingEmptySubsequences: false)
        .joined(separator: "\"") : text
  }

  /// A space, a tab, or the first half of CRLF.
  @inline(__always)
  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == carriageReturn
  }
}
