import IntrinsicMath
import Testing

/// Random data for kernels. Values are multiples of 1/64 below 4, so that sums of products are
/// exact in any order, in single precision too where they are few.
struct KernelData<T: Scalar> {
  var stream: RandomStream

  init(seed: Int) { stream = RandomStream(seed: UInt64(seed)) }

  mutating func values(_ count: Int) -> [T] {
    (0..<count).map { _ in T(Int.random(in: -255...255, using: &stream)) / 64 }
  }

  mutating func normal(_ count: Int) -> [T] { (0..<count).map { _ in T(stream.normal()) } }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &stream) }

  /// Offsets of `count` lists of 0 to `longest` entries.
  mutating func offsets(_ count: Int, longest: Int) -> [Int32] {
    (0..<count).reduce(into: [0]) { offsets, _ in
      offsets.append(offsets.last! + Int32(int(0...longest)))
    }
  }

  mutating func indices(_ count: Int, below bound: Int) -> [Int32] {
    (0..<count).map { _ in Int32(int(0...bound - 1)) }
  }
}

/// Column counts around the widths of vectors.
let columnCounts = [1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100, 130]

/// Checks that arrays agree entry by entry, to `tolerance` times the expected entry and to what rounding
/// leaves of sums.
func expectClose<T: Scalar>(
  _ actual: [T], _ expected: [T], tolerance: T, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let rounding = min(tolerance, 64 * .ulpOfOne) * (expected.map { abs($0) }.max() ?? 0)
  let far = zip(actual, expected).enumerated().first { entry in
    !(abs(entry.element.0 - entry.element.1) <= tolerance * abs(entry.element.1) + rounding)
  }
  #expect(
    far == nil,
    "\(what): entry \(far?.offset ?? -1) is \(far?.element.0 ?? 0), not \(far?.element.1 ?? 0)",
    sourceLocation: sourceLocation)
}
