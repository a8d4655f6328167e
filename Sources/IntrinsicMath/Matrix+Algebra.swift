extension Matrix {
  /// The product A B.
  public static func * (a: Matrix, b: Matrix) -> Matrix {
    precondition(
      a.columns == b.rows, "\(a.rows) × \(a.columns) times \(b.rows) × \(b.columns)")
    var result = Matrix(rows: a.rows, columns: b.columns)
    result.elements.withUnsafeMutableBufferPointer { c in
      Element.gemm(
        transposeA: false, transposeB: false, m: a.rows, n: b.columns, k: a.columns, alpha: 1,
        a: a.elements, lda: max(a.columns, 1), b: b.elements,
        ldb: max(b.columns, 1), beta: 0, c: c.baseAddress!, ldc: max(b.columns, 1))
    }
    return result
  }

  /// A x.
  public static func * (a: Matrix, x: [Element]) -> [Element] {
    precondition(
      a.columns == x.count, "a product of \(a.rows) × \(a.columns) and a vector of \(x.count)")
    return (a * Matrix(rows: x.count, columns: 1, elements: x)).elements
  }

  /// A + factor · B.
  public func adding(_ other: Matrix, times factor: Element = 1) -> Matrix {
    precondition(
      rows == other.rows && columns == other.columns,
      "\(rows) × \(columns) and \(other.rows) × \(other.columns) are added")
    return Matrix(
      rows: rows, columns: columns,
      elements: zip(elements, other.elements).map { $0 + factor * $1 })
  }

  /// A + λ Id.
  public func addingToDiagonal(_ lambda: Element) -> Matrix {
    precondition(rows == columns, "the diagonal of a matrix of \(rows) × \(columns)")
    var result = self
    for i in 0..<rows { result[i, i] += lambda }
    return result
  }

  /// A⁻¹ B for a symmetric positive definite A, by its Cholesky factor; nil if A is not.
  public func positiveDefiniteSolve(_ b: Matrix) -> Matrix? {
    precondition(
      rows == columns && b.rows == rows, "\(rows) × \(columns) solved for \(b.rows) × \(b.columns)")
    var factor = self
    let failed = factor.elements.withUnsafeMutableBufferPointer {
      Element.choleskyFactor(n: rows, a: $0.baseAddress!, lda: rows)
    }
    guard failed == 0 else { return nil }
    var columns = b.transposed
    let n = rows
    columns.elements.withUnsafeMutableBufferPointer { x in
      factor.elements.withUnsafeBufferPointer {
        for column in 0..<b.columns {
          Element.choleskySolve(
            n: n, factor: $0.baseAddress!, lda: n, b: x.baseAddress! + column * n)
        }
      }
    }
    return columns.transposed
  }
}
