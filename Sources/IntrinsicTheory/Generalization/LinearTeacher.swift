import Foundation

/// A linear teacher with noise, learned from P examples of N inputs: its students' generalization
/// errors in closed form in the limit of large P and N (Luo et al. 2019, §4).
///
/// Inputs are x ~ N(0, 1/N), targets ⟨w*, x⟩ + noise with |w*|² = N. Errors are mean squares, without
/// a factor ½, against the noiseless teacher; those against noisy targets are larger by the noise.
public struct LinearTeacher: Equatable, Sendable {
  /// α = P/N, examples for each input
  public let load: Double
  /// σ², the variance of the noise
  public let noise: Double

  /// - Throws: unless α > 0 and σ² ≥ 0.
  public init(load: Double, noise: Double) throws(TheoryError) {
    try TheoryError.check(
      load > 0 && load.isFinite, "the load α", load, "there must be examples: α = P/N > 0")
    try TheoryError.check(
      noise >= 0 && noise.isFinite, "the noise σ²", noise, "a variance must not be negative")
    self.load = load
    self.noise = noise
  }

  /// The error of vanilla gradient descent from 0, which finds the pseudo-inverse solution:
  /// 1 − α + ασ²/(1 − α) for α < 1 and σ²/(α − 1) for α > 1.
  ///
  /// Infinite at α = 1, but 0 without noise.
  public var gradientDescentError: Double {
    if load == 1 { return noise == 0 ? 0 : .infinity }
    return bias(ridge: 0) + noise * variance(0)
  }

  /// The error of weight normalization with gamma decay, which is ridge regression:
  /// σ² ∂(zG)/∂z − z² ∂G/∂z (Krogh and Hertz 1992; errata B6).
  ///
  /// - Parameter ridge: z ≥ 0, added to A = Σ x xᵀ. With the loss (1/P) Σ (y − f)² + ζγ² it is
  ///   z = αζ. The least error is at z = σ².
  /// - Throws: if z is negative.
  public func error(ridge: Double) throws(TheoryError) -> Double {
    try TheoryError.check(
      ridge >= 0 && ridge.isFinite, "the ridge", ridge, "a penalty must not be negative")
    return ridge == 0
      ? gradientDescentError : bias(ridge: ridge) + noise * variance(ridge)
  }

  /// The same with the coefficient ζ of γ² in the mean loss (1/P) Σ (y − f)² + ζγ²: the ridge is αζ.
  ///
  /// - Throws: if ζ is negative.
  public func error(decay: Double) throws(TheoryError) -> Double {
    try TheoryError.check(
      decay >= 0 && decay.isFinite, "the gamma decay", decay, "a penalty must not be negative")
    return try error(ridge: load * decay)
  }

  /// G(z) = lim (1/N) tr (A + z)⁻¹, the solution of zG² + (z + α − 1)G − 1 = 0.
  ///
  /// - Throws: unless z > 0.
  public func resolvent(_ ridge: Double) throws(TheoryError) -> Double {
    try TheoryError.check(
      ridge > 0 && ridge.isFinite, "the ridge", ridge, "A itself may be singular: z > 0 is needed")
    return shrinkage(ridge) / ridge
  }

  /// ∂G/∂z = −(G² + G)/(2zG + z + α − 1)
  ///
  /// - Throws: unless z > 0.
  public func resolventSlope(_ ridge: Double) throws(TheoryError) -> Double {
    let value = try resolvent(ridge)
    return -(value * value + value) / root(ridge)
  }

  /// √(z + (1 + √α)²) √(z + (1 − √α)²) = 2zG + z + α − 1
  private func root(_ z: Double) -> Double {
    hypot(1 - load - z, 2 * z.squareRoot())
  }

  /// zG, the part of the teacher that is not learned; without cancellation for small z.
  private func shrinkage(_ z: Double) -> Double {
    let difference = 1 - load - z
    return difference >= 0
      ? (difference + root(z)) / 2 : 2 * z / (root(z) - difference)
  }

  /// −z² ∂G/∂z
  private func bias(ridge z: Double) -> Double {
    let part = shrinkage(z)
    return part * (part + z) / root(z)
  }

  /// ∂(zG)/∂z = G (s − (1 − α + z))/(2s) with s the root; without cancellation for small z.
  private func variance(_ z: Double) -> Double {
    let (s, sum) = (root(z), 1 - load + z)
    // s² − sum² = 4αz
    if sum >= 0 { return shrinkage(z) * 2 * load / (s * (s + sum)) }
    return (s - sum) / (s * (s - (1 - load - z)))
  }
}
