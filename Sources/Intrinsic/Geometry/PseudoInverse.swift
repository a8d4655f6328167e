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
    guard T.kernels.eigen(n, a, n, values.pointer) == 0 else { return false }
    let least = cutoff * values[n - 1]
    // Rows of `a` are the eigenvectors: x = Σ v (v·g)/λ over the eigenvalues that count.
    T.kernels.gemm(false, false, n, 1, n, 1, a, n, x, 1, 0, vector.pointer, 1)
    for i in 0..<n {
      vector.pointer[i] = values.pointer[i] > least ? vector.pointer[i] / values.pointer[i] : 0
    }
    T.kernels.gemm(true, false, n, 1, n, 1, a, n, vector.pointer, 1, 0, x, 1)
    return true
  }
}
