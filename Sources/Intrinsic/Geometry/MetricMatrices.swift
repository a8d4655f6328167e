import IntrinsicMath

/// What a reduction keeps of the unit matrices A^(k) = E[ã ãᵀ c_k], and how it is inverted.
protocol MetricMatrices<T>: AnyObject {
  associatedtype T: Scalar

  /// A ← (1 − keep) A(x) + keep · A, where A(x) is the mean over the batch, from the reduced modulus
  /// and the activities in the workspace. Without averages (keep = 0) these must stay as they are
  /// until `solve`.
  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T)

  /// A ← A + ε Id.
  func addToDiagonal(_ epsilon: T)

  /// δθ = (A + ε Id)⁻¹ G.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError)

  /// The kept entries of the matrix of one unit, without damping, and zeros elsewhere; of a group
  /// where a reduction keeps those.
  func matrix(layer: Int, unit: Int) -> Matrix<T>

  /// Puts such a matrix in the place of the average.
  func set(_ matrix: Matrix<T>, layer: Int, unit: Int)

  /// Carries what later estimates and solves depend on.
  ///
  /// - Parameter source: the workspace that the last estimate was made at, if solves may follow
  ///   without another one; its activities are those of that estimate.
  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?)
}

/// The reduced modulus of all units, in what the metrics of a network need of it.
struct ReducedModulus<T: Scalar> {
  /// c_k, units × batch.
  let values: Rows<T>
  /// Signals s with c = Σ_q (s^q)², units × (columns × batch): where they are given, layers that share
  /// parameters square the sum of s^q ã over positions rather than sum c ã ãᵀ.
  let signals: Rows<T>?
  /// C of the layers whose activities are vectors, for unitwise metrics of a network with some.
  let groups: GroupModulus<T>?
}
