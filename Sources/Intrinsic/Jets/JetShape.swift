/// Which derivatives with respect to the inputs are carried.
public enum DerivativeOrder: Hashable, Sendable {
  /// u only.
  case value
  /// u and ∂_d u.
  case gradient
  /// u, ∂_d u and Δ_κ u = Σ_d κ_d ∂_d² u, with a κ for each input.
  case laplacian([Double])
}

/// The components of a jet: a unit's activity with its derivatives with respect to the D inputs,
///
///     a = (u, ∂_1 u, …, ∂_D u, Δ_κ u),   Δ_κ = Σ_d κ_d ∂_d²
///
/// A jet is a vector-valued activity, all of whose components are read through the same weights; biases join
/// component 0 only (Ollivier 2015, Appendix C).
struct JetShape: Hashable {
  /// D where slopes are carried, 0 otherwise.
  let slopeCount: Int
  /// κ; nil for jets without Δ_κ u.
  let laplacian: [Double]?

  init(inputCount: Int, _ order: DerivativeOrder) {
    switch order {
    case .value: (slopeCount, laplacian) = (0, nil)
    case .gradient: (slopeCount, laplacian) = (inputCount, nil)
    case .laplacian(let kappa):
      precondition(
        kappa.count == inputCount,
        "\(kappa.count) factors of a Laplacian for \(inputCount) inputs")
      (slopeCount, laplacian) = (inputCount, kappa)
    }
  }

  /// P.
  var componentCount: Int { 1 + slopeCount + (laplacian == nil ? 0 : 1) }
  /// The highest derivative of activation functions that passes forward take.
  var activationOrder: Int { laplacian == nil ? 1 : 2 }
  /// The same of passes back.
  var trainingOrder: Int { slopeCount == 0 ? 1 : laplacian == nil ? 2 : 3 }
}
