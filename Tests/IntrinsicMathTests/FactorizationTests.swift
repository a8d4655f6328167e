import Testing

@testable import IntrinsicMath

@Suite struct FactorizationTests {
  private func random(_ rows: Int, _ columns: Int, _ stream: inout RandomStream) -> Matrix<Double> {
    Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.normal() })
  }

  private func product(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
    var result = Matrix<Double>(rows: a.rows, columns: b.columns)
    for i in 0..<a.rows {
      for j in 0..<b.columns {
        result[i, j] = (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] }
      }
    }
    return result
  }

  private func deviation(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    precondition(a.rows == b.rows && a.columns == b.columns)
    return zip(a.elements, b.elements).map { abs($0 - $1) }.max() ?? 0
  }

  @Test func `the transpose exchanges rows and columns`() {
    var stream = RandomStream(seed: 1)
    for (rows, columns) in [(1, 1), (3, 70), (65, 33), (0, 4)] {
      let a = random(rows, columns, &stream)
      let b = a.transposed
      #expect(b.rows == columns && b.columns == rows)
      for i in 0..<rows { for j in 0..<columns { #expect(a[i, j] == b[j, i]) } }
    }
  }

  @Test(arguments: [(5, 5), (4, 9), (9, 4), (1, 6), (40, 90)])
  func `the lower factor has the products of the matrix`(_ rows: Int, _ columns: Int) {
    var stream = RandomStream(seed: 2)
    let a = random(rows, columns, &stream)
    let l = a.lowerFactor()
    #expect(l.rows == rows && l.columns == min(rows, columns))
    for i in 0..<l.rows { for j in 0..<l.columns where j > i { #expect(l[i, j] == 0) } }
    // Rounding of sums of squares of normal numbers.
    #expect(deviation(product(l, l.transposed), product(a, a.transposed)) < 1e-12)
  }

  @Test(arguments: [(6, 6), (4, 9), (9, 4), (30, 70)])
  func `singular values are square roots of the eigenvalues of products`(
    _ rows: Int, _ columns: Int
  ) throws {
    var stream = RandomStream(seed: 3)
    let a = random(rows, columns, &stream)
    let small = rows < columns ? product(a, a.transposed) : product(a.transposed, a)
    var (vectors, values) = (small.elements, [Double](repeating: 0, count: small.rows))
    #expect(Double.eigen(n: small.rows, a: &vectors, lda: small.rows, values: &values) == 0)
    let singular = try #require(a.singularValues())
    #expect(singular.count == min(rows, columns))
    for (value, square) in zip(singular, values.reversed()) {
      #expect(abs(value * value - square) < 1e-12 * values.last!)
    }
  }

  @Test func `singular values are those that a matrix was made of`() throws {
    // Reflections Id − 2 v vᵀ on both sides of a diagonal.
    var stream = RandomStream(seed: 4)
    let wanted: [Double] = [1000, 3, 1, 1e-9, 0]
    func reflection() -> Matrix<Double> {
      let v = (0..<5).map { _ in stream.normal() }
      let square = v.reduce(0) { $0 + $1 * $1 }
      var m = Matrix<Double>(rows: 5, columns: 5)
      for i in 0..<5 { for j in 0..<5 { m[i, j] = (i == j ? 1 : 0) - 2 * v[i] * v[j] / square } }
      return m
    }
    var diagonal = Matrix<Double>(rows: 5, columns: 5)
    for i in 0..<5 { diagonal[i, i] = wanted[i] }
    let a = product(product(reflection(), diagonal), reflection())
    let values = try #require(a.singularValues())
    // 2⁻⁵² · 1000 · a small multiple; eigenvalues of A Aᵀ would hide 1e-9.
    for (value, expected) in zip(values, wanted) { #expect(abs(value - expected) < 2e-12) }
    #expect(values[3] > 0.99e-9)
  }

  @Test func `singular values of nothing, zeros and NaN`() {
    #expect(Matrix<Double>(rows: 0, columns: 3).singularValues() == [])
    #expect(Matrix<Double>(rows: 2, columns: 3).singularValues() == [0, 0])
    #expect(Matrix<Double>([[1, .nan], [2, 3]]).singularValues() == nil)
    #expect(Matrix<Double>([[1, .infinity, 2], [2, 3, 1]]).singularValues() == nil)
  }

  @Test(arguments: [(6, 9, 3), (12, 5, 4), (7, 7, 7), (3, 8, 0), (90, 60, 41)])
  func `null spaces are orthonormal and vanish under the matrix`(
    _ rows: Int, _ columns: Int, _ rank: Int
  ) {
    var stream = RandomStream(seed: 5)
    let a =
      rank == 0
      ? Matrix<Double>(rows: rows, columns: columns)
      : product(random(rows, rank, &stream), random(rank, columns, &stream))
    let basis = a.nullSpace(rank: rank)
    #expect(basis.rows == columns - rank && basis.columns == columns)
    guard basis.rows > 0 else { return }
    let products = product(basis, basis.transposed)
    for i in 0..<basis.rows {
      for j in 0..<basis.rows { #expect(abs(products[i, j] - (i == j ? 1 : 0)) < 1e-14) }
    }
    // Sums of `rank` products of normal numbers.
    #expect(product(a, basis.transposed).elements.allSatisfy { abs($0) < 1e-11 })
  }
}
