import Foundation

/// NumPy's format for one array.
public enum NPY {
  /// The tensor as an npy file: format version 1.0 (2.0 if the header needs it), row-major, the
  /// bytes that NumPy writes.
  public static func encode(_ tensor: Tensor) -> Data { Data(bytes(of: tensor)) }

  /// The tensor in an npy file.
  ///
  /// Versions 1.0 to 3.0, both orders and both endiannesses are read. Element types that
  /// ``ElementType`` lacks become the nearest that holds every value: `f2` becomes `float32`;
  /// `i1`, `i2` and `u2` become `int32`; `u4` becomes `int64`.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - file: Its name, for messages.
  public static func decode(_ data: Data, file: String) throws(DataError) -> Tensor {
    var source = PlainSource(ByteView(data, file: file))
    return try decode(from: &source)
  }

  /// Reads an npy file.
  public static func read(_ url: URL) throws(DataError) -> Tensor {
    try decode(DataFile.read(url), file: url.path)
  }

  /// Writes an npy file whole.
  public static func write(_ tensor: Tensor, to url: URL) throws(DataError) {
    try AtomicFile.write(encode(tensor), to: url)
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// No honest header is longer; NumPy itself stops at 10,000 bytes.
  private static let greatestHeader = 1 << 20

  static func bytes(of tensor: Tensor) -> [UInt8] {
    var header = Array(
      NPYHeader(descriptor: descriptor(tensor.elementType), shape: tensor.shape).text.utf8)
    let lengthSize = header.count + magic.count + 4 + 64 > Int(UInt16.max) ? 4 : 2
    // Spaces and a newline, so that the elements begin at a multiple of 64. As in NumPy, 64 spaces
    // where none would do.
    let unpadded = magic.count + 2 + lengthSize + header.count + 1
    header += [UInt8](repeating: 0x20, count: 64 - unpadded % 64) + [0x0a]
    precondition(header.count <= greatestHeader, "The rank \(tensor.shape.count) is too great.")

    var bytes = magic + (lengthSize == 2 ? [1, 0] : [2, 0])
    bytes.reserveCapacity(bytes.count + lengthSize + header.count + tensor.bytes.count)
    if lengthSize == 2 {
      bytes.append(littleEndian: UInt16(header.count))
    } else {
      bytes.append(littleEndian: UInt32(header.count))
    }
    return bytes + header + tensor.bytes
  }

  /// Reads a tensor that fills all of a source. Memory for the elements is taken only once the
  /// header agrees with the size of the source.
  static func decode(from source: inout some ByteSource) throws(DataError) -> Tensor {
    let start = source.place
    let preamble = try source.read(8, part: "the npy magic and version")
    guard preamble.starts(with: magic) else {
      throw .malformed(
        start, found: "the data do not begin as an npy file does",
        remedy: "Save the array with numpy.save.")
    }
    let version = (preamble[6], preamble[7])
    guard version.0 >= 1, version.0 <= 3, version.1 == 0 else {
      throw .unsupported(
        start, found: "the npy version is \(version.0).\(version.1), not 1.0, 2.0 or 3.0",
        remedy: "Save the array with numpy.save.")
    }
    let lengthPlace = source.place
    let length = try source.read(version.0 == 1 ? 2 : 4, part: "the header's length")
      .littleEndianValue
    guard length <= greatestHeader else {
      throw .malformed(lengthPlace, "the header has \(length) bytes, more than \(greatestHeader)")
    }
    let headerPlace = source.place
    let header = try NPYHeader(
      parsing: source.read(Int(length), part: "the header"), start: headerPlace)
    if let texts = TextArray(header.descriptor) {
      return try texts.tensor(header, from: &source, headerPlace)
    }
    let (type, isBigEndian) = try storedType(header.descriptor, headerPlace)
    guard let size = type.byteCount(shape: header.shape) else {
      throw .malformed(headerPlace, "the shape \(brief(header.shape)) overflows")
    }

    let elements = source.place
    let part = "\(type) of shape \(brief(header.shape))"
    guard size >= source.remaining else {
      throw .malformed(
        elements, "\(part) takes \(size) bytes, but there are \(source.remaining)")
    }
    let tensor = try type.tensor(
      shape: header.shape, bytes: source.read(size, part: part), bigEndian: isBigEndian,
      start: elements)
    return header.isFortranOrder ? tensor.rowMajorFromFortran() : tensor
  }

  private static func descriptor(_ type: ElementType) -> String {
    switch type {
    case .float32: "<f4"
    case .float64: "<f8"
    case .int32: "<i4"
    case .int64: "<i8"
    case .uint8: "|u1"
    case .bool: "|b1"
    }
  }

  private static func storedType(
    _ descriptor: String, _ place: DataError.Place
  ) throws(DataError) -> (StoredType, isBigEndian: Bool) {
    let type: StoredType? =
      switch descriptor.dropFirst() {
      case "f2": .float16
      case "f4": .float32
      case "f8": .float64
      case "i1": .int8
      case "i2": .int16
      case "i4": .int32
      case "i8": .int64
      case "u1": .uint8
      case "u2": .uint16
      case "u4": .uint32
      case "u8": .uint64
      case "b1": .bool
      default: nil
      }
    if let type, let order = descriptor.first,
      order == "<" || order == ">" || (order == "|" && type.size == 1)
    {
      return (type, order == ">")
    }
    throw .unsupported(
      place,
      found: descriptor.contains("O")
        ? "the array holds Python objects" : "the element type is “\(printable(descriptor))”",
      remedy: "Convert it before saving, for example with array.astype(\"<f8\").")
  }

  /// A shape for messages; one of very many axes is cut.
  private static func brief(_ shape: [Int]) -> String {
    shape.count <= 16 ? "\(shape)" : "[\(shape[..<16].map(String.init).joined(separator: ", ")), …]"
  }
}

extension Tensor {
  /// The tensor whose first index runs fastest in `bytes`, with the elements put in row-major order.
  func rowMajorFromFortran() -> Tensor {
    // Axes of size 1 change no order.
    let sizes = shape.filter { $0 != 1 }
    guard sizes.count > 1, count > 0 else { return self }
    let bytes =
      switch elementType.size {
      case 8: Self.rowMajor(bytes, sizes: sizes, as: UInt64.self)
      case 4: Self.rowMajor(bytes, sizes: sizes, as: UInt32.self)
      default: Self.rowMajor(bytes, sizes: sizes, as: UInt8.self)
      }
    return Tensor(elementType: elementType, shape: shape, bytes: bytes)
  }

  private static func rowMajor<T: FixedWidthInteger>(
    _ bytes: [UInt8], sizes: [Int], as type: T.Type
  ) -> [UInt8] {
    var strides: [Int] = []
    var product = MemoryLayout<T>.size
    for size in sizes {
      strides.append(product)
      product *= size
    }
    let last = sizes.count - 1
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { target, initialized in
      let target = UnsafeMutableRawBufferPointer(target)
      bytes.withUnsafeBytes { source in
        var indices = [Int](repeating: 0, count: last)
        var offset = 0
        var position = 0
        while position < bytes.count {
          for index in 0..<sizes[last] {
            let value = source.loadUnaligned(
              fromByteOffset: offset + index * strides[last], as: type)
            target.storeBytes(of: value, toByteOffset: position, as: type)
            position += MemoryLayout<T>.size
          }
          // The next row: the last of the other indices runs fastest.
          var axis = last - 1
          while axis >= 0 {
            indices[axis] += 1
            offset += strides[axis]
            if indices[axis] < sizes[axis] { break }
            offset -= sizes[axis] * strides[axis]
            indices[axis] = 0
            axis -= 1
          }
        }
      }
      initialized = bytes.count
    }
  }
}
