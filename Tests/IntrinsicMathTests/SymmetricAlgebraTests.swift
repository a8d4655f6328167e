import IntrinsicMath
import Testing

@Suite struct SymmetricAlgebraTests {
  private func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Double> {
    var stream = RandomStream(seed: seed)
    return Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.normal() })
  }

  private func expectLower(
    _ actual: Matrix<Double>, _ expected: (Int, Int) -> Double, _ label: String
  ) {
    for i in 0..<actual.rows {
      for j in 0..<actual.columns {
        // The upper triangle is as it was.
        let value = j <= i ? expected(i, j) : actual[i, j]
        #expect(
          abs(actual[i, j] - value) <= 1e-10 * (1 + abs(value)), "\(label), entry \(i), \(j)")
      }
    }
  }

  /// Sizes on either side of the limits: one block, shared columns, blocks shared out, halves of the diagonal.
  @Test(arguments: [(3, 7), (40, 5_000), (300, 1_200), (600, 200), (1_100, 90)], [1, 2, 3])
  func `products are those of dot products`(_ size: (Int, Int), threads: Int) {
    let (n, k) = size
    let a = matrix(n, k, seed: 1)
    let start = matrix(n, n, seed: 2)
    func dot(_ i: Int, _ j: Int) -> Double {
      a.elements.withUnsafeBufferPointer {
        Double.dot(count: k, x: $0.baseAddress! + i * k, y: $0.baseAddress! + j * k)
      }
    }
    var rows = start
    rows.elements.withUnsafeMutableBufferPointer {
      SymmetricAlgebra<Double>.rowProducts(
        n, k, 0.5, a.elements, k, 2, $0.baseAddress!, n, threads: threads)
    }
    expectLower(rows, { 0.5 * dot($0, $1) + 2 * start[$0, $1] }, "rows \(size)")
    var columns = start
    let transposed = a.transposed
    columns.elements.withUnsafeMutableBufferPointer {
      SymmetricAlgebra<Double>.columnProducts(
        n, k, 0.5, transposed.elements, n, 2, $0.baseAddress!, n, threads: threads)
    }
    expectLower(columns, { 0.5 * dot($0, $1) + 2 * start[$0, $1] }, "columns \(size)")
  }

  @Test(arguments: [5, 511, 512, 700], [1, 2, 3])
  func `a factor's square is the matrix`(n: Int, threads: Int) {
    let a = matrix(n, n, seed: 3)
    var square = Matrix<Double>(rows: n, columns: n)
    square.elements.withUnsafeMutableBufferPointer {
      SymmetricAlgebra<Double>.rowProducts(
        n, n, 1, a.elements, n, 0, $0.baseAddress!, n, threads: threads)
    }
    for i in 0..<n { square[i, i] += Double(n) }
    var factor = square
    let failed = factor.elements.withUnsafeMutableBufferPointer {
      SymmetricAlgebra<Double>.factor(n, $0.baseAddress!, n, threads: threads)
    }
    #expect(failed == 0)
    for i in 0..<n { for j in i + 1..<n { factor[i, j] = 0 } }
    for i in stride(from: 0, to: n, by: 7) {
      for j in stride(from: 0, through: i, by: 5) {
        let value = (0...j).reduce(0.0) { $0 + factor[i, $1] * factor[j, $1] }
        #expect(abs(value - square[i, j]) <= 1e-9 * Double(n), "entry \(i), \(j)")
      }
    }
  }

  @Test(arguments: [3, 600], [1, 2])
  func `the first pivot that is not positive is named`(n: Int, threads: Int) {
    var matrix = Matrix<Double>(rows: n, columns: n)
    for i in 0..<n { matrix[i, i] = i == n - 2 ? -1 : 1 }
    let failed = matrix.elements.withUnsafeMutableBufferPointer {
      SymmetricAlgebra<Double>.factor(n, $0.baseAddress!, n, threads: threads)
    }
    #expect(failed == n - 1)
  }

  @Test func `the lower triangle is mirrored, in rows of any distance`() {
    for (n, ld) in [(1, 1), (31, 31), (33, 40), (100, 101)] {
      var a = (0..<n * ld).map { Double($0) }
      let before = a
      Double.mirrorLower(n: n, a: &a, ld: ld)
      for i in 0..<n {
        for j in 0..<ld {
          let expected = j < n && j > i ? before[j * ld + i] : before[i * ld + j]
          #expect(a[i * ld + j] == expected, "\(n), \(ld): \(i), \(j)")
        }
      }
    }
  }
}
