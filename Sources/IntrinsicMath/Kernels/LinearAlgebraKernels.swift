#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif
import CIntrinsicKernels

/// BLAS and LAPACK on row-major matrices, where `ld` is the distance between rows. Calls compute on the
/// thread that makes them; symmetric products, factorizations and solves on several threads are in
/// ``SymmetricAlgebra``.
public protocol LinearAlgebraKernels {
  /// C = α op(A) op(B) + β C with C of m × n and k the inner dimension.
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Self, a: UnsafePointer<Self>,
    lda: Int, b: UnsafePointer<Self>, ldb: Int, beta: Self, c: UnsafeMutablePointer<Self>, ldc: Int)

  /// The lower triangle of C = α A Aᵀ + β C with A of n × k.
  static func syrk(
    n: Int, k: Int, alpha: Self, a: UnsafePointer<Self>, lda: Int, beta: Self,
    c: UnsafeMutablePointer<Self>, ldc: Int)

  /// The Cholesky factor of the lower triangle of A of n × n, in place.
  ///
  /// - Returns: 0, or the order, from 1, of the first leading minor that is not positive.
  static func choleskyFactor(n: Int, a: UnsafeMutablePointer<Self>, lda: Int) -> Int

  /// Solves A x = b in place with the factor of ``choleskyFactor(n:a:lda:)``.
  static func choleskySolve(
    n: Int, factor: UnsafePointer<Self>, lda: Int, b: UnsafeMutablePointer<Self>)

  /// X ← X L⁻ᵀ in place for X of m × n and the n × n factor L of ``choleskyFactor(n:a:lda:)``.
  static func solveTriangular(
    m: Int, n: Int, factor: UnsafePointer<Self>, ldl: Int, x: UnsafeMutablePointer<Self>, ldx: Int)

  /// X ← L⁻¹ X in place for X of m × n and the m × m factor L of ``choleskyFactor(n:a:lda:)``.
  static func solveLower(
    m: Int, n: Int, factor: UnsafePointer<Self>, ldl: Int, x: UnsafeMutablePointer<Self>, ldx: Int)

  /// The eigenvalues of the lower triangle of A of n × n, increasing, and in the rows of A its
  /// eigenvectors. LAPACK allocates its scratch memory.
  ///
  /// - Returns: 0 if it converged.
  static func eigen(
    n: Int, a: UnsafeMutablePointer<Self>, lda: Int, values: UnsafeMutablePointer<Self>
  ) -> Int

  /// Copies the lower triangle of A of n × n to the upper one.
  static func mirrorLower(n: Int, a: UnsafeMutablePointer<Self>, ld: Int)
}

extension Float: LinearAlgebraKernels {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float,
    a: UnsafePointer<Float>, lda: Int, b: UnsafePointer<Float>, ldb: Int, beta: Float,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    BLAS.configure()
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
      transposeB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), alpha, a, Int32(lda),
      b, Int32(ldb), beta, c, Int32(ldc))
  }

  public static func syrk(
    n: Int, k: Int, alpha: Float, a: UnsafePointer<Float>, lda: Int, beta: Float,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    BLAS.configure()
    cblas_ssyrk(
      CblasRowMajor, CblasLower, CblasNoTrans, Int32(n), Int32(k), alpha, a, Int32(lda), beta, c,
      Int32(ldc))
  }

  public static func choleskyFactor(n: Int, a: UnsafeMutablePointer<Float>, lda: Int) -> Int {
    BLAS.configure()
    var (uplo, n, lda, info) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(0))
    spotrf_(&uplo, &n, a, &lda, &info)
    return Int(info)
  }

  public static func choleskySolve(
    n: Int, factor: UnsafePointer<Float>, lda: Int, b: UnsafeMutablePointer<Float>
  ) {
    var (uplo, n, lda, ldb) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(n))
    var (one, info) = (Int32(1), Int32(0))
    spotrs_(&uplo, &n, &one, UnsafeMutablePointer(mutating: factor), &lda, b, &ldb, &info)
  }

  public static func solveTriangular(
    m: Int, n: Int, factor: UnsafePointer<Float>, ldl: Int, x: UnsafeMutablePointer<Float>, ldx: Int
  ) {
    BLAS.configure()
    cblas_strsm(
      CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(m), Int32(n), 1,
      factor, Int32(ldl), x, Int32(ldx))
  }

  public static func solveLower(
    m: Int, n: Int, factor: UnsafePointer<Float>, ldl: Int, x: UnsafeMutablePointer<Float>, ldx: Int
  ) {
    BLAS.configure()
    cblas_strsm(
      CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(m), Int32(n), 1,
      factor, Int32(ldl), x, Int32(ldx))
  }

  public static func eigen(
    n: Int, a: UnsafeMutablePointer<Float>, lda: Int, values: UnsafeMutablePointer<Float>
  ) -> Int {
    BLAS.configure()
    var (jobz, uplo) = (CChar(UInt8(ascii: "V")), BLAS.rowMajorLower)
    var (n, lda, info, work, query) = (Int32(n), Int32(lda), Int32(0), Float(0), Int32(-1))
    ssyev_(&jobz, &uplo, &n, a, &lda, values, &work, &query, &info)
    var count = Int32(work)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Int(count)) { memory in
      ssyev_(&jobz, &uplo, &n, a, &lda, values, memory.baseAddress!, &count, &info)
    }
    return Int(info)
  }

  public static func mirrorLower(n: Int, a: UnsafeMutablePointer<Float>, ld: Int) {
    ik_mirror_lower_f32(n, a, ld)
  }
}

