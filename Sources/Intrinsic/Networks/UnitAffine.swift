/// An affine reparametrization of the units of one layer (Ollivier 2015, Definition 29, with the
/// pre-activation shifted too): unit k shows the rest of the network
///
///     y′_k = γ_k y_k + δ_k,  a′_k = α_k a_k + β_k,  so that  a′_k = α_k s((y′_k − δ_k)/γ_k) + β_k
///
/// and r′_k = ∂a′_k/∂y′_k = α_k r_k/γ_k. With the weights mapped along, the network computes the
/// same function; what changes is how its parameters are written.
public struct UnitAffine: Hashable, Sendable, Codable {
  /// Factors of the activities, not 0.
  public let alpha: [Double]
  /// Shifts of the activities.
  public let beta: [Double]
  /// Factors of the pre-activations, not 0.
  public let gamma: [Double]
  /// Shifts of the pre-activations.
  public let delta: [Double]

  /// Whether there is a number of each kind for each of `count` units, all in their ranges.
  func isValid(for count: Int) -> Bool {
    [alpha, beta, gamma, delta].allSatisfy { $0.count == count && $0.allSatisfy(\.isFinite) }
      && (alpha + gamma).allSatisfy { $0 != 0 }
  }

  /// - Parameters: one number a unit each.
  public init(alpha: [Double], beta: [Double], gamma: [Double], delta: [Double]) {
    precondition(
      beta.count == alpha.count && gamma.count == alpha.count && delta.count == alpha.count,
      "\(alpha.count) α, \(beta.count) β, \(gamma.count) γ, \(delta.count) δ")
    precondition(
      (alpha + gamma).allSatisfy { $0 != 0 && $0.isFinite }
        && (beta + delta).allSatisfy(\.isFinite),
      "α and γ must be finite and not 0, β and δ finite")
    self.alpha = alpha
    self.beta = beta
    self.gamma = gamma
    self.delta = delta
  }

  /// The number of units.
  public var count: Int { alpha.count }

  /// Whether nothing changes.
  public var isIdentity: Bool {
    (alpha + gamma).allSatisfy { $0 == 1 } && (beta + delta).allSatisfy { $0 == 0 }
  }

  /// This change followed by another of the same units.
  public func then(_ next: UnitAffine) -> UnitAffine {
    precondition(next.count == count, "\(next.count) units after \(count)")
    return UnitAffine(
      alpha: alpha.indices.map { next.alpha[$0] * alpha[$0] },
      beta: alpha.indices.map { next.alpha[$0] * beta[$0] + next.beta[$0] },
      gamma: alpha.indices.map { next.gamma[$0] * gamma[$0] },
      delta: alpha.indices.map { next.gamma[$0] * delta[$0] + next.delta[$0] })
  }

  /// The change that undoes this one.
  public var inverse: UnitAffine {
    UnitAffine(
      alpha: alpha.map { 1 / $0 }, beta: alpha.indices.map { -beta[$0] / alpha[$0] },
      gamma: gamma.map { 1 / $0 }, delta: gamma.indices.map { -delta[$0] / gamma[$0] })
  }

  /// The change with its units in another order: the new unit k is the old unit `order[k]`.
  func permuted(_ order: [Int]) -> UnitAffine {
    UnitAffine(
      alpha: order.map { alpha[$0] }, beta: order.map { beta[$0] },
      gamma: order.map { gamma[$0] }, delta: order.map { delta[$0] })
  }
}
