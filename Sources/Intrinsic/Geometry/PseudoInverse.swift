import IntrinsicMath

/// Solves A x = g by the Moore–Penrose pseudo-inverse of a symmetric positive semidefinite matrix:
/// eigenvalues below a fraction of the largest count as zero (Ollivier 2015, §3.3).
struct PseudoInverse<T: Scalar> {
  /// The fraction.
  let cutoff: T
  /// Scratch for n eigenvalues.
  let values: Buffer<T>
  /// Scratch for n coefficients.
  let vector: Buffer<T>

  /// Solves in place; `a` (n × n, lower triangle) is overwritten by its eigenvectors.
  /// - Returns: whether the eigenvalues converged.
  func solve(_ n: Int, _ a: UnsafeMutablePointer<T>, _ x: UnsafeMutablePointer<T>) -> Bool {
    guard T.eigen(n: n, a: a, lda: n, values: values.pointer) == 0 else { return false }
    let least = cutoff * values[n - 1]
    // Rows of `a` are the eigenvectors: x = Σ v (v·g)/λ over the eigenvalues that count.
    T.gemm(
      transposeA: false, transposeB: false, m: n, n: 1, k: n, alpha: 1, a: a, lda: n, b: x, ldb: 1,
      beta: 0, c: vector.pointer, ldc: 1)
    for i in 0..<n {
      vector.pointer[i] = values.pointer[i] > least ? vector.pointer[i] / values.pointer[i] : 0
    }
    T.gemm(
      transposeA: true, transposeB: false, m: n, n: 1, k: n, alpha: 1, a: a, lda: n,
      b: vector.pointer, ldb: 1, beta: 0, c: x, ldc: 1)
    return true
  }
}
