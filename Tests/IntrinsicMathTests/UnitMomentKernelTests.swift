import CIntrinsicKernels
import IntrinsicMath
import Testing

/// The moments of dense units against loops, in both precisions and with the vectors of every
/// instruction set of this processor. Values are integers, so that all sums are exact.
@Suite struct UnitMomentKernelTests {
  @Test(arguments: columnCounts.filter { $0 >= 4 }, [0.0, 0.1, 0.5, 1])
  func `moments add up activities and their squares`(_ columns: Int, _ density: Double) {
    defer { ik_limit_vectors(64) }
    for length in [64, 32, 16] {
      ik_limit_vectors(length)
      moments(Float.self, columns, density, length)
      moments(Double.self, columns, density, length)
    }
  }

  private func moments<T: Scalar>(
    _ type: T.Type, _ columns: Int, _ density: Double, _ length: Int
  ) {
    // Fewer rows than a vector, whole panels, and each kind of strip after the last of them.
    for (seed, rows) in [1, 5, 16, 48, 64, 129, 203, 256].enumerated() {
      var data = KernelData<T>(seed: seed)
      let (units, step) = (data.int(1...9), rows + data.int(0...3))
      let c = (0..<units * columns).map { _ in
        data.stream.uniform() < density ? T(data.int(1...7)) : 0
      }
      let a = (0..<rows * columns).map { _ in T(data.int(-7...7)) }
      let before = (0..<units * step).map { _ in T(data.int(-7...7)) }
      let (keep, hasFirst): (T, Bool) = (seed % 2 == 0 ? 0.5 : 0, seed % 3 > 0)
      // keep = 0 must not read what is there.
      let start = keep == 0 ? before.map { _ in T.nan } : before
      var (first, second) = (start, start)
      first.withUnsafeMutableBufferPointer { first in
        T.unitMoments(
          units: units, rows: rows, columns: columns, c: c, a: a, scale: 0.25, keep: keep,
          first: hasFirst ? first.baseAddress : nil, second: &second, ld: step)
      }
      for k in 0..<units {
        for i in 0..<step {
          let kept = keep == 0 ? 0 : keep * before[k * step + i]
          var (sum, squares): (T, T) = (0, 0)
          for x in 0..<(i < rows ? columns : 0) {
            let (weight, value) = (c[k * columns + x], a[i * columns + x])
            sum += weight * value
            squares += weight * value * value
          }
          let place = "\(type), \(rows) rows, unit \(k), row \(i), vectors of \(length) bytes"
          guard i < rows else {
            // Between the rows of units nothing is written.
            #expect(areSame(second[k * step + i], start[k * step + i]), "\(place)")
            continue
          }
          #expect(second[k * step + i] == kept + 0.25 * squares, "\(place)")
          #expect(!hasFirst || first[k * step + i] == kept + 0.25 * sum, "\(place)")
        }
      }
      #expect(hasFirst || zip(first, start).allSatisfy(areSame), "\(type): first is left alone")
    }
  }

  private func areSame<T: Scalar>(_ a: T, _ b: T) -> Bool { a == b || (a.isNaN && b.isNaN) }

  @Test func `more units than are taken at once`() {
    let units = 2_500
    let c = (0..<units * 8).map { Double($0 % 3) }
    let a = (0..<3 * 8).map(Double.init)
    var (first, second) = (
      [Double](repeating: 0, count: units * 3), [Double](repeating: 0, count: units * 3)
    )
    Double.unitMoments(
      units: units, rows: 3, columns: 8, c: c, a: a, scale: 1, keep: 0, first: &first,
      second: &second, ld: 3)
    for k in 0..<units {
      for i in 0..<3 {
        let sum = (0..<8).reduce(0) { $0 + c[k * 8 + $1] * a[i * 8 + $1] }
        let squares = (0..<8).reduce(0) { $0 + c[k * 8 + $1] * a[i * 8 + $1] * a[i * 8 + $1] }
        #expect(first[3 * k + i] == sum && second[3 * k + i] == squares, "unit \(k), row \(i)")
      }
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 100])
  func `zeros of either sign are counted`(_ count: Int) {
    let x = (0..<count).map { Float($0 % 3) - 1 } + [-0.0, 2]
    #expect(Float.zeros(count: x.count, x: x) == x.filter { $0 == 0 }.count)
    let y = x.map(Double.init)
    #expect(Double.zeros(count: y.count, x: y) == x.filter { $0 == 0 }.count)
  }
}
