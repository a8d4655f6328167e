import Foundation
import Testing

/// One file of `Vectors`: quantities computed by an independent implementation.
struct TheoryVector {
  private let json: [String: Any]

  init(_ name: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: "Vectors/\(name)", withExtension: "json"))
    json = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  /// The value at a path of keys.
  func value<T>(_ path: String..., as type: T.Type = T.self) throws -> T {
    try #require(path.reduce(json as Any?) { ($0 as? [String: Any])?[$1] } as? T, "\(path)")
  }
}

/// Checks that numbers agree to `tolerance` times 1 or the expected magnitude, if that is greater.
func expectClose(
  _ actual: Double, _ expected: Double, _ tolerance: Double, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    abs(actual - expected) <= tolerance * max(1, abs(expected)),
    "\(what): \(actual) instead of \(expected)", sourceLocation: sourceLocation)
}

/// Checks that numbers agree to `tolerance` times the expected magnitude.
func expectRelativelyClose(
  _ actual: Double, _ expected: Double, _ tolerance: Double, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    abs(actual - expected) <= tolerance * abs(expected),
    "\(what): \(actual) instead of \(expected)", sourceLocation: sourceLocation)
}
