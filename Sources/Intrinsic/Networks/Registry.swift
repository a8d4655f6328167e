import Foundation

/// What the caller has made known by name, for files that name it.
final class Registry<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [String: Value] = [:]

  subscript(name: String) -> Value? {
    get { lock.withLock { values[name] } }
    set { lock.withLock { values[name] = newValue } }
  }
}
