import IntrinsicMath
import Testing

/// BLAS and LAPACK through the table of kernels: orientation, strides, triangles.
@Suite struct LinearAlgebraTests {
  @Test(arguments: [false, true], [false, true])
  func `products are those of row-major matrices`(_ transposeA: Bool, _ transposeB: Bool) {
    products(Float.self, transposeA, transposeB)
    products(Double.self, transposeA, transposeB)
  }

  private func products<T: Scalar>(_ type: T.Type, _ transposeA: Bool, _ transposeB: Bool) {
    for seed in 0..<10 {
      var data = KernelData<T>(seed: seed)
      let (m, n, k) = (data.int(1...9), data.int(1...9), data.int(1...9))
      let lda = (transposeA ? m : k) + data.int(0...2)
      let ldb = (transposeB ? k : n) + data.int(0...2)
      let ldc = n + data.int(0...2)
      let a = data.values((transposeA ? k : m) * lda)
      let b = data.values((transposeB ? n : k) * ldb)
      var c = data.values(m * ldc)
      var expected = c
      for i in 0..<m {
        for j in 0..<n {
          let sum = (0..<k).reduce(T(0)) {
            $0 + (transposeA ? a[$1 * lda + i] : a[i * lda + $1])
              * (transposeB ? b[j * ldb + $1] : b[$1 * ldb + j])
          }
          expected[i * ldc + j] = 2 * sum + T(0.5) * c[i * ldc + j]
        }
      }
      T.gemm(
        transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: 2, a: a, lda: lda,
        b: b, ldb: ldb, beta: 0.5, c: &c, ldc: ldc)
      expectClose(c, expected, tolerance: 16 * T.ulpOfOne, "\(type), seed \(seed)")
    }
  }

  @Test func `symmetric products fill the lower triangle alone`() {
    symmetric(Float.self)
    symmetric(Double.self)
  }

  private func symmetric<T: Scalar>(_ type: T.Type) {
    var data = KernelData<T>(seed: 1)
    let (n, k, lda, ldc) = (5, 4, 6, 7)
    let a = data.values(n * lda)
    var c = data.values(n * ldc)
    var expected = c
    for i in 0..<n {
      for j in 0...i {
        let sum = (0..<k).reduce(T(0)) { $0 + a[i * lda + $1] * a[j * lda + $1] }
        expected[i * ldc + j] = 2 * sum + T(0.5) * c[i * ldc + j]
      }
    }
    T.syrk(n: n, k: k, alpha: 2, a: a, lda: lda, beta: 0.5, c: &c, ldc: ldc)
    expectClose(c, expected, tolerance: 16 * T.ulpOfOne, "\(type)")
  }

  @Test func `Cholesky factors and solves lower triangles`() {
    cholesky(Float.self)
    cholesky(Double.self)
  }

  private func cholesky<T: Scalar>(_ type: T.Type) {
    for n in [1, 2, 5, 30, 70] {
      var data = KernelData<T>(seed: n)
      let lda = n + 3
      let factor = data.normal(n * n)
      // The upper triangle is none of its business.
      var a = [T](repeating: .nan, count: n * lda)
      func entry(_ i: Int, _ j: Int) -> T {
        (0..<n).reduce(T(0)) { $0 + factor[i * n + $1] * factor[j * n + $1] } / T(n)
          + (i == j ? 1 : 0)
      }
      for i in 0..<n {
        for j in 0...i { a[i * lda + j] = entry(i, j) }
      }
      let x = data.normal(n)
      var b = (0..<n).map { i in (0..<n).reduce(T(0)) { $0 + entry(i, $1) * x[$1] } }
      #expect(T.choleskyFactor(n: n, a: &a, lda: lda) == 0)
      T.choleskySolve(n: n, factor: a, lda: lda, b: &b)
      // Condition numbers below 6.
      expectClose(b, x, tolerance: 100 * T(n).squareRoot() * T.ulpOfOne, "\(type), \(n)")
    }
  }

  @Test func `Cholesky tells which leading minor is not positive`() {
    var a = [1.0, 0, 0, 2, 3, 0, 0, 0, 1]
    #expect(Double.choleskyFactor(n: 3, a: &a, lda: 3) == 2)
    a = [1.0, 0, 0, 0, 1, 0, 0, 0, 0]
    #expect(Double.choleskyFactor(n: 3, a: &a, lda: 3) == 3)
  }

  @Test(arguments: columnCounts)
  func `elementwise kernels`(_ count: Int) {
    elementwise(Float.self, count)
    elementwise(Double.self, count)
  }

