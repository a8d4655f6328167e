/// An array of numbers as files hold it: a shape, an element type and bytes.
///
/// Elements are row-major (the last index runs fastest), contiguous and little-endian. A tensor of
/// shape `[]` is one number; a tensor with a 0 in its shape is empty.
///
/// Two tensors are equal if shapes, types and bytes are: NaN equals itself here, and 0 does not
/// equal −0.
public struct Tensor: Equatable, Sendable {
  /// The size along each axis.
  public let shape: [Int]
  /// The type of every element.
  public let elementType: ElementType
  /// The elements: `count × elementType.size` bytes.
  public let bytes: [UInt8]

  /// The texts that the elements number, of arrays of texts; nil for numbers.
  public private(set) var texts: [String]?

  /// The number of elements: the product of the shape.
  public var count: Int { bytes.count / elementType.size }

  /// A tensor of elements already in row-major, little-endian order. Bytes of a `bool` are 0 or 1.
  public init(elementType: ElementType, shape: [Int], bytes: [UInt8]) {
    let needed = Self.byteCount(shape: shape, size: elementType.size)
    precondition(
      needed == bytes.count,
      "Shape \(shape) of \(elementType) needs \(needed.map(String.init) ?? "too many") bytes, "
        + "not \(bytes.count).")
    precondition(
      elementType != .bool || bytes.allSatisfy { $0 <= 1 }, "Bytes of a bool are 0 or 1.")
    self.shape = shape
    self.elementType = elementType
    self.bytes = bytes
  }

  /// Numbers of texts, each below their count.
  init(texts: [String], numbers: [Int64], shape: [Int]) {
    self.init(
      elementType: .int64, shape: shape, bytes: numbers.withUnsafeBytes { [UInt8]($0) })
    self.texts = texts
  }

  /// The bytes that a tensor needs, or nil if a size is negative or the number does not fit.
  ///
  /// An empty tensor counts its other sizes too: a shape that would overflow without its 0 is
  /// refused, so that products of any of its sizes are safe.
  static func byteCount(shape: [Int], size: Int) -> Int? {
    var product = size
    for length in shape {
      guard length >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(length, 1))
      if overflow { return nil }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }

  /// The indices, one for each axis, of the element at a row-major position.
  func indices(ofElement position: Int) -> [Int] {
    var rest = position
    var indices: [Int] = []
    for length in shape.reversed() {
      indices.append(rest % length)
      rest /= length
    }
    return indices.reversed()
  }
}

#if !_endian(little)
  #error("Tensors are read and written as they lie in memory; that needs a little-endian machine.")
#endif
