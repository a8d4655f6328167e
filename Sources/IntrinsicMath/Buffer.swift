/// Memory for a fixed number of scalars: zeroed, contiguous, aligned to a cache line.
///
/// A reference type: workspaces, optimizer state and parameter vectors hold buffers and work on
/// them in place, so that a steady-state step allocates nothing. Whoever holds a buffer is
/// responsible for exclusive access while it is written.
public final class Buffer<Element: Scalar>: @unchecked Sendable {
  /// The number of scalars.
  public let count: Int
  /// The first scalar.
  public let pointer: UnsafeMutablePointer<Element>

  /// Allocates `count` zeros.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) elements")
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  /// Allocates a copy of `elements`.
  public convenience init(_ elements: [Element]) {
    self.init(count: elements.count)
    elements.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { pointer.update(from: first, count: count) }
    }
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// One scalar, checked; loops use ``pointer``.
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) of a buffer of \(count)")
      return pointer[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) of a buffer of \(count)")
      pointer[index] = newValue
    }
  }

  /// A copy of the contents.
  public var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// Copies the contents of `other`, which must have the same count.
  public func copy(from other: Buffer) {
    precondition(other.count == count, "copying \(other.count) elements into \(count)")
    pointer.update(from: other.pointer, count: count)
  }
}