  private func elementwise<T: Scalar>(_ type: T.Type, _ count: Int) {
    var data = KernelData<T>(seed: count)
    let (x, y) = (data.values(count), data.values(count))
    var out = [T](repeating: .nan, count: count + 1)
    func check(_ name: String, _ expected: (Int) -> T) {
      let values = (0..<count).map(expected)
      expectClose(Array(out[..<count]), values, tolerance: 2 * T.ulpOfOne, "\(type), \(name)")
      #expect(out[count].isNaN, "\(name) writes past the end")
    }
    T.multiply(count: count, x: x, y: y, into: &out)
    check("multiply") { x[$0] * y[$0] }
    T.multiplySquared(count: count, r: x, m: y, into: &out)
    check("multiplySquared") { x[$0] * x[$0] * y[$0] }
    T.square(count: count, x: x, into: &out)
    check("square") { x[$0] * x[$0] }
    T.addScaled(count: count, x: x, alpha: 0.5, y: y, into: &out)
    check("addScaled") { x[$0] + T(0.5) * y[$0] }
    out = x + [.nan]
    T.scaleAdd(count: count, alpha: 0.5, x: y, beta: -2, into: &out)
    check("scaleAdd") { T(0.5) * y[$0] - 2 * x[$0] }
    out = [T](repeating: .nan, count: count + 1)
    T.scaleAdd(count: count, alpha: 0.5, x: y, beta: 0, into: &out)
    check("scaleAdd without what was there") { T(0.5) * y[$0] }
    // Between the values of the precision.
    let doubles = x.map { Double($0) * (1 + 0x1p-40) }
    T.fromDouble(count: count, x: doubles, into: &out)
    check("fromDouble") { T(doubles[$0]) }
    var converted = [Double](repeating: .nan, count: count + 1)
    T.toDouble(count: count, x: x, into: &converted)
    #expect(Array(converted[..<count]) == x.map { Double($0) }, "\(type), toDouble")
    #expect(converted[count].isNaN, "toDouble writes past the end")
    T.squareRoot(count: count, x: x.map { $0 * $0 }, into: &out)
    check("squareRoot") { abs(x[$0]) }
    T.fill(count: count, value: 3, into: &out)
    check("fill") { _ in 3 }
    // The values are multiples of 1/64: sums of few are exact.
    #expect(T.sum(count: count, x: x) == x.reduce(0, +))
    let dot = zip(x, y).reduce(T(0)) { $0 + $1.0 * $1.1 }
    let bound = T(count) * T.ulpOfOne * zip(x, y).reduce(T(0)) { $0 + abs($1.0 * $1.1) }
    #expect(abs(T.dot(count: count, x: x, y: y) - dot) <= bound)
    #expect(T.firstNotFinite(count: count, x: x) == -1)
    for value in [T.nan, .infinity, -.infinity] {
      for place in Set([0, count / 2, count - 1]) {
        var bad = x
        bad[place] = value
        if place + 1 < count { bad[place + 1] = value }
        #expect(T.firstNotFinite(count: count, x: bad) == place)
      }
    }
    var square = [T](repeating: 1, count: 4 * 6)
    T.addToDiagonal(count: 4, value: 2, a: &square, ld: 6)
    #expect(square.indices.allSatisfy { square[$0] == ($0 % 7 == 0 && $0 < 24 ? 3 : 1) })
  }

  @Test(arguments: columnCounts)
  func `repeated rows are multiplied and their squares summed`(_ batch: Int) {
    var data = KernelData<Double>(seed: batch)
    let (rows, repeats) = (3, data.int(1...4))
    let width = repeats * batch
    let (r, s) = (data.values(rows * batch), data.values(rows * width))
    var product = s
    Double.multiplyRepeated(rows: rows, batch: batch, repeats: repeats, r: r, s: &product)
    for k in 0..<rows {
      for q in 0..<repeats {
        for x in 0..<batch {
          let place = k * width + q * batch + x
          #expect(product[place] == s[place] * r[k * batch + x])
        }
      }
    }
    for accumulate in [false, true] {
      var (both, sum) = (s, r)
      Double.multiplyRepeatedSquares(
        rows: rows, batch: batch, repeats: repeats, r: r, s: &both, accumulate: accumulate, c: &sum)
      #expect(both == product)
      var squares = r
      Double.sumSquaresRepeated(
        rows: rows, batch: batch, repeats: repeats, s: product, lds: width, accumulate: accumulate,
        c: &squares)
      expectClose(sum, squares, tolerance: 1e-14, "products and their squares")
      var c = r
      Double.sumSquaresRepeated(
        rows: rows, batch: batch, repeats: repeats, s: s, lds: width, accumulate: accumulate, c: &c)
      for k in 0..<rows {
        for x in 0..<batch {
          let squares = (0..<repeats).map { s[k * width + $0 * batch + x] }.map { $0 * $0 }
          let expected = squares.reduce(accumulate ? r[k * batch + x] : 0, +)
          #expect(c[k * batch + x] == expected)
        }
      }
    }
  }
}
