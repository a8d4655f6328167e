import IntrinsicMath

/// How the units of a layer are normalized, all methods in one family (Neyshabur et al. 2016, §4; Luo
/// et al. 2019, §1; Morwani and Ramaswamy 2022, §3):
///
///     z_v = g_v ẑ_v + β_v,   ẑ_v = (z̃_v − mean_v)/γ̃_v,   γ̃_v² = α S(z̃_v) + (1 − α) Σ_u w̃_uv²
///
/// with z̃_v = ⟨w̃_v, h⟩, the statistics over the batch, and the mean for centred ones only. The scale
/// of w̃_v has no effect on the function, and gradients are orthogonal to it (Neyshabur et al. 2016,
/// Theorem 1). There is no constant ε in the denominator, which would break that: a unit that is constant but
/// for rounding, γ̃ ≤ 64 ulp |mean|, is normalized to 0, and its weights have no gradient.
///
/// A layer with gains becomes two layers of the network: one without biases that computes ẑ, and one
/// whose unit k reads unit k of the other, with parameters (β_k, g_k). Without gains g = 1, and the
/// bias is the first component of w̃_v.
public struct Normalization: Hashable, Sendable, Codable {
  /// What multiplies ẑ.
  public enum Gain: String, Hashable, Sendable, Codable, CaseIterable {
    /// g = 1.
    case none
    /// g is a parameter.
    case trained
    /// g = e^a with the parameter a.
    case exponential
  }

  /// α and S.
  public let measure: PathMeasure
  /// Whether the mean is subtracted.
  public let isCentred: Bool
  /// What multiplies ẑ.
  public let gain: Gain

  /// A member of the family; DDP-normalization without gains, centred for the covariance unless said
  /// otherwise.
  public init(_ measure: PathMeasure, isCentred: Bool? = nil, gain: Gain = .none) {
    self.measure = measure
    self.isCentred = isCentred ?? (measure.statistic == .covariance && measure.alpha > 0)
    self.gain = gain
  }

  /// Batch normalization (Ioffe and Szegedy 2015): z = g (z̃ − mean)/√Var(z̃) + β. With the statistics
  /// of ``PopulationStatistics`` it is population normalization.
  public static let batch = Normalization(.covariance, gain: .trained)
  /// Standard weight normalization (Salimans and Kingma 2016), SWN: w = g ŵ.
  public static let weight = Normalization(.pathNorm, gain: .trained)
  /// Exponential weight normalization (Morwani and Ramaswamy 2022), EWN: w = e^a ŵ.
  public static let exponentialWeight = Normalization(.pathNorm, gain: .exponential)
  /// Weight normalization with mean-only batch normalization: z = g (⟨ŵ, h⟩ − mean) + β.
  public static let meanOnly = Normalization(.pathNorm, isCentred: true, gain: .trained)
  /// Weight normalization with variance-only batch normalization: z = g z̃/√Var(z̃) + β.
  public static let varianceOnly = Normalization(.covariance, isCentred: false, gain: .trained)
  /// α = 0 without gains: the incoming weights of each unit, bias included, have norm 1, whatever the
  /// data.
  public static let path = Normalization(.pathNorm)

  /// Whether activities depend on the other samples of the batch.
  public var usesBatch: Bool { isCentred || measure.alpha > 0 }
}

extension Normalization {
  /// The short names of methods, as in architectures and on the command line.
  public static let named: [(name: String, title: String, normalization: Normalization)] = [
    ("bn", "batch normalization", .batch),
    ("wn", "standard weight normalization", .weight),
    ("ewn", "exponential weight normalization", .exponentialWeight),
    ("mean-bn", "weight normalization with mean-only batch normalization", .meanOnly),
    ("variance-bn", "weight normalization with variance-only batch normalization", .varianceOnly),
    ("path", "path normalization", .path),
    ("ddp", "DDP-normalization, half of the covariance", Normalization(.half(.covariance))),
  ]
}

extension Normalization {
  /// The largest γ̃² that may be what rounding has left of a constant.
  static func rounding<T: Scalar>(about mean: T) -> T {
    let margin = 64 * T.ulpOfOne * mean
    return margin * margin
  }
}