extension Double: LinearAlgebraKernels {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Double,
    a: UnsafePointer<Double>, lda: Int, b: UnsafePointer<Double>, ldb: Int, beta: Double,
    c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    BLAS.configure()
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
      transposeB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), alpha, a, Int32(lda),
      b, Int32(ldb), beta, c, Int32(ldc))
  }

  public static func syrk(
    n: Int, k: Int, alpha: Double, a: UnsafePointer<Double>, lda: Int, beta: Double,
    c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    BLAS.configure()
    cblas_dsyrk(
      CblasRowMajor, CblasLower, CblasNoTrans, Int32(n), Int32(k), alpha, a, Int32(lda), beta, c,
      Int32(ldc))
  }

  public static func choleskyFactor(n: Int, a: UnsafeMutablePointer<Double>, lda: Int) -> Int {
    BLAS.configure()
    var (uplo, n, lda, info) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(0))
    dpotrf_(&uplo, &n, a, &lda, &info)
    return Int(info)
  }

  public static func choleskySolve(
    n: Int, factor: UnsafePointer<Double>, lda: Int, b: UnsafeMutablePointer<Double>
  ) {
    var (uplo, n, lda, ldb) = (BLAS.rowMajorLower, Int32(n), Int32(lda), Int32(n))
    var (one, info) = (Int32(1), Int32(0))
    dpotrs_(&uplo, &n, &one, UnsafeMutablePointer(mutating: factor), &lda, b, &ldb, &info)
  }

  public static func solveTriangular(
    m: Int, n: Int, factor: UnsafePointer<Double>, ldl: Int, x: UnsafeMutablePointer<Double>,
    ldx: Int
  ) {
    BLAS.configure()
    cblas_dtrsm(
      CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(m), Int32(n), 1,
      factor, Int32(ldl), x, Int32(ldx))
  }

  public static func solveLower(
    m: Int, n: Int, factor: UnsafePointer<Double>, ldl: Int, x: UnsafeMutablePointer<Double>,
    ldx: Int
  ) {
    BLAS.configure()
    cblas_dtrsm(
      CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(m), Int32(n), 1,
      factor, Int32(ldl), x, Int32(ldx))
  }

  public static func eigen(
    n: Int, a: UnsafeMutablePointer<Double>, lda: Int, values: UnsafeMutablePointer<Double>
  ) -> Int {
    BLAS.configure()
    var (jobz, uplo) = (CChar(UInt8(ascii: "V")), BLAS.rowMajorLower)
    var (n, lda, info, work, query) = (Int32(n), Int32(lda), Int32(0), Double(0), Int32(-1))
    dsyev_(&jobz, &uplo, &n, a, &lda, values, &work, &query, &info)
    var count = Int32(work)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: Int(count)) { memory in
      dsyev_(&jobz, &uplo, &n, a, &lda, values, memory.baseAddress!, &count, &info)
    }
    return Int(info)
  }

  public static func mirrorLower(n: Int, a: UnsafeMutablePointer<Double>, ld: Int) {
    ik_mirror_lower_f64(n, a, ld)
  }
}
