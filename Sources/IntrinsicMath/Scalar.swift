/// A floating-point type that networks compute in: `Float` or `Double`.
///
/// Code above this module is generic over `Scalar` and never writes an inner loop of its own: every
/// loop over samples or weights is a static function of the protocols that this one inherits (see
/// <doc:Kernels>), compiled for the type and the processor. Generic loops that are not specialized
/// across modules cost sixty times more; a call costs a few nanoseconds, whatever its generic context.
public protocol Scalar: BinaryFloatingPoint, LosslessStringConvertible, Codable, Sendable,
  ClassKernels, ElementwiseKernels, GroupKernels, ImageKernels, JetKernels, LaneKernels,
  LinearAlgebraKernels, NormalizationKernels, OutputKernels, PathKernels, ProductKernels,
  RowKernels,
  SparseKernels, StepKernels
{
  /// The name used in files and benchmark output, such as `float64`.
  static var typeName: String { get }
}

extension Float: Scalar {
  public static var typeName: String { "float32" }
}

extension Double: Scalar {
  public static var typeName: String { "float64" }
}
