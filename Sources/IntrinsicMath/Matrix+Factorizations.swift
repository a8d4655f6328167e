#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// Orthogonal factorizations, for analyses that decide ranks: their errors are relative to the
/// largest singular value, where those of eigenvalues of A Aᵀ are relative to its square.
///
/// LAPACK is column-major, so that it sees the transpose of every matrix here.
extension Matrix where Element == Double {
  /// The min(rows, columns) singular values, decreasing; nil if an element is not finite or they did
  /// not converge. Errors are a small multiple of 2⁻⁵² times the largest.
  ///
  /// - Complexity: for n × m with n ≤ m, 2n²m operations at the speed of matrix products, then 8n³/3
  ///   half of which runs at the speed of memory; needs another copy of the matrix.
  public func singularValues() -> [Double]? {
    if rows > columns { return transposed.singularValues() }
    if columns > rows { return lowerFactor().singularValues() }
    if rows == 0 { return [] }
    guard elements.allSatisfy(\.isFinite) else { return nil }
    BLAS.configure()
    var copy = elements
    var values = [Double](repeating: 0, count: rows)
    var integers = [Int32](repeating: 0, count: 8 * rows)
    var job = CChar(UInt8(ascii: "N"))
    var (m, n, lda) = (Int32(rows), Int32(rows), Int32(rows))
    var (ldu, ldvt, info, query) = (Int32(1), Int32(1), Int32(0), Int32(-1))
    var (u, vt, work) = (0.0, 0.0, 0.0)
    dgesdd_(
      &job, &m, &n, &copy, &lda, &values, &u, &ldu, &vt, &ldvt, &work, &query, &integers, &info)
    var count = Int32(work)
    var memory = [Double](repeating: 0, count: Int(count))
    dgesdd_(
      &job, &m, &n, &copy, &lda, &values, &u, &ldu, &vt, &ldvt, &memory, &count, &integers, &info)
    return info == 0 ? values : nil
  }

  /// The lower triangular L of A = L Q with orthonormal rows in Q: rows × min(rows, columns). It has
  /// the singular values and the left null space of A.
  ///
  /// - Complexity: 2n²m operations for n × m with n ≤ m.
  public func lowerFactor() -> Matrix {
    guard !elements.isEmpty else { return Matrix(rows: rows, columns: 0) }
    BLAS.configure()
    var copy = elements
    var reflectors = [Double](repeating: 0, count: min(rows, columns))
    var (m, n, info, query, work) = (Int32(columns), Int32(rows), Int32(0), Int32(-1), 0.0)
    var lda = m
    dgeqrf_(&m, &n, &copy, &lda, &reflectors, &work, &query, &info)
    var count = Int32(work)
    var memory = [Double](repeating: 0, count: Int(count))
    dgeqrf_(&m, &n, &copy, &lda, &reflectors, &memory, &count, &info)
    var result = Matrix(rows: rows, columns: reflectors.count)
    for row in 0..<rows {
      for column in 0..<min(row + 1, result.columns) {
        result.elements[row * result.columns + column] = copy[row * columns + column]
      }
    }
    return result
  }

  /// Orthonormal vectors, one a row, that are orthogonal to the rows of A: those of its null space if
  /// `rank` is its rank, from a factorization that picks `rank` rows in the order of what they add.
  ///
  /// - Complexity: 4n³/3 operations for n × n, half of which run at the speed of memory.
  public func nullSpace(rank: Int) -> Matrix {
    precondition(
      rank >= 0 && rank <= min(rows, columns), "rank \(rank) of \(rows) × \(columns)")
    var basis = Matrix(rows: columns - rank, columns: columns)
    for row in 0..<basis.rows { basis.elements[row * columns + rank + row] = 1 }
    guard rank > 0 && basis.rows > 0 else { return basis }
    BLAS.configure()
    var copy = elements
    var pivots = [Int32](repeating: 0, count: rows)
    var reflectors = [Double](repeating: 0, count: min(rows, columns))
    var (m, n, info, query, work) = (Int32(columns), Int32(rows), Int32(0), Int32(-1), 0.0)
    var lda = m
    dgeqp3_(&m, &n, &copy, &lda, &pivots, &reflectors, &work, &query, &info)
    var count = Int32(work)
    var memory = [Double](repeating: 0, count: Int(count))
    dgeqp3_(&m, &n, &copy, &lda, &pivots, &reflectors, &memory, &count, &info)

    // The first `rank` reflectors turn the picked rows into the first coordinates.
    var (side, transpose) = (CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")))
    var (vectors, k, ldc) = (Int32(basis.rows), Int32(rank), m)
    dormqr_(
      &side, &transpose, &m, &vectors, &k, &copy, &lda, &reflectors, &basis.elements, &ldc, &work,
      &query, &info)
    count = Int32(work)
    memory = [Double](repeating: 0, count: Int(count))
    dormqr_(
      &side, &transpose, &m, &vectors, &k, &copy, &lda, &reflectors, &basis.elements, &ldc, &memory,
      &count, &info)
    return basis
  }
}
