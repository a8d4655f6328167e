import IntrinsicMath

/// What a reduction keeps of the unit matrices A^(k) = E[ã ãᵀ c_k], and how it is inverted.
protocol MetricMatrices<T>: AnyObject {
  associatedtype T: Scalar

  /// A ← (1 − keep) A(x) + keep · A, where A(x) is the mean over the batch, from the reduced modulus
  /// c (units × batch) and the activities in the workspace. Layers that share parameters sum over
  /// positions: c ã ãᵀ or, if signals s with c = Σ_q (s^q)² are given (units × (columns × batch)), the
  /// products s^q ã before they are squared. Without averages (keep = 0) all these must stay as they
  /// are until `solve`.
  func estimate(modulus c: Rows<T>, signals: Rows<T>?, at workspace: Workspace<T>, keep: T)

  /// A ← A + ε Id.
  func addToDiagonal(_ epsilon: T)

  /// δθ = (A + ε Id)⁻¹ G.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError)

  /// The kept entries of the matrix of one unit, without damping; zeros elsewhere.
  func matrix(layer: Int, unit: Int) -> Matrix<T>

  /// Puts such a matrix in the place of the average.
  func set(_ matrix: Matrix<T>, layer: Int, unit: Int)

  /// Carries what later estimates and solves depend on.
  ///
  /// - Parameter source: the workspace that the last estimate was made at, if solves may follow
  ///   without another one; its activities are those of that estimate.
  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?)
}
