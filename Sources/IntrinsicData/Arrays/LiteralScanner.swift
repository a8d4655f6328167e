/// Reads the text of nested values, such as JSON, token by token, with the place of every fault.
protocol LiteralScanner {
  var text: [UInt8] { get }
  /// Where the text begins in the file, for messages.
  var start: DataError.Place { get }
  var position: Int { get set }
}

extension LiteralScanner {
  /// A place in the file; the current one by default.
  func place(_ position: Int? = nil) -> DataError.Place {
    var place = start
    place.offset = start.offset.map { $0 + (position ?? self.position) }
    return place
  }

  func failure(_ found: String, at position: Int? = nil) -> DataError {
    .malformed(place(position), found)
  }

  mutating func expect(_ token: String) throws(DataError) {
    guard skip(token) else { throw failure("“\(token)” was expected") }
  }

  mutating func skip(_ token: String) -> Bool {
    skipSpace()
    guard text[position...].starts(with: token.utf8) else { return false }
    position += token.utf8.count
    return true
  }

  mutating func skipSpace() {
    while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
  }

  /// Checks that only spaces follow.
  mutating func requireEnd() throws(DataError) {
    skipSpace()
    guard position == text.count else { throw failure("the text goes on after its end") }
  }

  /// Reads the digits of a whole number, 0 if there are none.
  mutating func digits() throws(DataError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < text.count, let digit = text[position].asciiDigit {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(digit)
      guard !overflow, !carry else { throw failure("the number overflows", at: start) }
      value = sum
      position += 1
    }
    return value
  }
}

extension UInt8 {
  /// The value of an ASCII digit.
  var asciiDigit: Int? { (0x30...0x39).contains(self) ? Int(self) - 0x30 : nil }
}
