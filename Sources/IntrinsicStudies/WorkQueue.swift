import Dispatch
import Foundation

/// Independent pieces of work on several threads.
enum WorkQueue {
  /// The results of `body` for all items, in their order; the first error in that order is thrown
  /// after running work has ended, and no new work starts once there is one.
  static func map<Item: Sendable, Result: Sendable>(
    _ items: [Item], threads: Int, _ body: @escaping @Sendable (Item) throws -> Result
  ) throws -> [Result] {
    let state = State<Result>(count: items.count)
    DispatchQueue.concurrentPerform(iterations: min(threads, items.count)) { _ in
      while let index = state.take() {
        state.put(index, Swift.Result { try body(items[index]) })
      }
    }
    return try state.results()
  }

  /// The results of `body` for all items in each run, for the runs in which it gave every result. One
  /// run comes after the other, so that an interruption leaves complete ones.
  ///
  /// - Parameter body: nil if it was stopped.
  static func completeRuns<Item: Sendable, Result: Sendable>(
    _ runs: Int, of items: [Item], threads: Int,
    _ body: @escaping @Sendable (_ run: Int, Item) throws -> Result?
  ) throws -> [[Result]] {
    let pieces = (0..<runs).flatMap { run in items.map { (run, $0) } }
    let results = try map(pieces, threads: threads) { run, item in try body(run, item) }
    return (0..<runs).map { run in results[run * items.count..<(run + 1) * items.count] }
      .map { $0.compactMap { $0 } }
      .filter { $0.count == items.count }
  }

  private final class State<Result: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var next = 0
    private var failed = false
    private var slots: [Swift.Result<Result, any Error>?]

    init(count: Int) { slots = Array(repeating: nil, count: count) }

    func take() -> Int? {
      lock.withLock {
        guard next < slots.count, !failed else { return nil }
        next += 1
        return next - 1
      }
    }

    func put(_ index: Int, _ result: Swift.Result<Result, any Error>) {
      lock.withLock {
        slots[index] = result
        if case .failure = result { failed = true }
      }
    }

    func results() throws -> [Result] {
      for case .failure(let error)? in slots { throw error }
      return try slots.map { try $0!.get() }
    }
  }
}
