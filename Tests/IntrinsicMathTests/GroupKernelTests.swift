import Foundation
import IntrinsicMath
import Testing

/// Groups of units, against loops over their components in Double.
@Suite struct GroupKernelTests {
  static let sizes = [1, 2, 3, 5, 8]

  @Test(arguments: sizes)
  func `nonlinearities and their Jacobians`(_ size: Int) {
    check(Double.self, size, tolerance: 1e-14)
    check(Float.self, size, tolerance: 1e-5)
  }

  private func check<T: Scalar>(_: T.Type, _ size: Int, tolerance: T) {
    for (seed, n) in columnCounts.enumerated() {
      var data = KernelData<T>(seed: seed)
      let groups = data.int(1...3)
      let y = data.normal(groups * size * n)
      for isRadial in [false, true] {
        var a = y
        var r = [T](repeating: .nan, count: groups * size * size * n)
        // In place.
        a.withUnsafeMutableBufferPointer { a in
          let memory = a.baseAddress!
          if isRadial {
            T.groupRadial(groups: groups, size: size, count: n, y: memory, a: memory, r: &r)
          } else {
            T.groupSoftmax(groups: groups, size: size, count: n, y: memory, a: memory, r: &r)
          }
        }
        let (values, jacobians) = reference(isRadial, y.map { Double($0) }, groups, size, n)
        let what = "\(isRadial ? "radial" : "softmax"), \(n) columns"
        expectClose(a, values.map { T($0) }, tolerance: tolerance, what)
        expectClose(r, jacobians.map { T($0) }, tolerance: tolerance, what)
      }
    }
  }

  private func reference(
    _ isRadial: Bool, _ y: [Double], _ groups: Int, _ size: Int, _ n: Int
  ) -> (values: [Double], jacobians: [Double]) {
    var values = [Double](repeating: 0, count: y.count)
    var jacobians = [Double](repeating: 0, count: y.count * size)
    for group in 0..<groups {
      for x in 0..<n {
        let v = (0..<size).map { y[(group * size + $0) * n + x] }
        let length = v.map { $0 * $0 }.reduce(0, +).squareRoot()
        let sum = v.map { exp($0) }.reduce(0, +)
        let a = isRadial ? v.map { tanh(length) * $0 / length } : v.map { exp($0) / sum }
        let ratio = tanh(length) / length
        let slope = 1 / (cosh(length) * cosh(length))
        for c in 0..<size {
          values[(group * size + c) * n + x] = a[c]
          for d in 0..<size {
            let same = c == d ? 1.0 : 0
            jacobians[((group * size + c) * size + d) * n + x] =
              isRadial
              ? same * ratio + (slope - ratio) * v[c] * v[d] / (length * length)
              : a[c] * (same - a[d])
          }
        }
      }
    }
    return (values, jacobians)
  }

  /// By their series, to the precision of the type on both sides of the change of formula.
  @Test func `radial Jacobians of short vectors`() {
    for length in [0, 1e-300, 1e-160, 1e-8, 1e-3, 0.0316, 0.03163, 0.1] {
      let y = [length, 0.0]
      var (a, r) = ([Double](repeating: .nan, count: 2), [Double](repeating: .nan, count: 4))
      Double.groupRadial(groups: 1, size: 2, count: 1, y: y, a: &a, r: &r)
      let slope = 1 / (cosh(length) * cosh(length))
      expectClose(a, [tanh(length), 0], tolerance: 1e-15, "\(length)")
      expectClose(
        r, [slope, 0, 0, length > 0 ? tanh(length) / length : 1], tolerance: 1e-12, "\(length)")
    }
  }

  @Test func `extreme pre-activations`() {
    var (a, r) = ([0.0, 0], [0.0, 0, 0, 0])
    Double.groupRadial(groups: 1, size: 2, count: 1, y: [3e200, 4e200], a: &a, r: &r)
    expectClose(a, [0.6, 0.8], tolerance: 1e-15, "a unit vector")
    let largest = r.map { abs($0) }.max()!
    #expect(largest < 1e-200)
    Double.groupSoftmax(groups: 1, size: 2, count: 1, y: [800, -800], a: &a, r: &r)
    #expect(a == [1, 0] && r == [0, 0, 0, 0])
    Double.groupSoftmax(groups: 1, size: 2, count: 1, y: [.nan, 0], a: &a, r: &r)
    #expect(a.filter(\.isNaN).count == 2, "NaN is not hidden")
    Double.groupRadial(groups: 1, size: 2, count: 1, y: [0, .nan], a: &a, r: &r)
    #expect(a.filter(\.isNaN).count > 0, "NaN is not hidden")
  }

  @Test func `products of pairs are put in their places`() {
    var out = [9.0, 9, 9]
    Double.pairProducts(
      count: 2, first: [0, 1], second: [1, 1], place: [2, 0], w: [3, 5], into: &out)
    #expect(out == [25, 9, 15])
  }

  @Test(arguments: sizes)
  func `products with Jacobians and moduli`(_ size: Int) {
    for (seed, n) in columnCounts.enumerated() {
      var data = KernelData<Double>(seed: seed)
      let (groups, repeats) = (data.int(1...3), data.int(1...4))
      let width = repeats * n
      let r: [Double] = data.values(groups * size * size * n)
      let s: [Double] = data.values(groups * size * width)
      func entry(_ m: [Double], _ g: Int, _ c: Int, _ d: Int, _ x: Int) -> Double {
        m[((g * size + c) * size + d) * n + x]
      }
      var (b, reduced) = (s, s)
      Double.groupReduce(groups: groups, size: size, count: n, repeats: repeats, r: r, b: &b)
      var c = [Double](repeating: .nan, count: r.count)
      Double.groupProducts(
        groups: groups, size: size, count: n, repeats: repeats, s: s, lds: width, into: &c)
      var products = c
      for g in 0..<groups {
        for x in 0..<n {
          for d in 0..<size {
            for q in 0..<repeats {
              reduced[(g * size + d) * width + q * n + x] = (0..<size).reduce(0) {
                $0 + entry(r, g, $1, d, x) * s[(g * size + $1) * width + q * n + x]
              }
            }
            for e in 0..<size {
              products[((g * size + d) * size + e) * n + x] = (0..<repeats).reduce(0) {
                $0 + s[(g * size + d) * width + $1 * n + x] * s[(g * size + e) * width + $1 * n + x]
              }
            }
          }
        }
      }
      expectClose(b, reduced, tolerance: 1e-14, "Rᵀ b, \(n)")
      expectClose(c, products, tolerance: 1e-14, "s sᵀ, \(n)")
      var congruent = [Double](repeating: .nan, count: r.count)
      Double.groupCongruence(groups: groups, size: size, count: n, r: r, phi: c, into: &congruent)
      var expected = congruent
      for g in 0..<groups {
        for x in 0..<n {
          for d in 0..<size {
            for e in 0..<size {
              var sum = 0.0
              for i in 0..<size {
                for j in 0..<size {
                  sum += entry(r, g, i, d, x) * entry(c, g, i, j, x) * entry(r, g, j, e, x)
                }
              }
              expected[((g * size + d) * size + e) * n + x] = sum
            }
          }
        }
      }
      expectClose(congruent, expected, tolerance: 1e-13, "Rᵀ Φ R, \(n)")
    }
  }
}
