import IntrinsicData
import IntrinsicMath

/// The state of a training, part by part under names: what a ``StepRule`` and whatever else has state
/// hand their parts to.
///
///     func code(_ coder: CheckpointCoder<T>) {
///       coder.code("velocity", &velocity)
///       coder.code("steps", &steps)
///     }
///
/// One function serves all directions. Checkpoints are written from the parts and read back into them, with
/// all bits. ``OptimizerState`` is read from the parts and written into them, so that each part is
/// coded as what it is: a ``Displacement`` and a ``Gradient`` change differently when parameters are
/// written in another way.
public final class CheckpointCoder<T: Scalar> {
  private enum Direction { case saving, restoring, describing, assigning }

  private let direction: Direction
  /// What has been saved so far.
  private(set) var tensors: [NamedTensor] = []
  /// What has been described so far, and what is to be assigned.
  private(set) var components: [String: OptimizerState<T>.Component] = [:]
  /// The first part that was missing or of another shape.
  private(set) var fault: String?
  private let stored: [String: Tensor]
  private var used: Set<String> = []
  private var path = ""

  /// A coder that saves.
  convenience init() { self.init(.saving) }

  /// A coder that restores.
  convenience init(restoring tensors: [NamedTensor]) {
    self.init(
      .restoring, stored: Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) }))
  }

  /// A coder that collects parts by what they are.
  convenience init(describing: Void) { self.init(.describing) }

  /// A coder that sets parts by what they are.
  convenience init(assigning state: OptimizerState<T>) {
    self.init(.assigning)
    components = state.components
  }

  private init(_ direction: Direction, stored: [String: Tensor] = [:]) {
    self.direction = direction
    self.stored = stored
  }

  /// Whether parts are overwritten.
  var isRestoring: Bool { direction == .restoring }

  /// Whether parts keep all their bits, rather than being told apart by what they are.
  private var isExact: Bool { direction == .saving || direction == .restoring }

  /// A part that was given and that nothing has asked for.
  var unused: String? {
    (direction == .assigning ? Array(components.keys) : Array(stored.keys))
      .filter { !used.contains($0) }.min()
  }

  /// Records that the value of a part makes no sense.
  func refuse(_ name: String) { fault = fault ?? path + name }

  /// Puts a name before those of all parts that `body` codes.
  public func within(_ name: String, _ body: () -> Void) {
    let outer = path
    path += name + "."
    body()
    path = outer
  }
}

/// Parts that change when parameters are written in another way.
extension CheckpointCoder {
  /// Codes a tangent vector, such as a sum of steps. Its length must stay.
  public func code(_ name: String, _ vector: inout Displacement<T>) {
    code(name, &vector, Displacement.init(count:), { .displacement($0) }) {
      if case .displacement(let vector) = $0 { vector } else { nil }
    }
  }

  /// Codes a covector, such as a sum of gradients. Its length must stay.
  public func code(_ name: String, _ vector: inout Gradient<T>) {
    code(name, &vector, Gradient.init(count:), { .gradient($0) }) {
      if case .gradient(let vector) = $0 { vector } else { nil }
    }
  }

  /// Codes averages of squares of the gradient. Their number must stay.
  public func code(_ name: String, _ squares: inout GradientSquares<T>) {
    code(name, &squares, GradientSquares.init(count:), { .squares($0) }) {
      if case .squares(let squares) = $0 { squares } else { nil }
    }
  }

  /// Codes the moving average of a metric, with what its next estimates depend on.
  public func code(_ name: String, _ estimator: MetricEstimator<T>) {
    if isExact { return within(name) { estimator.code(self) } }
    var state = estimator.state
    exchange(name, &state, { .metric($0) }) {
      if case .metric(let state) = $0 { .some(state) } else { nil }
    }
    if direction == .assigning, let state { estimator.restore(state) }
  }

  private func code<Vector: ParameterVector>(
    _ name: String, _ vector: inout Vector, _ zeros: (Int) -> Vector,
    _ component: (Vector) -> OptimizerState<T>.Component,
    _ value: (OptimizerState<T>.Component) -> Vector?
  ) where Vector.Element == T {
    let count = vector.count
    if isRestoring { vector = zeros(count) }
    if isExact { return code(name, vector.storage) }
    exchange(name, &vector, component) {
      guard let image = value($0), image.count == count else { return nil }
      return image
    }
  }
}

