import Foundation

/// Counts on several threads.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var value = 0
  var count: Int { lock.withLock { value } }
  func next() { lock.withLock { value += 1 } }
}
