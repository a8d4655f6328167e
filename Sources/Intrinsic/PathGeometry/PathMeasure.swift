/// What measures the signal γ_v² = w_vᵀ R_v w_v that reaches a unit (Neyshabur et al. 2016, eqs 3, 4
/// and Table 1):
///
///     γ_v² = α S(z_v) + (1 − α) Σ_u γ_u² w_uv²
///
/// z_v is the pre-activation, S its variance or its second moment over the data; the bias is the
/// weight from a unit with γ = 1, and γ = 1 for inputs. α = 0 is the path norm, whatever the data.
///
/// The sum over outputs γ²_net does not change under node-wise rescaling of positively homogeneous units. A
/// hidden unit of degree p hands on the power p of this sum, γ_v^{2p}.
public struct PathMeasure: Hashable, Sendable, Codable {
  /// What S(z) is.
  public enum Statistic: String, Hashable, Sendable, Codable, CaseIterable {
    /// E[z²], R = E[h hᵀ].
    case secondMoment = "second-moment"
    /// E[z²] − E[z]², R = Cov(h).
    case covariance
  }

  /// The weight of the data, from 0 to 1.
  public let alpha: Double
  /// S.
  public let statistic: Statistic

  /// - Throws: if α is not in [0, 1].
  public init(alpha: Double, _ statistic: Statistic) throws(MetricError) {
    guard (0...1).contains(alpha) else { throw .invalidAlpha(alpha) }
    self.init(checked: alpha, statistic)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      alpha: try container.decode(Double.self, forKey: .alpha),
      try container.decode(Statistic.self, forKey: .statistic))
  }

  private init(checked alpha: Double, _ statistic: Statistic) {
    self.alpha = alpha
    self.statistic = statistic
  }

  /// α = ½: paths and data alike.
  public static func half(_ statistic: Statistic) -> PathMeasure {
    PathMeasure(checked: 0.5, statistic)
  }
  /// α = 0: the sum over paths of the products of squared weights.
  public static let pathNorm = PathMeasure(checked: 0, .secondMoment)
  /// α = 1 with the variance.
  public static let covariance = PathMeasure(checked: 1, .covariance)
  /// α = 1 with the second moment.
  public static let secondMoment = PathMeasure(checked: 1, .secondMoment)
}

/// How the influence of a unit on the pre-activations above it, q_v = Σ_{v′ ⪰ v} α c_v′ (∂z_v′/∂z_v)²,
/// is obtained.
public enum PathPropagation: Hashable, Sendable, Codable {
  /// One backward pass for each unit that is not an input: for small networks.
  case exact
  /// Random signs ±√(α c_v′) on all units, backpropagated together: unbiased, one pass each.
  case probes(Int)
  /// q_u = α c_u + r_u² Σ_v w_uv² q_v, one pass: without the cross terms between paths. Under the
  /// covariance a unit is taken to send the signal √q_v.
  case backpropagated
}
