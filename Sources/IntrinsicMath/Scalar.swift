/// A floating-point type that networks compute in: `Float` or `Double`.
///
/// Code above this module is generic over `Scalar` and never writes an inner loop of its own: every
/// loop over samples or weights is a function of ``kernels``, compiled for the type and the processor.
/// Generic loops that are not specialized across modules cost sixty times more.
public protocol Scalar: BinaryFloatingPoint, LosslessStringConvertible, Codable, Sendable {
  /// The BLAS, LAPACK and vector functions for this type.
  static var kernels: Kernels<Self> { get }
  /// The name used in files and benchmark output, such as `float64`.
  static var typeName: String { get }
}

extension Float: Scalar {
  public static var typeName: String { "float32" }
}

extension Double: Scalar {
  public static var typeName: String { "float64" }
}
