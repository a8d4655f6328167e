import Foundation

/// Reads JSON (RFC 8259) whose form is known, value by value, with the place of every fault.
///
/// Unlike Foundation's decoder it refuses keys that occur twice.
struct JSONScanner: LiteralScanner {
  let text: [UInt8]
  /// Its member is what the text now read is about.
  var start: DataError.Place
  var position = 0

  init(_ text: [UInt8], start: DataError.Place) throws(DataError) {
    self.text = text
    self.start = start
    guard String(bytes: text, encoding: .utf8) != nil else {
      throw failure("the text is not UTF-8")
    }
  }

  /// Reads an object. The body reads the value of each key; it gets the key and where it begins.
  mutating func object(
    _ body: (inout JSONScanner, String, Int) throws(DataError) -> Void
  ) throws(DataError) {
    var keys: Set<String> = []
    try expect("{")
    if skip("}") { return }
    repeat {
      skipSpace()
      let start = position
      let key = try string()
      guard keys.insert(key).inserted else {
        throw failure("“\(printable(key))” occurs twice", at: start)
      }
      try expect(":")
      try body(&self, key, start)
    } while skip(",")
    try expect("}")
  }

  /// Reads an array of whole numbers ≥ 0.
  mutating func integers() throws(DataError) -> [Int] {
    var values: [Int] = []
    try expect("[")
    if skip("]") { return values }
    repeat { values.append(try integer()) } while skip(",")
    try expect("]")
    return values
  }

  /// Reads a string.
  mutating func string() throws(DataError) -> String {
    guard skip("\"") else { throw failure("a string was expected") }
    var bytes: [UInt8] = []
    while position < text.count {
      let byte = text[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"): bytes += try String(escape()).utf8
      case ..<0x20: throw failure("a string has a control character", at: position - 1)
      default: bytes.append(byte)
      }
    }
    throw failure("a string does not end")
  }

  private mutating func escape() throws(DataError) -> Unicode.Scalar {
    let start = position - 1
    guard position < text.count else { throw failure("a string does not end") }
    let letter = text[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw failure("a string has an unknown escape", at: start)
    }
    var code = try codeUnit(start)
    if (0xd800..<0xdc00).contains(code), text[position...].starts(with: "\\u".utf8) {
      position += 2
      let low = try codeUnit(start)
      // Not the second half of a pair: leave a code that no character has.
      code =
        (0xdc00..<0xe000).contains(low) ? 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00) : code
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("a string has half a surrogate pair", at: start)
    }
    return scalar
  }

  private mutating func codeUnit(_ start: Int) throws(DataError) -> UInt32 {
    guard text.count - position >= 4,
      text[position..<(position + 4)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: text[position..<(position + 4)], as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits were expected", at: start) }
    position += 4
    return code
  }

  private mutating func integer() throws(DataError) -> Int {
    skipSpace()
    let start = position
    let value = try digits()
    guard position > start, position == start + 1 || text[start] != UInt8(ascii: "0") else {
      throw failure("a whole number ≥ 0 was expected", at: start)
    }
    return value
  }
}
