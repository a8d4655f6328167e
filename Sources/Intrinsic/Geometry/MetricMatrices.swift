import IntrinsicMath

/// What a reduction keeps of the unit matrices A^(k) = E[ã ãᵀ c_k], and how it is inverted.
protocol MetricMatrices<T>: AnyObject {
  associatedtype T: Scalar

  /// Sets A from the reduced modulus c (units × batch) and the activities in the workspace. Both
  /// must stay as they are until `solve`.
  func estimate(modulus c: Rows<T>, at workspace: Workspace<T>)

  /// δθ = (A + ε Id)⁻¹ G.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError)

  /// The kept entries of the matrix of one unit, without damping; zeros elsewhere.
  func matrix(layer: Int, unit: Int) -> Matrix<T>
}
