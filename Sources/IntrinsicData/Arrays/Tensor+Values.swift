/// Tensors from and to Swift arrays.
extension Tensor {
  /// A `float64` tensor of row-major values; one-dimensional without a shape.
  public init(_ values: [Double], shape: [Int]? = nil) {
    self.init(elements: values, type: .float64, shape: shape)
  }

  /// A `float32` tensor of row-major values; one-dimensional without a shape.
  public init(_ values: [Float], shape: [Int]? = nil) {
    self.init(elements: values, type: .float32, shape: shape)
  }

  /// An `int64` tensor of row-major values; one-dimensional without a shape.
  public init(_ values: [Int], shape: [Int]? = nil) {
    self.init(elements: values, type: .int64, shape: shape)
  }

  /// An `int32` tensor of row-major values; one-dimensional without a shape.
  public init(_ values: [Int32], shape: [Int]? = nil) {
    self.init(elements: values, type: .int32, shape: shape)
  }

  /// A `uint8` tensor of row-major values; one-dimensional without a shape.
  public init(_ values: [UInt8], shape: [Int]? = nil) {
    self.init(elements: values, type: .uint8, shape: shape)
  }

  /// A `bool` tensor of row-major values; one-dimensional without a shape.
  public init(_ values: [Bool], shape: [Int]? = nil) {
    self.init(elements: values.map { $0 ? 1 as UInt8 : 0 }, type: .bool, shape: shape)
  }

  private init<T>(elements: [T], type: ElementType, shape: [Int]?) {
    precondition(MemoryLayout<T>.stride == type.size)
    self.init(
      elementType: type, shape: shape ?? [elements.count],
      bytes: elements.withUnsafeBytes { [UInt8]($0) })
  }

  /// The elements as `Double`, row-major; `false` is 0 and `true` is 1.
  ///
  /// - Throws: ``DataError/inexact(element:value:type:)`` for an `int64` that no `Double` equals.
  ///   Elements of all other types are exact.
  public var doubles: [Double] {
    get throws(DataError) {
      switch elementType {
      case .float64: elements(as: Double.self)
      case .float32: elements(as: Float.self).map(Double.init)
      case .int64: try converted(Int64.self) { Double(exactly: $0) }
      case .int32: elements(as: Int32.self).map(Double.init)
      case .uint8, .bool: bytes.map(Double.init)
      }
    }
  }

  /// The elements as `Float`, row-major; `false` is 0 and `true` is 1.
  ///
  /// A `float64` is rounded to the nearest `Float`; integers must be exact.
  ///
  /// - Throws: ``DataError/inexact(element:value:type:)`` for a finite number beyond the range of
  ///   `Float`, and for an integer that no `Float` equals.
  public var floats: [Float] {
    get throws(DataError) {
      switch elementType {
      case .float64:
        try converted(Double.self) {
          let value = Float($0)
          return value.isInfinite && $0.isFinite ? nil : value
        }
      case .float32: elements(as: Float.self)
      case .int64: try converted(Int64.self) { Float(exactly: $0) }
      case .int32: try converted(Int32.self) { Float(exactly: $0) }
      case .uint8, .bool: bytes.map(Float.init)
      }
    }
  }

  /// The elements as `Int`, row-major; `false` is 0 and `true` is 1.
  ///
  /// - Throws: ``DataError/inexact(element:value:type:)`` for a number that is not a whole number
  ///   in the range of `Int`.
  public var ints: [Int] {
    get throws(DataError) {
      switch elementType {
      case .float64: try converted(Double.self) { Int(exactly: $0) }
      case .float32: try converted(Float.self) { Int(exactly: $0) }
      case .int64: elements(as: Int.self)
      case .int32: elements(as: Int32.self).map(Int.init)
      case .uint8, .bool: bytes.map(Int.init)
      }
    }
  }

  /// Checks that no element is NaN or infinite.
  ///
  /// - Parameters:
  ///   - file: The file that the tensor came from, for the message.
  ///   - name: The tensor's name in that file.
  /// - Throws: ``DataError/notFinite(_:element:value:count:)``
  public func requireFinite(file: String, name: String? = nil) throws(DataError) {
    let bad: (count: Int, first: Int, value: Double)
    switch elementType {
    case .float32: bad = notFinite(Float.self)
    case .float64: bad = notFinite(Double.self)
    case .int32, .int64, .uint8, .bool: return
    }
    guard bad.count > 0 else { return }
    throw .notFinite(
      .init(file: file, member: name), element: indices(ofElement: bad.first), value: bad.value,
      count: bad.count)
  }

  private func notFinite<T: BinaryFloatingPoint>(
    _ type: T.Type
  ) -> (count: Int, first: Int, value: Double) {
    let values = elements(as: type)
    var result = (count: 0, first: 0, value: 0.0)
    for (position, value) in values.enumerated() where !value.isFinite {
      if result.count == 0 { result = (0, position, Double(value)) }
      result.count += 1
    }
    return result
  }

  /// The bytes as elements of a type of the same size.
  private func elements<T: Numeric>(as type: T.Type) -> [T] {
    precondition(MemoryLayout<T>.stride == elementType.size)
    return [T](unsafeUninitializedCapacity: count) { target, initialized in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
      initialized = count
    }
  }

  /// The elements, each converted; throws at the first without a value.
  private func converted<T: Numeric, Result>(
    _ type: T.Type, _ convert: (T) -> Result?
  ) throws(DataError) -> [Result] {
    let elements = elements(as: type)
    var results: [Result] = []
    results.reserveCapacity(elements.count)
    for (position, element) in elements.enumerated() {
      guard let result = convert(element) else {
        throw .inexact(
          element: indices(ofElement: position), value: "\(element)", type: "\(Result.self)")
      }
      results.append(result)
    }
    return results
  }
}
