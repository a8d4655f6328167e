/// The fixed point of the learning dynamics, what happens near it, and for which rates: Luo et al. 2019,
/// Table 1 and C.5.
///
/// At full overlap R = 1, I₁ = γI₃ and the Jacobian matrix is triangular; its eigenvalues stand
/// below. As there, I₂ at the fixed point is neglected, which is 0 but for decay.
public struct Linearization: Equatable, Sendable {
  /// (γ₀, 1, L₀), with L₀ = 1 for gradient descent
  public let fixedPoint: OrderParameters
  /// λ_γ
  public let scaleEigenvalue: Double
  /// λ_R
  public let overlapEigenvalue: Double
  /// λ_L, which is λ_γ for gradient descent
  public let lengthEigenvalue: Double
  /// η_max(R) = (∂(γ₀I₃ − I₁)/γ₀∂R − ζγ₀)/(∂I₂/2∂R): the fixed point is stable while the effective
  /// rate is below it
  public let maximumRate: Double
  /// η_eff(R): ηγ₀/L₀², η/L₀² with γ₀ = 1, and η for gradient descent
  public let effectiveRate: Double
  /// The rate η at which λ_R changes sign once I₂ is not neglected.
  ///
  /// With decay, γ₀ < 1 leaves I₂(γ₀, 1) > 0, so that η_eff may be a little above η_max.
  public let stabilityLimit: Double

  public var isStable: Bool { effectiveRate < maximumRate }
}

extension LearningDynamics {
  /// The behaviour near the fixed point.
  ///
  /// - Parameter length: L₀ > 0, the length that normalized weights happen to have; that of
  ///   gradient descent is 1.
  /// - Throws: if the length is out of range, or an integral has no value.
  public func linearization(length: Double = 1) throws(TheoryError) -> Linearization {
    try TheoryError.check(
      length > 0 && length.isFinite, "the length of the weights", length, "it must be positive")
    let gamma = try fixedScale()
    let length = method == .gradientDescent ? 1 : length
    let slopes = try PerceptronSlopes(activation, scale: gamma)
    let rest = try PerceptronIntegrals(activation, scale: gamma, overlap: 1).squared
    let square = length * length
    // λ_R = −η a + η² b, with I₁ = ζγ₀² at the fixed point.
    let drift =
      (slopes.studentByOverlap - gamma * slopes.teacherByOverlap + method.decay * gamma * gamma)
      / square
    let noise = -gamma * gamma / (2 * square * square) * slopes.squaredByOverlap
    let neglected = -gamma * gamma / (2 * square * square) * rest
    let scale = rate * (slopes.pullByScale - method.decay)
    let noiseToRate = -slopes.squaredByOverlap / 2
    return Linearization(
      fixedPoint: OrderParameters(gamma: gamma, overlap: 1, length: length),
      scaleEigenvalue: scale, overlapEigenvalue: -rate * drift + rate * rate * noise,
      lengthEigenvalue: method == .gradientDescent ? scale : 0,
      maximumRate: drift * square / gamma / noiseToRate, effectiveRate: rate * gamma / square,
      stabilityLimit: drift / (noise + neglected))
  }

  /// γ₀, where I₁(γ, 1)/γ = ζγ; 1/(2ζ + 1) for ReLU.
  ///
  /// - Throws: if an integral has no value.
  public func fixedScale() throws(TheoryError) -> Double {
    let decay = method.decay
    if decay == 0 { return 1 }
    if case .relu = activation.closedForm { return 1 / (2 * decay + 1) }
    // The student's pull is 0 at γ = 1 and the teacher's at γ → 0.
    var (low, high) = (0.0, 1.0)
    while (high - low) > 1e-14 * high {
      let middle = (low + high) / 2
      let pull = try PerceptronSlopes(activation, scale: middle).pull
      if pull > decay * middle { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
