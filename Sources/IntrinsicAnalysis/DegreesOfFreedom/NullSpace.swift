import Intrinsic
import IntrinsicMath

/// The null space N(w): the directions of the parameters that change the function on none of some
/// inputs, and which part of it node-wise rescaling spans (Neyshabur et al. 2016, §7).
public struct NullSpace: Sendable {
  /// An orthonormal basis, dimension × parameters.
  public let basis: Matrix<Double>
  /// The largest ‖∂f/∂w n‖/σ_1 over the vectors n of the basis.
  public let residual: Double
  /// The dimension of what node-wise rescaling spans.
  public let rescalingDimension: Int
  /// The sine of the largest angle between what node-wise rescaling spans and the null space: 0 if
  /// it is a part of it, 1 if some direction of it is orthogonal.
  public let rescalingSine: Double

  /// The dimension of the null space.
  public var dimension: Int { basis.rows }
  /// The dimensions that node-wise rescaling does not explain: dead units, too few inputs, linear
  /// layers, softmax.
  public var otherDimension: Int { dimension - rescalingDimension }

  /// - Complexity: that of ``FunctionTangent/nullSpace()``.
  public init(_ tangent: FunctionTangent, _ rescalings: RescalingDirections)
    throws(DegreesOfFreedomError)
  {
    precondition(
      tangent.parameterCount == rescalings.directions.columns,
      "directions of \(rescalings.directions.columns) for \(tangent.parameterCount) parameters")
    let basis = tangent.nullSpace()
    self.basis = basis
    residual = tangent.sensitivity(along: basis).max() ?? 0
    rescalingDimension = rescalings.rank.rank
    rescalingSine = try Self.sine(rescalings.orthonormalBasis(), basis)
  }

  /// - Throws: ``DegreesOfFreedomError``.
  public init(
    of model: Model, on inputs: Matrix<Double>, distance: OutputDistance = .square
  ) throws(DegreesOfFreedomError) {
    try self.init(
      FunctionTangent(model, on: inputs, distance: distance), RescalingDirections(model))
  }

  /// The sine of the largest principal angle: the norm of Q − Q Nᵀ N.
  private static func sine(
    _ q: Matrix<Double>, _ n: Matrix<Double>
  ) throws(DegreesOfFreedomError) -> Double {
    if q.rows == 0 { return 0 }
    if n.rows == 0 { return 1 }
    let count = q.columns
    var products = Matrix<Double>(rows: q.rows, columns: n.rows)
    Double.gemm(
      transposeA: false, transposeB: true, m: q.rows, n: n.rows, k: count, alpha: 1, a: q.elements,
      lda: count, b: n.elements, ldb: count, beta: 0,
      c: &products.elements, ldc: n.rows)
    var rest = q
    Double.gemm(
      transposeA: false, transposeB: false, m: q.rows, n: count, k: n.rows, alpha: -1,
      a: products.elements, lda: n.rows, b: n.elements, ldb: count, beta: 1,
      c: &rest.elements, ldc: count)
    return try NumericalRank(of: rest).largest
  }
}