/// Parts that do not depend on how parameters are written.
extension CheckpointCoder {
  /// Codes numbers, always as many.
  public func code(_ name: String, _ values: inout [T]) {
    if isExact {
      let buffer = Buffer(values)
      code(name, buffer)
      values = buffer.elements
    } else {
      let count = values.count
      exchange(name, &values, { .numbers($0) }) {
        if case .numbers(let list) = $0, list.count == count { list } else { nil }
      }
    }
  }

  /// Codes the entries of a matrix whose shape must stay.
  public func code(_ name: String, _ matrix: inout Matrix<T>) {
    var elements = matrix.elements
    code(name, &elements)
    matrix = Matrix(rows: matrix.rows, columns: matrix.columns, elements: elements)
  }

  @_disfavoredOverload
  public func code(_ name: String, _ value: inout T) {
    var list = [value]
    code(name, &list)
    value = list[0]
  }

  /// Codes numbers, of checkpoints only: they depend on how parameters are written in a way of their own.
  func codeExactly(_ name: String, _ values: inout [T]) {
    if isExact { code(name, &values) }
  }

  /// Codes whole numbers, always as many.
  public func code(_ name: String, _ values: inout [Int]) {
    let count = values.count
    if isExact {
      exchangeBytes(
        name, .int64, count: count,
        save: { values.withUnsafeBytes { [UInt8]($0) } },
        restore: { bytes in
          values = [Int](repeating: 0, count: count)
          values.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
        })
    } else {
      exchange(name, &values, { .counts($0) }) {
        if case .counts(let list) = $0, list.count == count { list } else { nil }
      }
    }
  }

  public func code(_ name: String, _ value: inout Int) {
    var list = [value]
    code(name, &list)
    value = list[0]
  }

  public func code(_ name: String, _ value: inout Bool) {
    var number = value ? 1 : 0
    code(name, &number)
    value = number != 0
  }

  public func code(_ name: String, _ values: inout [Bool]) {
    var numbers = values.map { $0 ? 1 : 0 }
    code(name, &numbers)
    values = numbers.map { $0 != 0 }
  }

  /// Codes all bits of a number, whatever `T` is.
  public func code(_ name: String, _ value: inout Double) {
    var number = Int(bitPattern: UInt(value.bitPattern))
    code(name, &number)
    value = Double(bitPattern: UInt64(UInt(bitPattern: number)))
  }

  /// Codes the place in a random stream, which is no part of an ``OptimizerState``.
  public func code(_ name: String, _ stream: inout RandomStream) {
    guard isExact else { return }
    var words = stream.words.map { Int(bitPattern: UInt($0)) }
    code(name, &words)
    stream.words = words.map { UInt64(UInt(bitPattern: $0)) }
  }

  func code(_ name: String, _ stream: inout VectorRandomStream) {
    guard isExact else { return }
    var words = stream.words.map { Int(bitPattern: UInt($0)) }
    code(name, &words)
    stream.words = words.map { UInt64(UInt(bitPattern: $0)) }
  }

  /// Codes the contents of memory, of checkpoints only.
  func code(_ name: String, _ buffer: Buffer<T>) {
    let raw = UnsafeMutableRawBufferPointer(
      start: buffer.pointer, count: buffer.count * MemoryLayout<T>.stride)
    exchangeBytes(
      name, T.self == Float.self ? .float32 : .float64, count: buffer.count, save: { [UInt8](raw) },
      restore: { raw.copyBytes(from: $0) })
  }
}

extension CheckpointCoder {
  private func exchangeBytes(
    _ name: String, _ type: ElementType, count: Int, save: () -> [UInt8],
    restore: ([UInt8]) -> Void
  ) {
    precondition(isExact, "“\(path + name)” is no part of a state that can be mapped")
    let name = path + name
    guard isRestoring else {
      tensors.append(
        NamedTensor(name, Tensor(elementType: type, shape: [count], bytes: save())))
      return
    }
    used.insert(name)
    guard let tensor = stored[name], tensor.elementType == type, tensor.shape == [count] else {
      fault = fault ?? name
      return
    }
    restore(tensor.bytes)
  }

  private func exchange<Value>(
    _ name: String, _ value: inout Value, _ component: (Value) -> OptimizerState<T>.Component,
    _ assigned: (OptimizerState<T>.Component) -> Value?
  ) {
    let name = path + name
    guard direction == .assigning else {
      components[name] = component(value)
      return
    }
    used.insert(name)
    guard let given = components[name].flatMap(assigned) else {
      fault = fault ?? name
      return
    }
    value = given
  }
}
