/// An immutable list of indices in contiguous memory, shared by reference.
public final class IndexList: @unchecked Sendable {
  /// The first index.
  public let pointer: UnsafePointer<Int32>
  /// The number of indices.
  public let count: Int

  /// A copy of the indices, as 32-bit integers.
  public init(_ indices: some Collection<Int>) {
    let memory = UnsafeMutablePointer<Int32>.allocate(capacity: max(indices.count, 1))
    for (position, index) in indices.enumerated() {
      (memory + position).initialize(to: Int32(index))
    }
    pointer = UnsafePointer(memory)
    count = indices.count
  }

  deinit { pointer.deallocate() }

  /// One index, checked; loops use ``pointer``.
  public subscript(position: Int) -> Int {
    precondition(position >= 0 && position < count, "index \(position) of a list of \(count)")
    return Int(pointer[position])
  }
}
