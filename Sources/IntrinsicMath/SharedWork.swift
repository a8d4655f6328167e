/// Items that several threads work on, each thread with a memory of its own.
package struct SharedWork<Memory: AnyObject>: @unchecked Sendable {
  package let memories: [Memory]

  /// - Parameters:
  ///   - threads: as many memories are made, but no more than items.
  ///   - count: of items.
  package init(threads: Int, count: Int, _ memory: () -> Memory) {
    memories = (0..<max(1, min(threads, count))).map { _ in memory() }
  }

  /// Calls `body` with each item and a memory that no other thread has.
  package func forEach(_ count: Int, _ body: (Int, Memory) -> Void) {
    let parts = memories.count
    Parallel.forEachPart(of: parts, threads: parts) { range in
      for part in range {
        for item in count * part / parts..<count * (part + 1) / parts {
          body(item, memories[part])
        }
      }
    }
  }

  /// The same where items can fail.
  /// - Throws: the error of the first item, in their order, that has one.
  package func forEach<Failure: Error>(
    _ count: Int, failing body: (Int, Memory) -> Failure?
  ) throws(Failure) {
    var failures = [Failure?](repeating: nil, count: count)
    failures.withUnsafeMutableBufferPointer { failures in
      nonisolated(unsafe) let failures = failures
      forEach(count) { item, memory in failures[item] = body(item, memory) }
    }
    if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
  }
}
