/// Arrays of texts as NumPy stores them: as many code points (`<U3`) or bytes (`|S3`) for each, the rest 0.
struct TextArray {
  private let width: Int
  private let isUnicode: Bool
  private let isBigEndian: Bool

  /// The longest texts that are read.
  private static let greatestWidth = 1 << 16

  /// Nil if the descriptor is not that of texts.
  init?(_ descriptor: String) {
    guard let order = descriptor.first, "<>|".contains(order),
      let kind = descriptor.dropFirst().first, kind == "U" || kind == "S",
      let width = Int(descriptor.dropFirst(2)), (1...Self.greatestWidth).contains(width)
    else { return nil }
    (self.width, isUnicode, isBigEndian) = (width, kind == "U", order == ">")
  }

  /// The numbers of the texts in the order in which they first occur.
  func tensor(
    _ header: NPYHeader, from source: inout some ByteSource, _ place: DataError.Place
  ) throws(DataError) -> Tensor {
    let size = width * (isUnicode ? 4 : 1)
    guard !header.isFortranOrder || header.shape.count <= 1,
      let count = Tensor.byteCount(shape: header.shape, size: 1),
      Tensor.byteCount(shape: header.shape, size: max(size, 8)) != nil
    else {
      throw .unsupported(
        place, found: "texts of shape \(header.shape)",
        remedy: "Save one text a sample, in a plain array.")
    }
    let elements = source.place
    guard count * size >= source.remaining else {
      throw .malformed(
        elements, "\(count) texts take \(count * size) bytes, but there are \(source.remaining)")
    }
    let bytes = try source.read(count * size, part: "texts of shape \(header.shape)")
    var (texts, numbers): ([String], [Int64]) = ([], [])
    var known: [String: Int64] = [:]
    for index in 0..<count {
      let part = bytes[index * size..<(index + 1) * size]
      guard let text = isUnicode ? unicode(part) : String(validating: trimmed(part), as: UTF8.self)
      else {
        throw .malformed(elements, "text \(index), counted from 0, is no valid text")
      }
      let number = known[text] ?? Int64(texts.count)
      if known.updateValue(number, forKey: text) == nil { texts.append(text) }
      numbers.append(number)
    }
    return Tensor(texts: texts, numbers: numbers, shape: header.shape)
  }

  private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    bytes[..<(bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex)]
  }

  private func unicode(_ bytes: ArraySlice<UInt8>) -> String? {
    var scalars = String.UnicodeScalarView()
    var end = 0
    for first in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
      let part =
        isBigEndian ? Array(bytes[first..<first + 4].reversed()) : Array(bytes[first..<first + 4])
      let code = part.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard let scalar = Unicode.Scalar(code) else { return nil }
      scalars.append(scalar)
      if code != 0 { end = scalars.count }
    }
    return String(String.UnicodeScalarView(scalars.prefix(end)))
  }
}
