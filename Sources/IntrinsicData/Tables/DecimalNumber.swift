/// Decimal numbers in text.
enum DecimalNumber {
  /// The number nearest to a text such as `-12.5e-3`, or nil if the text is something else; NaN and
  /// infinity by their names are numbers too.
  ///
  /// Up to 19 digits with exponents up to ±22 are converted here, exactly as correct rounding
  /// demands where the digits fit 53 bits (Clinger 1990, the fast path); the rest by the standard
  /// library.
  @inline(__always)
  static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    var index = 0
    let count = text.count
    guard count > 0 else { return nil }
    let isNegative = text[0] == UInt8(ascii: "-")
    if isNegative || text[0] == UInt8(ascii: "+") { index = 1 }
    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    let start = index
    while index < count, case let digit = text[index] &- UInt8(ascii: "0"), digit < 10 {
      digits = digits &* 10 &+ UInt64(digit)
      index += 1
    }
    digitCount = index - start
    if index < count, text[index] == UInt8(ascii: ".") {
      index += 1
      let fraction = index
      while index < count, case let digit = text[index] &- UInt8(ascii: "0"), digit < 10 {
        digits = digits &* 10 &+ UInt64(digit)
        index += 1
      }
      digitCount += index - fraction
      exponent = fraction - index
    }
    guard digitCount > 0 else { return named(text) }
    if index < count, text[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      let isBelow = index < count && text[index] == UInt8(ascii: "-")
      if isBelow || index < count && text[index] == UInt8(ascii: "+") { index += 1 }
      let first = index
      var value = 0
      while index < count, case let digit = text[index] &- UInt8(ascii: "0"), digit < 10 {
        value = min(value * 10 + Int(digit), 100_000)
        index += 1
      }
      guard index > first else { return nil }
      exponent += isBelow ? -value : value
    }
    guard index == count else { return nil }
    guard digitCount <= 19, digits <= 1 << 53, exponent >= -22, exponent <= 22 else {
      return Double(String(decoding: text, as: UTF8.self))
    }
    let value = Double(digits)
    let magnitude = exponent < 0 ? value / powers[-exponent] : value * powers[exponent]
    return isNegative ? -magnitude : magnitude
  }

  /// 10⁰ to 10²², which are exact.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private static func named(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard text.count <= 9 else { return nil }
    return switch String(decoding: text, as: UTF8.self).lowercased() {
    case "nan", "+nan", "-nan": .nan
    case "inf", "+inf", "infinity", "+infinity": .infinity
    case "-inf", "-infinity": -.infinity
    default: nil
    }
  }
}
