extension Matrix {
  /// The product A B.
  public static func * (a: Matrix, b: Matrix) -> Matrix {
    precondition(
      a.columns == b.rows, "\(a.rows) × \(a.columns) times \(b.rows) × \(b.columns)")
    var result = Matrix(rows: a.rows, columns: b.columns)
    result.elements.withUnsafeMutableBufferPointer { c in
      Element.kernels.gemm(
        false, false, a.rows, b.columns, a.columns, 1, a.elements, max(a.columns, 1), b.elements,
        max(b.columns, 1), 0, c.baseAddress!, max(b.columns, 1))
    }
    return result
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
      Element.kernels.choleskyFactor(rows, $0.baseAddress!, rows)
    }
    guard failed == 0 else { return nil }
    var columns = b.transposed
    let n = rows
    columns.elements.withUnsafeMutableBufferPointer { x in
      factor.elements.withUnsafeBufferPointer {
        for column in 0..<b.columns {
          Element.kernels.choleskySolve(n, $0.baseAddress!, n, x.baseAddress! + column * n)
        }
      }
    }
    return columns.transposed
  }
}
