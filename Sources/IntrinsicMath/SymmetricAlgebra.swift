/// Products and factorizations of large symmetric matrices on several threads. BLAS runs on one thread; blocks of the
/// lower triangle are shared out, and the triangle above is neither read nor written.
public enum SymmetricAlgebra<T: Scalar> {
  /// The largest block.
  private static var greatestBlock: Int { 512 }
  /// The largest block of the diagonal whose upper triangle is computed, too.
  private static var leastBlock: Int { 128 }

  /// S = alpha · A Aᵀ + beta · S for A of n × k with rows `lda` apart, and S of n × n with rows `lds` apart.
  public static func rowProducts(
    _ n: Int, _ k: Int, _ alpha: T, _ a: UnsafePointer<T>, _ lda: Int, _ beta: T,
    _ s: UnsafeMutablePointer<T>, _ lds: Int, threads: Int
  ) {
    guard threads > 1, n >= 2 * threads, n * k >= 100_000 else {
      T.syrk(n: n, k: k, alpha: alpha, a: a, lda: lda, beta: beta, c: s, ldc: lds)
      return
    }
    if n <= greatestBlock && k >= n {
      shareColumns(n, k, alpha, a, lda, beta, s, lds, threads: threads)
      return
    }
    forEachBlock(n, threads: threads) { rows, columns in
      let target = s + rows.lowerBound * lds + columns.lowerBound
      let strip = a + rows.lowerBound * lda
      if rows == columns {
        T.syrk(
          n: rows.count, k: k, alpha: alpha, a: strip, lda: lda, beta: beta, c: target, ldc: lds)
      } else {
        T.gemm(
          transposeA: false, transposeB: true, m: rows.count, n: columns.count, k: k, alpha: alpha,
          a: strip, lda: lda,
          b: a + columns.lowerBound * lda,
          ldb: lda, beta: beta, c: target, ldc: lds)
      }
    }
  }

  /// S = alpha · AᵀA + beta · S for A of k × n with rows `lda` apart, and S of n × n with rows `lds` apart.
  public static func columnProducts(
    _ n: Int, _ k: Int, _ alpha: T, _ a: UnsafePointer<T>, _ lda: Int, _ beta: T,
    _ s: UnsafeMutablePointer<T>, _ lds: Int, threads: Int
  ) {
    func products(_ rows: Range<Int>, _ columns: Range<Int>) {
      if rows == columns && rows.count > leastBlock {
        // The triangle above is not computed.
        let middle = (rows.lowerBound + rows.upperBound) / 2
        let (upper, lower) = (rows.lowerBound..<middle, middle..<rows.upperBound)
        products(upper, upper)
        products(lower, upper)
        products(lower, lower)
        return
      }
      T.gemm(
        transposeA: true, transposeB: false, m: rows.count, n: columns.count, k: k, alpha: alpha,
        a: a + rows.lowerBound, lda: lda,
        b: a + columns.lowerBound, ldb: lda, beta: beta,
        c: s + rows.lowerBound * lds + columns.lowerBound, ldc: lds)
    }
    forEachBlock(n, threads: threads, products)
  }

  /// A small S from a long A: each thread sums over columns of its own.
  private static func shareColumns(
    _ n: Int, _ k: Int, _ alpha: T, _ a: UnsafePointer<T>, _ lda: Int, _ beta: T,
    _ s: UnsafeMutablePointer<T>, _ lds: Int, threads: Int
  ) {
    withUnsafeTemporaryAllocation(of: T.self, capacity: (threads - 1) * n * n) { memory in
      nonisolated(unsafe) let memory = memory.baseAddress!
      Parallel.forEachPart(of: threads, threads: threads) { parts in
        for part in parts {
          let columns = k * part / threads..<k * (part + 1) / threads
          let strip = a + columns.lowerBound
          if part == 0 {
            T.syrk(
              n: n, k: columns.count, alpha: alpha, a: strip, lda: lda, beta: beta, c: s, ldc: lds)
          } else {
            T.syrk(
              n: n, k: columns.count, alpha: alpha, a: strip, lda: lda, beta: 0,
              c: memory + (part - 1) * n * n, ldc: n)
          }
        }
      }
      for part in 0..<threads - 1 {
        for i in 0..<n {
          let (row, more) = (s + i * lds, memory + part * n * n + i * n)
          T.addScaled(count: i + 1, x: row, alpha: 1, y: more, into: row)
        }
      }
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

  /// L with S = L Lᵀ in the lower triangle of S, of n × n with rows `lds` apart, in place.
  ///
  /// - Returns: 0, or the 1-based pivot that is not positive.
  /// - Complexity: n³/3 operations.
  public static func factor(
    _ n: Int, _ s: UnsafeMutablePointer<T>, _ lds: Int, threads: Int
  ) -> Int {
    guard threads > 1, n >= 512 else { return T.choleskyFactor(n: n, a: s, lda: lds) }
    let width = 128
    for start in stride(from: 0, to: n, by: width) {
      let count = min(width, n - start)
      let corner = s + start * lds + start
      let failed = T.choleskyFactor(n: count, a: corner, lda: lds)
      if failed != 0 { return start + failed }
      let rest = n - start - count
      guard rest > 0 else { break }
      let panel = corner + count * lds
      Parallel.forEachPart(of: rest, threads: threads) { rows in
        T.solveTriangular(
          m: rows.count, n: count, factor: corner, ldl: lds, x: panel + rows.lowerBound * lds,
          ldx: lds)
      }
      rowProducts(rest, count, -1, panel, lds, 1, panel + count, lds, threads: threads)
    }
    return 0
  }
}
