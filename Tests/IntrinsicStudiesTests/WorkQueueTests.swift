import Foundation
import Testing

@testable import IntrinsicStudies

struct WorkQueueTests {
  private struct Failure: Error, Equatable { let item: Int }

  /// What several threads were given, in the order in which they began.
  private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [Int] = []
    func append(_ item: Int) { lock.withLock { list.append(item) } }
    var items: [Int] { lock.withLock { list } }
  }

  @Test(arguments: [1, 2, 3, 100])
  func `results stand in the order of the items, each worked on once`(threads: Int) throws {
    let log = Log()
    let results = try WorkQueue.map(Array(0..<20), threads: threads) { item in
      log.append(item)
      // The first items take longest, so that later ones end before them.
      usleep(UInt32(20 - item) * 200)
      return item * item
    }
    #expect(results == (0..<20).map { $0 * $0 })
    #expect(log.items.sorted() == Array(0..<20))
    if threads == 1 { #expect(log.items == Array(0..<20)) }
  }

  @Test func `no items give no results`() throws {
    #expect(try WorkQueue.map([Int](), threads: 4) { $0 }.isEmpty)
  }

  @Test func `after an error no new work begins`() {
    let log = Log()
    #expect(throws: Failure(item: 3)) {
      try WorkQueue.map(Array(0..<100), threads: 1) { item in
        log.append(item)
        if item >= 3 { throw Failure(item: item) }
      }
    }
    #expect(log.items == [0, 1, 2, 3])
  }

  @Test func `running work ends, and the first error in the order of the items is thrown`() {
    let log = Log()
    // Both items fail, or only one does if a single thread was free. The first is slower.
    #expect(throws: Failure(item: 0)) {
      try WorkQueue.map(Array(0..<50), threads: 2) { item in
        usleep(item == 0 ? 50_000 : 100)
        log.append(item)
        if item == 0 || item == 10 { throw Failure(item: item) }
      }
    }
    #expect(log.items.contains(0))
    #expect(!log.items.contains { $0 > 10 })
  }

  @Test func `runs that lack a result are left out, in the order in which they begin`() throws {
    let log = Log()
    let runs = try WorkQueue.completeRuns(4, of: ["a", "b", "c"], threads: 1) {
      run, item -> String? in
      log.append(run)
      return run == 1 && item == "b" || run == 3 ? nil : "\(item)\(run)"
    }
    #expect(runs == [["a0", "b0", "c0"], ["a2", "b2", "c2"]])
    #expect(log.items == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
  }
}
