import IntrinsicMath

/// The components of a jet: a unit's activity with its derivatives with respect to the D inputs,
///
///     a = (u, ∂_1 u, …, ∂_D u, Δ_κ u),   Δ_κ = Σ_d κ_d ∂_d²
///
/// A jet is a vector-valued activity, all of whose components are read through the same weights; biases join
/// component 0 only (Ollivier 2015, Appendix C).
struct JetShape {
  /// D.
  let inputCount: Int
  /// κ; nil for jets without Δ_κ u.
  let laplacian: [Double]?

  /// P.
  var componentCount: Int { 1 + inputCount + (laplacian == nil ? 0 : 1) }
}
