/// Products and factorizations of large symmetric matrices on several threads. BLAS runs on one thread; blocks of the
/// lower triangle are shared out, and the triangle above is neither read nor written.
public enum SymmetricAlgebra<T: Scalar> {
  /// The largest block.
  private static var greatestBlock: Int { 256 }

  /// S = alpha · A Aᵀ + beta · S.
  ///
  /// - Parameters:
  ///   - a: n × k, with rows `lda` apart.
  ///   - s: n × n, with rows `lds` apart.
  public static func rowProducts(
    _ n: Int, _ k: Int, _ alpha: T, _ a: UnsafePointer<T>, _ lda: Int, _ beta: T,
    _ s: UnsafeMutablePointer<T>, _ lds: Int, threads: Int
  ) {
    guard threads > 1, n >= 2 * threads, n * k >= 100_000 else {
      T.kernels.syrk(n, k, alpha, a, lda, beta, s, lds)
      return
    }
    forEachBlock(n, threads: threads) { rows, columns in
      let target = s + rows.lowerBound * lds + columns.lowerBound
      let own = a + rows.lowerBound * lda
      if rows == columns {
        T.kernels.syrk(rows.count, k, alpha, own, lda, beta, target, lds)
      } else {
        T.kernels.gemm(
          false, true, rows.count, columns.count, k, alpha, own, lda, a + columns.lowerBound * lda,
          lda, beta, target, lds)
      }
    }
  }

  /// S = alpha · AᵀA + beta · S.
  ///
  /// - Parameters:
  ///   - a: k × n, with rows `lda` apart.
  ///   - s: n × n, with rows `lds` apart.
  public static func columnProducts(
    _ n: Int, _ k: Int, _ alpha: T, _ a: UnsafePointer<T>, _ lda: Int, _ beta: T,
    _ s: UnsafeMutablePointer<T>, _ lds: Int, threads: Int
  ) {
    forEachBlock(n, threads: threads) { rows, columns in
      T.kernels.gemm(
        true, false, rows.count, columns.count, k, alpha, a + rows.lowerBound, lda,
        a + columns.lowerBound, lda, beta, s + rows.lowerBound * lds + columns.lowerBound, lds)
    }
  }

  /// Calls `body` with the blocks of the lower triangle, those of the diagonal last, so that threads end together.
  private static func forEachBlock(
    _ n: Int, threads: Int, _ body: (Range<Int>, Range<Int>) -> Void
  ) {
    let count = min(n, max(2 * threads, (n + greatestBlock - 1) / greatestBlock))
    func block(_ i: Int) -> Range<Int> { n * i / count..<n * (i + 1) / count }
    let pairs =
      (0..<count).flatMap { i in (0..<i).map { (i, $0) } } + (0..<count).map { ($0, $0) }
    let parts = min(threads, pairs.count)
    Parallel.forEachPart(of: parts, threads: parts) { part in
      for first in part {
        for index in stride(from: first, to: pairs.count, by: parts) {
          body(block(pairs[index].0), block(pairs[index].1))
        }
      }
    }
  }

  /// L with S = L Lᵀ in the lower triangle of S, in place.
  ///
  /// - Parameter s: n × n, with rows `lds` apart.
  /// - Returns: 0, or the 1-based pivot that is not positive.
  /// - Complexity: n³/3 operations.
  public static func factor(
    _ n: Int, _ s: UnsafeMutablePointer<T>, _ lds: Int, threads: Int
  ) -> Int {
    let k = T.kernels
    guard threads > 1, n >= 512 else { return k.choleskyFactor(n, s, lds) }
    let width = 128
    for start in stride(from: 0, to: n, by: width) {
      let count = min(width, n - start)
      let corner = s + start * lds + start
      let failed = k.choleskyFactor(count, corner, lds)
      if failed != 0 { return start + failed }
      let rest = n - start - count
      guard rest > 0 else { break }
      let panel = corner + count * lds
      Parallel.forEachPart(of: rest, threads: threads) { rows in
        k.solveTriangular(rows.count, count, corner, lds, panel + rows.lowerBound * lds, lds)
      }
      rowProducts(rest, count, -1, panel, lds, 1, panel + count, lds, threads: threads)
    }
    return 0
  }
}
