import IntrinsicMath

/// Solves (ε Id + U Uᵀ) δ = g in the space of the columns of U, of which there are fewer than rows,
/// by the Woodbury identity:
///
///     δ = (g − U z)/ε,   (ε Id + UᵀU) z = Uᵀ g
///
/// U is V diag(s), with V (n × m) and s given apart, so that several matrices with the same V share
/// the Gram matrix VᵀV. One step of iterative refinement removes the cancellation that a small ε
/// brings.
///
/// Costs O(m³ + nm) for each s, and O(nm²) once for each V.
final class SampleSpaceSolver<T: Scalar> {
  private let gram: Buffer<T>
  private let system: Buffer<T>
  private let coefficients: Buffer<T>
  private let residual: Buffer<T>
  private let correction: Buffer<T>
  private let threads: Int

  /// - Parameters:
  ///   - rows: the largest number of rows of U.
  ///   - columns: the largest number of its columns.
  ///   - threads: of products and factorizations.
  init(rows: Int, columns: Int, threads: Int = 1) {
    self.threads = threads
    gram = Buffer(count: columns * columns)
    system = Buffer(count: columns * columns)
    coefficients = Buffer(count: columns)
    residual = Buffer(count: rows)
    correction = Buffer(count: rows)
  }

  /// Takes V, of n × m: computes VᵀV.
  func load(_ v: UnsafePointer<T>, rows n: Int, columns m: Int) {
    SymmetricAlgebra<T>.columnProducts(m, n, 1, v, m, 0, gram.pointer, m, threads: threads)
  }

  /// The Cholesky factor of ε Id + s sᵀ ∘ VᵀV; all ones for s if nil.
  /// - Returns: 0, or the 1-based pivot that is not positive.
  func factor(scale s: UnsafePointer<T>?, columns m: Int, epsilon: T) -> Int {
    for x in 0..<m {
      let row = system.pointer + x * m
      if let s {
        T.multiply(count: x + 1, x: gram.pointer + x * m, y: s, into: row)
        T.scaleAdd(count: x + 1, alpha: s[x], x: row, beta: 0, into: row)
      } else {
        row.update(from: gram.pointer + x * m, count: x + 1)
      }
    }
    T.addToDiagonal(count: m, value: epsilon, a: system.pointer, ld: m)
    return SymmetricAlgebra<T>.factor(m, system.pointer, m, threads: threads)
  }

  /// out = U z for z of (ε Id + UᵀU) z = c, with the system of the last `factor`: (ε Id + U Uᵀ)⁻¹ U c without
  /// cancellation.
  func solve(
    _ u: UnsafePointer<T>, rows n: Int, columns m: Int, coefficients c: UnsafePointer<T>,
    into out: UnsafeMutablePointer<T>
  ) {
    coefficients.pointer.update(from: c, count: m)
    T.choleskySolve(n: m, factor: system.pointer, lda: m, b: coefficients.pointer)
    expand(u, nil, n, m, 1, coefficients.pointer, 0, into: out)
  }

  /// out = (ε Id + U Uᵀ)⁻¹ g with the system of the last `factor`.
  func solve(
    _ v: UnsafePointer<T>, scale s: UnsafePointer<T>?, rows n: Int, columns m: Int, epsilon: T,
    _ g: UnsafePointer<T>, into out: UnsafeMutablePointer<T>
  ) {
    apply(v, s, n, m, epsilon, g, into: out)
    // rest = g − ε out − U Uᵀ out
    let (z, rest) = (coefficients.pointer, residual.pointer)
    project(v, s, n, m, out)
    T.addScaled(count: n, x: g, alpha: -epsilon, y: out, into: rest)
    expand(v, s, n, m, -1, z, 1, into: rest)
    apply(v, s, n, m, epsilon, rest, into: correction.pointer)
    T.addScaled(count: n, x: out, alpha: 1, y: correction.pointer, into: out)
  }

  /// out = (g − U (ε Id + UᵀU)⁻¹ Uᵀ g)/ε.
  private func apply(
    _ v: UnsafePointer<T>, _ s: UnsafePointer<T>?, _ n: Int, _ m: Int, _ epsilon: T,
    _ g: UnsafePointer<T>, into out: UnsafeMutablePointer<T>
  ) {
    let z = coefficients.pointer
    project(v, s, n, m, g)
    T.choleskySolve(n: m, factor: system.pointer, lda: m, b: z)
    expand(v, s, n, m, -1 / epsilon, z, 0, into: out)
    T.addScaled(count: n, x: out, alpha: 1 / epsilon, y: g, into: out)
  }

  /// coefficients = Uᵀ x.
  private func project(
    _ v: UnsafePointer<T>, _ s: UnsafePointer<T>?, _ n: Int, _ m: Int, _ x: UnsafePointer<T>
  ) {
    let z = coefficients.pointer
    T.gemm(
      transposeA: false, transposeB: false, m: 1, n: m, k: n, alpha: 1, a: x, lda: n, b: v, ldb: m,
      beta: 0, c: z, ldc: m)
    if let s { T.multiply(count: m, x: s, y: z, into: z) }
  }

  /// out = alpha · U z + beta · out; z is overwritten.
  private func expand(
    _ v: UnsafePointer<T>, _ s: UnsafePointer<T>?, _ n: Int, _ m: Int, _ alpha: T,
    _ z: UnsafeMutablePointer<T>, _ beta: T, into out: UnsafeMutablePointer<T>
  ) {
    if let s { T.multiply(count: m, x: s, y: z, into: z) }
    T.gemm(
      transposeA: false, transposeB: true, m: 1, n: n, k: m, alpha: alpha, a: z, lda: m, b: v,
      ldb: m, beta: beta, c: out, ldc: n)
  }
}
