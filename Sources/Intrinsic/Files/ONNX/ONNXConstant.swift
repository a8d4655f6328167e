import Foundation
import IntrinsicData
import IntrinsicProtobuf

/// Numbers or texts that an ONNX file holds.
struct ONNXConstant {
  var shape: [Int]
  var numbers: [Double] = []
  /// The texts, if it holds no numbers.
  var texts: [String]?

  /// The numbers as whole ones, those beyond what a size or an axis can be cut to a billion.
  var integers: [Int] { numbers.map { $0.isNaN ? 0 : Int(min(max($0, -1e9), 1e9)) } }

  var scalar: Double? { numbers.count == 1 ? numbers[0] : nil }

  init(_ numbers: [Double], shape: [Int]? = nil) {
    self.numbers = numbers
    self.shape = shape ?? [numbers.count]
  }

  /// - Parameters:
  ///   - tensor: of the file.
  ///   - url: the file, beside which tensors of their own files are.
  /// - Throws: `DataError` if its bytes are not those of its shape, or it is of a type that is not read here.
  init(_ tensor: ONNXTensorProto, in url: URL) throws(DataError) {
    let place = DataError.Place(file: url.path, member: tensor.name)
    shape = tensor.dims.map { Int(clamping: $0) }
    let product = Self.product(of: shape)
    if tensor.dataType == .text {
      let list = tensor.stringData.map { String(decoding: $0, as: UTF8.self) }
      guard product == list.count else {
        throw Self.damaged(place, "\(list.count) texts for the shape \(shape)")
      }
      texts = list
      return
    }
    guard let type = StoredType(tensor.dataType) else {
      throw .unsupported(
        place,
        found: "its elements are of type \(tensor.dataType.rawValue), which is not read here",
        remedy: "Export the network with weights in single or double precision.")
    }
    let raw =
      tensor.dataLocation == .external
      ? try Self.external(tensor, beside: url, place)
      : tensor.rawData
    numbers =
      raw.isEmpty
      ? try Self.listed(tensor, type, place) : try Self.stored(raw, type, shape, place)
    guard product == numbers.count else {
      throw Self.damaged(place, "\(numbers.count) numbers for the shape \(shape)")
    }
  }

  /// The numbers of this constant at the places of a larger shape, along whose axes of other sizes they are repeated;
  /// nil if it has other sizes than 1 and those.
  func numbers(at shape: [Int]) -> [Double]? {
    guard self.shape.count <= shape.count else { return nil }
    let own = [Int](repeating: 1, count: shape.count - self.shape.count) + self.shape
    guard zip(own, shape).allSatisfy({ $0 == 1 || $0 == $1 }),
      shape.reduce(1, { $0 * Double($1) }) <= 1e8
    else { return nil }
    return (0..<shape.reduce(1, *)).map { place in
      var (rest, index, stride) = (place, 0, 1)
      for (size, own) in zip(shape, own).reversed() {
        if own > 1 { index += rest % size * stride }
        stride *= own
        rest /= size
      }
      return numbers[index]
    }
  }

  /// Number by number, repeated where one has the size 1; nil if their shapes do not go together.
  func combined(
    with other: ONNXConstant, _ operation: (Double, Double) -> Double
  ) -> ONNXConstant? {
    let count = max(shape.count, other.shape.count)
    let (a, b) = (
      [Int](repeating: 1, count: count - shape.count) + shape,
      [Int](repeating: 1, count: count - other.shape.count) + other.shape
    )
    let sizes = zip(a, b).map { max($0, $1) }
    guard let left = numbers(at: sizes), let right = other.numbers(at: sizes) else { return nil }
    return ONNXConstant(zip(left, right).map(operation), shape: sizes)
  }

  /// The Euclidean lengths over some axes, which keep the size 1.
  func lengths(over axes: [Int]) -> ONNXConstant {
    let kept = shape.enumerated().map { axes.contains($0) ? 1 : $1 }
    var squares = [Double](repeating: 0, count: kept.reduce(1, *))
    let places = ONNXConstant(squares.indices.map(Double.init), shape: kept).numbers(at: shape)!
    for (place, number) in zip(places, numbers) { squares[Int(place)] += number * number }
    return ONNXConstant(squares.map { $0.squareRoot() }, shape: kept)
  }

  /// The number of elements of a shape; nil if there is no such number.
  static func product(of shape: [Int]) -> Int? {
    var product = 1
    for size in shape {
      let (next, overflows) = product.multipliedReportingOverflow(by: size)
      if size < 0 || overflows { return nil }
      product = next
    }
    return product
  }

  private static func damaged(_ place: DataError.Place, _ found: String) -> DataError {
    .malformed(place, found: found, remedy: "The file is damaged; export it again.")
  }

  /// Numbers that are fields of their own; those of half precision are numbers of their bits.
  private static func listed(
    _ tensor: ONNXTensorProto, _ type: StoredType, _ place: DataError.Place
  ) throws(DataError) -> [Double] {
    switch type {
    case .float32: tensor.floatData.map(Double.init)
    case .float64: tensor.doubleData
    case .int64: tensor.int64Data.map(Double.init)
    case .uint32, .uint64: tensor.uint64Data.map(Double.init)
    case .float16, .bfloat16:
      try stored(
        Data(
          tensor.int32Data.flatMap {
            [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
          }),
        type, [tensor.int32Data.count], place)
    case .int8, .int16, .int32, .uint8, .uint16, .bool: tensor.int32Data.map(Double.init)
    }
  }

  /// Numbers as they lie in memory.
  private static func stored(
    _ raw: Data, _ type: StoredType, _ shape: [Int], _ place: DataError.Place
  ) throws(DataError) -> [Double] {
    guard type.byteCount(shape: shape) == raw.count else {
      throw damaged(place, "\(raw.count) bytes for the shape \(shape)")
    }
    let tensor = try type.tensor(shape: shape, bytes: [UInt8](raw), start: place)
    // The ends of slices are whole numbers that no Double equals.
    return tensor.elementType == .int64
      ? try tensor.ints.map(Double.init) : try tensor.doubles
  }

  /// The bytes of a tensor that are in a file of their own, in the folder of the graph.
  private static func external(
    _ tensor: ONNXTensorProto, beside url: URL, _ place: DataError.Place
  ) throws(DataError) -> Data {
    let entries = Dictionary(
      tensor.externalData.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    let location = entries["location"] ?? ""
    guard !location.isEmpty, !location.hasPrefix("/"),
      !location.split(separator: "/").contains("..")
    else { throw damaged(place, "its numbers are in “\(location)”, no file beside the network") }
    let data = try DataFile.read(url.deletingLastPathComponent().appendingPathComponent(location))
    let offset = Int(entries["offset"] ?? "0") ?? -1
    let length = entries["length"].map { Int($0) ?? -1 } ?? data.count - offset
    guard offset >= 0, length >= 0, offset <= data.count, length <= data.count - offset else {
      throw damaged(
        .init(file: location, member: tensor.name),
        "byte \(offset) with \(length) bytes after it is beyond its \(data.count) bytes")
    }
    return data.subdata(in: offset..<offset + length)
  }
}

extension StoredType {
  fileprivate init?(_ element: ONNXTensorProto.Element) {
    switch element {
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .uint8: self = .uint8
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .bool: self = .bool
    case .unknown, .text, .UNRECOGNIZED: return nil
    }
  }
}
