import Foundation
import IntrinsicMath
import Testing

@Suite struct RandomStreamTests {
  @Test func `a seed gives the same numbers everywhere`() {
    var stream = RandomStream(seed: 0)
    #expect((0..<4).map { _ in stream.next() } == Self.known)
  }

  /// xoshiro256** from the state SplitMix64 makes of seed 0, computed apart from the library.
  static let known: [UInt64] = [
    0x99ec5f36cb75f2b4, 0xbf6e1f784956452a,
    0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c,
  ]

  @Test func `children depend on seed and name only`() {
    var stream = RandomStream(seed: 7)
    var before = stream.child("weights")
    _ = stream.next()
    var after = stream.child("weights")
    #expect((0..<5).map { _ in before.next() } == (0..<5).map { _ in after.next() })
    let streams = [
      stream.child("weights"), stream.child("order"), stream.child("weights", 0),
      stream.child("weights", 1), RandomStream(seed: 8).child("weights"), stream,
      stream.child("weights").child("order"),
    ]
    let firsts = streams.map { stream in
      var copy = stream
      return copy.next()
    }
    #expect(Set(firsts).count == firsts.count)
  }

  /// Checks mean, variance and correlation of neighbours of `count` numbers.
  private func moments(
    _ values: [Double], mean: Double, variance: Double, fourth: Double, _ what: String
  ) {
    let n = Double(values.count)
    let centred = values.map { $0 - mean }
    let first = centred.reduce(0, +) / n
    let second = centred.reduce(0) { $0 + $1 * $1 } / n
    let neighbours = zip(centred, centred.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / n
    // Four standard errors; the seed is fixed.
    #expect(abs(first) < 4 * (variance / n).squareRoot(), "\(what): mean")
    #expect(
      abs(second - variance) < 4 * ((fourth - variance * variance) / n).squareRoot(),
      "\(what): variance")
    #expect(abs(neighbours) < 4 * variance / n.squareRoot(), "\(what): neighbours")
  }

  @Test func `uniform and normal numbers have their moments`() {
    var stream = RandomStream(seed: 3)
    let uniform = (0..<100_000).map { _ in stream.uniform() }
    #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
    moments(uniform, mean: 0.5, variance: 1.0 / 12, fourth: 1.0 / 80, "uniform")
    let normal = (0..<100_000).map { _ in stream.normal() }
    moments(normal, mean: 0, variance: 1, fourth: 3, "normal")
    // Φ(1) = 0.8413, with a standard error of 0.0012.
    #expect(abs(Double(normal.count { $0 < 1 }) / 100_000 - 0.841345) < 0.005)
  }

  @Test func `children are independent of each other`() {
    let stream = RandomStream(seed: 4)
    var (a, b) = (stream.child("a"), stream.child("b"))
    let products = (0..<100_000).map { _ in a.normal() * b.normal() }
    moments(products, mean: 0, variance: 1, fourth: 9, "products")
  }

  @Test func `vector streams have their moments in both precisions`() {
    var stream = VectorRandomStream(RandomStream(seed: 5))
    let count = 100_001
    var (double, single) = (
      [Double](repeating: .nan, count: count), [Float](repeating: .nan, count: count)
    )
    stream.fill(&double, count: count)
    stream.fill(&single, count: count)
    for (values, what) in [(double, "Double"), (single.map { Double($0) }, "Float")] {
      #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
      moments(values, mean: 0.5, variance: 1.0 / 12, fourth: 1.0 / 80, what)
    }
    stream.fillNormal(&double, count: count)
    stream.fillNormal(&single, count: count)
    moments(double, mean: 0, variance: 1, fourth: 3, "normal Double")
    moments(single.map { Double($0) }, mean: 0, variance: 1, fourth: 3, "normal Float")
  }

  @Test func `a vector stream repeats and does not write past its end`() {
    for count in [1, 7, 8, 9, 100] {
      let results = (0..<2).map { _ in
        var stream = VectorRandomStream(RandomStream(seed: 6))
        var values = [Double](repeating: 7, count: count + 1)
        stream.fill(&values, count: count)
        return values
      }
      #expect(results[0] == results[1] && results[0][count] == 7)
      #expect(Set(results[0]).count == count + 1)
    }
  }

  @Test func `distinct numbers are distinct, below the bound and all as likely`() {
    var stream = RandomStream(seed: 7)
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<10_000 {
      let numbers = stream.distinct(3, below: 10)
      #expect(Set(numbers).count == 3 && numbers.allSatisfy { (0..<10).contains($0) })
      for number in numbers { counts[number] += 1 }
    }
    // 3000 each, with a standard error of 46.
    #expect(counts.allSatisfy { abs($0 - 3000) < 190 }, "\(counts)")
    #expect(stream.distinct(5, below: 5).sorted() == [0, 1, 2, 3, 4])
  }
}
