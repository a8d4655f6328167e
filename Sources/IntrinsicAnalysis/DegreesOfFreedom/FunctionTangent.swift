import Intrinsic
import IntrinsicMath

/// How the outputs of two networks are compared on an input.
public enum OutputDistance: String, Codable, Sendable, CaseIterable {
  /// ‖a − a′‖² of the output activities.
  case square
  /// The Kullback–Leibler divergence of what the output models say.
  case divergence
}

/// How displacements of the parameters change the function of a model on some inputs, to first
/// order: the singular values, the rank and the null space of ∂f/∂w stacked over outputs and inputs
/// (Neyshabur et al. 2016, §7).
///
/// The metric F(w) = E[Jᵀ H J], H the Hessian of the distance at the outputs, has the same null
/// space and rank as the stacked matrix of the rows of √H J. For the squared distance that is ∂f/∂w
/// itself. For the Kullback–Leibler divergence H is the Fisher matrix of the output model, which
/// ignores what the model ignores: adding the same number to all outputs of a softmax.
///
/// A rank in the numerical sense depends on the scale of the parameters: units whose incoming weights
/// are 10⁵ times the outgoing ones, or probabilities next to 0, bring least singular values near the
/// tolerance. The gap tells; balanced units have the largest.
public struct FunctionTangent: Sendable {
  /// In what outputs are measured.
  public let distance: OutputDistance
  /// The singular values of the stacked matrix, decreasing.
  public let singularValues: [Double]
  /// The rank of the stacked matrix, (outputs × samples) × parameters.
  public let rank: NumericalRank
  /// Whether each parameter changes nothing on any of the inputs; exact zeros only.
  public let isSilent: [Bool]
  /// A smaller matrix R with the same row space and singular values: the stacked matrix is Q R.
  private let factor: Matrix<Double>

  /// Matrices that need more bytes are refused.
  public static let greatestSize = 8_000_000_000

  /// The bytes that outputs × samples rows and one column for each parameter need.
  public static func size(rows: Int, columns: Int) -> Double {
    16 * Double(columns) * (Double(rows) + Double(columns))
  }

  /// The singular values of the derivative of the outputs by the parameters.
  ///
  /// - Parameters:
  ///   - model: whose function it is.
  ///   - inputs: inputs × samples; the rank grows with their number until all that can be told apart
  ///     is, at more rows than parameters or later.
  ///   - distance: in what outputs are measured.
  ///   - cutoff: singular values below this fraction of the largest count as zero; (the greater
  ///     dimension of the matrix)·2⁻⁵² unless given.
  /// - Throws: ``DegreesOfFreedomError``.
  /// - Complexity: for S rows (outputs × samples) and P < S parameters, 2SP² operations at the speed
  ///   of matrix products and 8P³/3 half of which runs at the speed of memory; two copies of the
  ///   S × P matrix.
  public init(
    _ model: Model, on inputs: Matrix<Double>, distance: OutputDistance = .square,
    cutoff: Double? = nil
  ) throws(DegreesOfFreedomError) {
    let (network, parameters) = (model.network, model.parameters)
    if network.isNormalized { throw .normalizedNetwork }
    let (rows, columns) = (network.outputCount * inputs.columns, network.parameterCount)
    let bytes = Self.size(rows: rows, columns: columns)
    if bytes > Double(Self.greatestSize) {
      throw .tooLarge(rows: rows, columns: columns, gigabytes: (bytes / 1e9).rounded())
    }
    let workspace = Workspace<Double>(network, maximumBatchSize: inputs.columns)
    workspace.load(inputs: inputs)
    workspace.forward(parameters)
    let columnsOfJacobian: Matrix<Double>
    switch distance {
    case .square: columnsOfJacobian = workspace.outputJacobian(parameters)
    case .divergence:
      do { columnsOfJacobian = try workspace.fisherFactor(parameters) } catch {
        throw .noDivergence(network.output)
      }
    }
    self.distance = distance
    isSilent = columnsOfJacobian.elements.withUnsafeBufferPointer { elements in
      (0..<columns).map { e in elements[e * rows..<(e + 1) * rows].allSatisfy { $0 == 0 } }
    }
    // Of the transpose L Q, so that the stacked matrix is Qᵀ Lᵀ.
    factor =
      rows > columns ? columnsOfJacobian.lowerFactor().transposed : columnsOfJacobian.transposed
    guard let values = factor.singularValues() else {
      throw .singularValuesNotFound(rows: rows, columns: columns)
    }
    singularValues = values
    rank = NumericalRank(singularValues: values, rows: rows, columns: columns, cutoff: cutoff)
  }

  /// The number of parameters.
  public var parameterCount: Int { factor.columns }

  /// The dimension of the null space N(w) of directions that change nothing.
  public var nullity: Int { parameterCount - rank.rank }

  /// An orthonormal basis of the null space: nullity × parameters.
  ///
  /// It is off by about the rounding errors over the least singular value that counts, and means as
  /// little as the rank where there is no gap.
  ///
  /// - Complexity: 4P³/3 operations for P parameters, half of them at the speed of memory.
  public func nullSpace() -> Matrix<Double> { factor.nullSpace(rank: rank.rank) }

  /// ‖∂f/∂w d‖/(σ_1 ‖d‖) for each row d: how much the function changes along it, 1 at most; 0 for a
  /// row of zeros.
  public func sensitivity(along directions: Matrix<Double>) -> [Double] {
    precondition(
      directions.columns == parameterCount,
      "directions of \(directions.columns) for \(parameterCount) parameters")
    guard directions.rows > 0, rank.largest > 0 else {
      return [Double](repeating: 0, count: directions.rows)
    }
    var changes = Matrix<Double>(rows: directions.rows, columns: factor.rows)
    Double.gemm(
      transposeA: false, transposeB: true, m: directions.rows, n: factor.rows, k: parameterCount,
      alpha: 1, a: directions.elements,
      lda: parameterCount, b: factor.elements, ldb: parameterCount, beta: 0, c: &changes.elements,
      ldc: factor.rows)
    return (0..<directions.rows).map { row in
      let length = norm(directions.row(row))
      return length == 0 ? 0 : norm(changes.row(row)) / (rank.largest * length)
    }
  }
}

/// ‖x‖, without overflow.
func norm(_ x: [Double]) -> Double {
  let scale = x.reduce(0) { max($0, abs($1)) }
  guard scale > 0, scale.isFinite else { return scale }
  return scale * x.reduce(0) { $0 + ($1 / scale) * ($1 / scale) }.squareRoot()
}
