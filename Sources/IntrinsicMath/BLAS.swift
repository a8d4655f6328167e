#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// The linear-algebra library in use.
public enum BLAS {
  /// The library and the processor kernels that it selected, such as `OpenBLAS Cooperlake`.
  ///
  /// OpenBLAS obeys the environment variable `OPENBLAS_CORETYPE`; a value below what the processor
  /// offers (`Haswell` on an AVX-512 machine) halves the speed of matrix products.
  public static var coreName: String {
    configure()
    #if canImport(Accelerate)
      return "Accelerate"
    #else
      return "OpenBLAS " + String(cString: openblas_get_corename())
    #endif
  }

  /// Makes OpenBLAS single-threaded, once: parallelism is by ``Parallel``, whose threads keep their
  /// speed on a busy machine where those of OpenBLAS wait for each other.
  @inline(__always)
  static func configure() { _ = configured }

  /// LAPACK's letter for the lower triangle of a row-major matrix: its upper triangle, column-major.
  static let rowMajorLower = CChar(UInt8(ascii: "U"))

  private static let configured: Void = {
    #if !canImport(Accelerate)
      openblas_set_num_threads(1)
    #endif
  }()
}
