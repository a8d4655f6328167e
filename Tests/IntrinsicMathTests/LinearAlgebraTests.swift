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
      T.kernels.gemm(transposeA, transposeB, m, n, k, 2, a, lda, b, ldb, 0.5, &c, ldc)
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
    T.kernels.syrk(n, k, 2, a, lda, 0.5, &c, ldc)
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
      #expect(T.kernels.choleskyFactor(n, &a, lda) == 0)
      T.kernels.choleskySolve(n, a, lda, &b)
      // Condition numbers below 6.
      expectClose(b, x, tolerance: 100 * T(n).squareRoot() * T.ulpOfOne, "\(type), \(n)")
    }
  }

  @Test func `Cholesky tells which leading minor is not positive`() {
    var a = [1.0, 0, 0, 2, 3, 0, 0, 0, 1]
    #expect(Double.kernels.choleskyFactor(3, &a, 3) == 2)
    a = [1.0, 0, 0, 0, 1, 0, 0, 0, 0]
    #expect(Double.kernels.choleskyFactor(3, &a, 3) == 3)
  }

  @Test(arguments: columnCounts)
  func `elementwise kernels`(_ count: Int) {
    elementwise(Float.self, count)
    elementwise(Double.self, count)
  }

  private func elementwise<T: Scalar>(_ type: T.Type, _ count: Int) {
    var data = KernelData<T>(seed: count)
    let (x, y) = (data.values(count), data.values(count))
    let kernels = T.kernels
    var out = [T](repeating: .nan, count: count + 1)
    func check(_ name: String, _ expected: (Int) -> T) {
      let values = (0..<count).map(expected)
      expectClose(Array(out[..<count]), values, tolerance: 2 * T.ulpOfOne, "\(type), \(name)")
      #expect(out[count].isNaN, "\(name) writes past the end")
    }
    kernels.multiply(count, x, y, &out)
    check("multiply") { x[$0] * y[$0] }
    kernels.multiplySquared(count, x, y, &out)
    check("multiplySquared") { x[$0] * x[$0] * y[$0] }
    kernels.square(count, x, &out)
    check("square") { x[$0] * x[$0] }
    kernels.addScaled(count, x, 0.5, y, &out)
    check("addScaled") { x[$0] + T(0.5) * y[$0] }
    out = x + [.nan]
    kernels.scaleAdd(count, 0.5, y, -2, &out)
    check("scaleAdd") { T(0.5) * y[$0] - 2 * x[$0] }
    out = [T](repeating: .nan, count: count + 1)
    kernels.scaleAdd(count, 0.5, y, 0, &out)
    check("scaleAdd without what was there") { T(0.5) * y[$0] }
    // Between the values of the precision.
    let doubles = x.map { Double($0) * (1 + 0x1p-40) }
    kernels.fromDouble(count, doubles, &out)
    check("fromDouble") { T(doubles[$0]) }
    var converted = [Double](repeating: .nan, count: count + 1)
    kernels.toDouble(count, x, &converted)
    #expect(Array(converted[..<count]) == x.map { Double($0) }, "\(type), toDouble")
    #expect(converted[count].isNaN, "toDouble writes past the end")
    kernels.squareRoot(count, x.map { $0 * $0 }, &out)
    check("squareRoot") { abs(x[$0]) }
    kernels.fill(count, 3, &out)
    check("fill") { _ in 3 }
    // The values are multiples of 1/64: sums of few are exact.
    #expect(kernels.sum(count, x) == x.reduce(0, +))
    let dot = zip(x, y).reduce(T(0)) { $0 + $1.0 * $1.1 }
    let bound = T(count) * T.ulpOfOne * zip(x, y).reduce(T(0)) { $0 + abs($1.0 * $1.1) }
    #expect(abs(kernels.dot(count, x, y) - dot) <= bound)
    #expect(kernels.firstNotFinite(count, x) == -1)
    for value in [T.nan, .infinity, -.infinity] {
      for place in Set([0, count / 2, count - 1]) {
        var bad = x
        bad[place] = value
        if place + 1 < count { bad[place + 1] = value }
        #expect(kernels.firstNotFinite(count, bad) == place)
      }
    }
    var square = [T](repeating: 1, count: 4 * 6)
    kernels.addToDiagonal(4, 2, &square, 6)
    #expect(square.indices.allSatisfy { square[$0] == ($0 % 7 == 0 && $0 < 24 ? 3 : 1) })
  }

  @Test(arguments: columnCounts)
  func `repeated rows are multiplied and their squares summed`(_ batch: Int) {
    var data = KernelData<Double>(seed: batch)
    let (rows, repeats) = (3, data.int(1...4))
    let width = repeats * batch
    let (r, s) = (data.values(rows * batch), data.values(rows * width))
    var product = s
    Double.kernels.multiplyRepeated(rows, batch, repeats, r, &product)
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
      Double.kernels.multiplyRepeatedSquares(
        rows, batch, repeats, r, &both, accumulate ? 1 : 0, &sum)
      #expect(both == product)
      var squares = r
      Double.kernels.sumSquaresRepeated(
        rows, batch, repeats, product, width, accumulate ? 1 : 0, &squares)
      expectClose(sum, squares, tolerance: 1e-14, "products and their squares")
      var c = r
      Double.kernels.sumSquaresRepeated(rows, batch, repeats, s, width, accumulate ? 1 : 0, &c)
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
