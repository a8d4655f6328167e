/// The header of an npy file: a Python dictionary of element type, order and shape.
struct NPYHeader: Equatable {
  /// NumPy's name of the element type, such as `<f4`.
  var descriptor: String
  var isFortranOrder: Bool
  var shape: [Int]

  /// The header as NumPy writes it, without padding except the room that it leaves for growth.
  var text: String {
    let sizes = shape.map(String.init)
    let tuple = sizes.count == 1 ? "(\(sizes[0]),)" : "(\(sizes.joined(separator: ", ")))"
    let growth = sizes.first.map { String(repeating: " ", count: 21 - $0.utf8.count) } ?? ""
    let order = isFortranOrder ? "True" : "False"
    return "{'descr': '\(descriptor)', 'fortran_order': \(order), 'shape': \(tuple), }\(growth)"
  }

  /// Parses a header.
  ///
  /// - Parameter start: Where it begins, for messages.
  init(parsing text: [UInt8], start: DataError.Place) throws(DataError) {
    var parser = NPYHeaderParser(text: text, start: start)
    (descriptor, isFortranOrder, shape) = try parser.header()
  }

  init(descriptor: String, shape: [Int]) {
    self.descriptor = descriptor
    self.shape = shape
    isFortranOrder = false
  }
}

/// Parses the one form of Python literal that npy headers have.
private struct NPYHeaderParser: LiteralScanner {
  let text: [UInt8]
  let start: DataError.Place
  var position = 0

  mutating func header() throws(DataError) -> (String, Bool, [Int]) {
    var descriptor: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try expect("{")
    while !skip("}") {
      let keyPosition = position
      let key = try string()
      try expect(":")
      switch key {
      case "descr" where descriptor == nil: descriptor = try elementType()
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
      case "shape" where shape == nil: shape = try tuple()
      case "descr", "fortran_order", "shape":
        throw failure("the header has “\(key)” twice", at: keyPosition)
      default: throw failure("the header has the unknown key “\(printable(key))”", at: keyPosition)
      }
      if !skip(",") {
        try expect("}")
        break
      }
    }
    try requireEnd()
    guard let descriptor, let isFortranOrder, let shape else {
      throw failure("the header lacks “descr”, “fortran_order” or “shape”")
    }
    return (descriptor, isFortranOrder, shape)
  }

  private mutating func elementType() throws(DataError) -> String {
    skipSpace()
    if position < text.count, text[position] == UInt8(ascii: "[") {
      throw .unsupported(
        place(position), found: "the element type is structured",
        remedy: "Save each field as an array of its own.")
    }
    return try string()
  }

  private mutating func string() throws(DataError) -> String {
    skipSpace()
    guard position < text.count,
      text[position] == UInt8(ascii: "'") || text[position] == UInt8(ascii: "\"")
    else { throw failure("a string was expected") }
    let begin = position + 1
    guard let end = text[begin...].firstIndex(of: text[position]) else {
      throw failure("a string does not end")
    }
    guard !text[begin..<end].contains(UInt8(ascii: "\\")) else {
      throw failure("a string has an escape")
    }
    position = end + 1
    return String(decoding: text[begin..<end], as: UTF8.self)
  }

  private mutating func boolean() throws(DataError) -> Bool {
    if skip("True") { return true }
    if skip("False") { return false }
    throw failure("True or False was expected")
  }

  private mutating func tuple() throws(DataError) -> [Int] {
    var values: [Int] = []
    try expect("(")
    while !skip(")") {
      values.append(try integer())
      if !skip(",") {
        guard values.count > 1 else { throw failure("a tuple of one number needs a comma") }
        try expect(")")
        break
      }
    }
    return values
  }

  private mutating func integer() throws(DataError) -> Int {
    skipSpace()
    let begin = position
    let value = try digits()
    guard position > begin else { throw failure("a size ≥ 0 was expected") }
    _ = skip("L")  // Python 2 wrote long integers so.
    return value
  }
}
