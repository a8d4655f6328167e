import Foundation

/// A seeded, named stream of random numbers: xoshiro256** (Blackman and Vigna 2018), seeded by
/// SplitMix64.
///
/// The same seed and name give the same numbers on every platform. Independent uses draw from
/// children with different names, so that adding draws to one use changes no other:
///
///     let stream = RandomStream(seed: 7)
///     var weights = stream.child("weights")
///     var order = stream.child("order")
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// The seed of this stream, from which its children derive.
  public let seed: UInt64
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// The state of the generator, four words: a stream that is given those of another with the same
  /// seed goes on as that one does.
  public var words: [UInt64] {
    get { [state.0, state.1, state.2, state.3] }
    set {
      precondition(newValue.count == 4, "a state of \(newValue.count) words, not 4")
      state = (newValue[0], newValue[1], newValue[2], newValue[3])
    }
  }

  /// The stream of a seed. Equal seeds give equal numbers.
  public init(seed: UInt64) {
    self.seed = seed
    var mixer = seed
    state = (
      Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer), Self.splitMix(&mixer)
    )
  }

  /// The stream of the given name, which depends on the seed and the name only.
  public func child(_ name: String) -> RandomStream {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    var mixer = seed ^ hash
    return RandomStream(seed: Self.splitMix(&mixer))
  }

  /// The stream of the given name and index.
  public func child(_ name: String, _ index: Int) -> RandomStream { child("\(name)/\(index)") }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let result = Self.rotate(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = Self.rotate(state.3, 45)
    return result
  }

  /// A number uniform on [0, 1), a multiple of 2⁻⁵³.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A standard normal number, by the Box–Muller transform.
  public mutating func normal() -> Double {
    let radius = (-2 * Foundation.log(1 - uniform())).squareRoot()
    return radius * Foundation.cos(2 * .pi * uniform())
  }

  /// `count` different numbers below `bound`, in random order.
  public mutating func distinct(_ count: Int, below bound: Int) -> [Int] {
    precondition(count <= bound, "\(count) different numbers below \(bound)")
    var pool = Array(0..<bound)
    for index in 0..<count {
      pool.swapAt(index, Int.random(in: index..<bound, using: &self))
    }
    return Array(pool[..<count])
  }

  private static func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }

  private static func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Eight interleaved random streams that fill memory with uniform numbers at vector speed.
public struct VectorRandomStream: Sendable {
  private var state: [UInt64]

  /// The state of the generators, 32 words: a stream that is given those of another goes on as that
  /// one does.
  public var words: [UInt64] {
    get { state }
    set {
      precondition(newValue.count == 32, "a state of \(newValue.count) words, not 32")
      state = newValue
    }
  }

  /// Eight generators (xoshiro256+) seeded from `stream`.
  public init(_ stream: RandomStream) {
    var stream = stream
    state = (0..<32).map { _ in stream.next() }
  }

  /// Fills memory with `count` numbers uniform on [0, 1).
  public mutating func fill<T: Scalar>(_ pointer: UnsafeMutablePointer<T>, count: Int) {
    T.uniform(state: &state, count: count, into: pointer)
  }

  /// Fills memory with `count` standard normal numbers, by the Box–Muller transform.
  public mutating func fillNormal<T: Scalar>(_ pointer: UnsafeMutablePointer<T>, count: Int) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { uniforms in
      fill(uniforms.baseAddress!, count: 2 * count)
      for index in 0..<count {
        let radius = (-2 * Foundation.log(1 - uniforms[2 * index])).squareRoot()
        pointer[index] = T(radius * Foundation.cos(2 * .pi * uniforms[2 * index + 1]))
      }
    }
  }
}
