import IntrinsicMath

/// The rank of a matrix of rounded numbers: how many singular values are beyond rounding.
///
/// It is only as good as the gap: σ_r/σ_{r+1} is 10⁸ or more where the matrix has a definite rank,
/// and near 1 where its singular values fade, in which case the rank is that of the tolerance.
public struct NumericalRank: Codable, Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// Singular values up to this one count as zero: max(rows, columns)·2⁻⁵²·σ_1 unless given.
  public let tolerance: Double
  /// The number of singular values above the tolerance.
  public let rank: Int
  /// The largest singular value σ_1; 0 for a matrix without elements.
  public let largest: Double
  /// The least that counts, σ_r; nil for rank 0.
  public let least: Double?
  /// The largest that does not count, σ_{r+1}; nil for full rank.
  public let next: Double?
  /// σ_r/σ_{r+1}; nil where there is no such quotient, or where it is infinite.
  public let gap: Double?

  /// The rank of a matrix with known singular values.
  ///
  /// - Parameters:
  ///   - singularValues: all of them, decreasing.
  ///   - rows: the number of rows of the matrix.
  ///   - columns: the number of its columns.
  ///   - cutoff: the tolerance as a fraction of σ_1; the greater dimension times 2⁻⁵² unless given.
  public init(singularValues: [Double], rows: Int, columns: Int, cutoff: Double? = nil) {
    precondition(
      singularValues.count == min(rows, columns),
      "\(singularValues.count) singular values of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    largest = singularValues.first ?? 0
    let tolerance = largest * (cutoff ?? Double(max(rows, columns)) * 0x1p-52)
    let rank = singularValues.count { $0 > tolerance }
    self.tolerance = tolerance
    self.rank = rank
    least = rank > 0 ? singularValues[rank - 1] : nil
    next = rank < singularValues.count ? singularValues[rank] : nil
    gap =
      if let least, let next, (least / next).isFinite { least / next } else { nil }
  }

  /// The rank of a matrix by its singular values.
  ///
  /// - Throws: ``DegreesOfFreedomError/singularValuesNotFound(rows:columns:)``.
  public init(
    of matrix: Matrix<Double>, cutoff: Double? = nil
  ) throws(DegreesOfFreedomError) {
    guard let values = matrix.singularValues() else {
      throw .singularValuesNotFound(rows: matrix.rows, columns: matrix.columns)
    }
    self.init(
      singularValues: values, rows: matrix.rows, columns: matrix.columns, cutoff: cutoff)
  }
}
