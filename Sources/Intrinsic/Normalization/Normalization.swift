import IntrinsicMath

/// How the pre-activations of the units of a hidden layer are normalized (Neyshabur et al. 2016, §4):
///
///     z_v = (z̃_v − mean)/γ̃_v,   γ̃_v² = α S(z̃_v) + (1 − α) Σ_u w̃_uv²
///
/// with z̃_v = ⟨w̃_v, h⟩, the statistics over the batch, and the mean for centred ones only. It makes
/// γ_v = 1 at every normalized unit, so that the scale of w̃_v has no effect and gradients are
/// orthogonal to it (Theorem 1). There is no constant in the denominator: a unit with γ̃ = 0 has no
/// finite activity.
public struct Normalization: Hashable, Sendable, Codable {
  /// α and S.
  public let measure: PathMeasure
  /// Whether the mean is subtracted.
  public let isCentred: Bool

  /// DDP-normalization, centred for the covariance unless said otherwise.
  public init(_ measure: PathMeasure, isCentred: Bool? = nil) {
    self.measure = measure
    self.isCentred = isCentred ?? (measure.statistic == .covariance && measure.alpha > 0)
  }

  /// α = 1 with the variance, centred: batch normalization without scale and shift.
  public static let batch = Normalization(.covariance)
  /// α = 0: the incoming weights of each unit, bias included, have norm 1, whatever the data.
  public static let path = Normalization(.pathNorm)
}

/// Statistics of the pre-activations of one normalized layer, for use on other samples.
public struct NormalizationStatistics<T: Scalar>: Sendable {
  /// The mean of z̃ of each unit; zeros if it is not subtracted.
  public let mean: [T]
  /// S(z̃) of each unit; zeros for α = 0.
  public let spread: [T]

  /// - Parameters: one number for each unit of the layer.
  public init(mean: [T], spread: [T]) {
    precondition(
      mean.count == spread.count, "\(mean.count) means with \(spread.count) of their spreads")
    self.mean = mean
    self.spread = spread
  }
}
