/// An element type as files store it; types that ``ElementType`` lacks are widened on reading.
package enum StoredType: CaseIterable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool

  /// The size of a stored element in bytes.
  var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The nearest type that holds every value, of unsigned numbers of 64 bits those below 2⁶³.
  var elementType: ElementType {
    switch self {
    case .float16, .bfloat16, .float32: .float32
    case .float64: .float64
    case .int8, .int16, .int32, .uint16: .int32
    case .int64, .uint32, .uint64: .int64
    case .uint8: .uint8
    case .bool: .bool
    }
  }

  /// Stored elements as a tensor.
  ///
  /// - Parameters:
  ///   - bytes: As many as shape and type need.
  ///   - start: Where the bytes begin, for messages.
  package func tensor(
    shape: [Int], bytes: [UInt8], bigEndian: Bool = false, start: DataError.Place
  ) throws(DataError) -> Tensor {
    if self == .bool, let position = bytes.firstIndex(where: { $0 > 1 }) {
      var place = start
      place.offset = start.offset.map { $0 + position }
      throw .malformed(
        place, found: "a bool is \(bytes[position]), not 0 or 1",
        remedy: "Write it again from clean data, or as uint8.")
    }
    let ordered = bigEndian && size > 1 ? swapped(bytes) : bytes
    if self == .uint64,
      let last = stride(from: 7, to: ordered.count, by: 8).first(where: { ordered[$0] > 127 })
    {
      throw .unsupported(
        start, found: "element \(last / 8) is 2⁶³ or more",
        remedy: "Save smaller whole numbers, or float64.")
    }
    return Tensor(elementType: elementType, shape: shape, bytes: widened(ordered))
  }

  /// The bytes that a stored array has, or nil if they, or those of its tensor, are more than can be counted.
  package func byteCount(shape: [Int]) -> Int? {
    guard Tensor.byteCount(shape: shape, size: elementType.size) != nil else { return nil }
    return Tensor.byteCount(shape: shape, size: size)
  }

  private func widened(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .float32, .float64, .int32, .int64, .uint8, .uint64, .bool: bytes
    case .float16: Self.map(bytes, as: UInt16.self) { Self.float(half: $0) }
    case .bfloat16: Self.map(bytes, as: UInt16.self) { UInt32($0) << 16 }
    case .int8: Self.map(bytes, as: Int8.self) { Int32($0) }
    case .int16: Self.map(bytes, as: Int16.self) { Int32($0) }
    case .uint16: Self.map(bytes, as: UInt16.self) { Int32($0) }
    case .uint32: Self.map(bytes, as: UInt32.self) { Int64($0) }
    }
  }

  private func swapped(_ bytes: [UInt8]) -> [UInt8] {
    switch size {
    case 2: Self.map(bytes, as: UInt16.self) { $0.byteSwapped }
    case 4: Self.map(bytes, as: UInt32.self) { $0.byteSwapped }
    default: Self.map(bytes, as: UInt64.self) { $0.byteSwapped }
    }
  }

  private static func map<T: FixedWidthInteger, U: FixedWidthInteger>(
    _ bytes: [UInt8], as type: T.Type, _ transform: (T) -> U
  ) -> [UInt8] {
    let count = bytes.count / MemoryLayout<T>.size
    let size = count * MemoryLayout<U>.size
    return [UInt8](unsafeUninitializedCapacity: size) { target, initialized in
      let target = UnsafeMutableRawBufferPointer(target)
      bytes.withUnsafeBytes { source in
        for index in 0..<count {
          let value = source.loadUnaligned(
            fromByteOffset: index * MemoryLayout<T>.size, as: type)
          target.storeBytes(
            of: transform(value), toByteOffset: index * MemoryLayout<U>.size, as: U.self)
        }
      }
      initialized = size
    }
  }

  /// The bits of the `Float` that equals an IEEE half-precision number.
  static func float(half: UInt16) -> UInt32 {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10 & 0x1f)
    let fraction = UInt32(half & 0x3ff)
    switch exponent {
    case 0:  // Subnormal: fraction · 2⁻²⁴, exact in Float.
      return sign | (Float(fraction) * 0x1p-24).bitPattern
    case 0x1f: return sign | 0x7f80_0000 | fraction << 13
    default: return sign | (exponent + 127 - 15) << 23 | fraction << 13
    }
  }
}
