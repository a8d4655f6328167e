import IntrinsicMath

/// What parameters, gradients and displacements share: one scalar for each parameter of a network,
/// layer after layer, unit after unit, bias first.
///
/// They are different types because they are different things. A ``Gradient`` is a covector; only a
/// metric turns it into a ``Displacement``; and only a displacement can be added to ``Parameters``.
/// A forgotten metric does not compile. All three are values: a copy is independent.
public protocol ParameterVector: Sendable {
  /// The type of each number.
  associatedtype Element: Scalar
  /// Zeros.
  init(count: Int)
  /// The numbers in memory that copies share until one of them is written through the vector.
  var storage: Buffer<Element> { get set }
}

extension ParameterVector {
  /// Zeros, one for each parameter of `network`.
  public init(_ network: Network) { self.init(count: network.parameterCount) }

  /// A vector from its elements.
  public init(_ elements: [Element]) {
    self.init(count: elements.count)
    storage = Buffer(elements)
  }

  /// The number of parameters of the network.
  public var count: Int { storage.count }

  /// A copy of the elements.
  public var elements: [Element] { storage.elements }

  /// Read access to contiguous memory, valid while the vector is neither changed nor released.
  public var pointer: UnsafePointer<Element> { UnsafePointer(storage.pointer) }

  /// Write access to contiguous memory that no other copy shares, valid as long.
  public var mutablePointer: UnsafeMutablePointer<Element> {
    mutating get {
      if !isKnownUniquelyReferenced(&storage) {
        let copy = Buffer<Element>(count: storage.count)
        copy.copy(from: storage)
        storage = copy
      }
      return storage.pointer
    }
  }

  /// Read access to all elements, as fast as an array.
  public func withSpan<Result>(_ body: (Span<Element>) throws -> Result) rethrows -> Result {
    try body(UnsafeBufferPointer(start: storage.pointer, count: count).span)
  }

  /// Write access to all elements, as fast as an array.
  public mutating func withMutableSpan<Result>(
    _ body: (inout MutableSpan<Element>) throws -> Result
  ) rethrows -> Result {
    var span = UnsafeMutableBufferPointer(start: mutablePointer, count: count).mutableSpan
    return try body(&span)
  }

  /// One parameter. O(1); the first write after a copy takes memory of its own.
  public subscript(index: Int) -> Element {
    get { storage[index] }
    set {
      precondition(index >= 0 && index < count, "index \(index) of \(count) parameters")
      mutablePointer[index] = newValue
    }
  }
}

/// The trainable parameters θ of a network.
public struct Parameters<Element: Scalar>: ParameterVector {
  public var storage: Buffer<Element>
  public init(count: Int) { storage = Buffer(count: count) }

  /// θ = base + η δθ, in place and without allocation.
  public mutating func set(
    _ base: Parameters, plus stepSize: Element, times step: Displacement<Element>
  ) {
    precondition(
      base.count == count && step.count == count,
      "\(count) parameters from \(base.count) and a displacement of \(step.count)")
    Element.addScaled(
      count: count, x: base.pointer, alpha: stepSize, y: step.pointer, into: mutablePointer)
  }

  /// θ ← θ + η δθ.
  public mutating func move(by step: Displacement<Element>, stepSize: Element, threads: Int = 1) {
    precondition(step.count == count, "\(count) parameters, a displacement of \(step.count)")
    let (memory, delta) = (mutablePointer, step.pointer)
    Parallel.forEachPart(ofElements: count, threads: threads) { part in
      let moved = memory + part.lowerBound
      Element.addScaled(
        count: part.count, x: moved, alpha: stepSize, y: delta + part.lowerBound, into: moved)
    }
  }
}

/// The gradient G = −∂L/∂θ of the mean loss, a covector. The sign is that of Ollivier 2015 (11): a
/// small step along A⁻¹G with any metric A lowers the loss.
public struct Gradient<Element: Scalar>: ParameterVector {
  public var storage: Buffer<Element>
  public init(count: Int) { storage = Buffer(count: count) }

  /// G·δθ: to first order, η G·δθ is the decrease of the loss after θ ← θ + η δθ.
  public func callAsFunction(_ step: Displacement<Element>) -> Element {
    precondition(step.count == count, "a gradient of \(count), a displacement of \(step.count)")
    return Element.dot(count: count, x: pointer, y: step.pointer)
  }
}

/// A displacement δθ of the parameters, a tangent vector.
public struct Displacement<Element: Scalar>: ParameterVector {
  public var storage: Buffer<Element>
  public init(count: Int) { storage = Buffer(count: count) }
}
