/// How the integrals of a perceptron change about full overlap, R = 1, where the student differs
/// from its teacher by its norm Q alone.
///
/// For f(u, v) with a correlation R, ∂⟨f⟩/∂R = ⟨z ∂f/∂v − ∂²f/∂v²⟩ at u = Qz, v = z: integration by
/// parts turns what is singular in differences (ReLU has terms in (1 − R)^{3/2}) into means over one
/// variable.
public struct PerceptronSlopes: Equatable, Sendable {
  /// ∂I₁/∂R
  public let studentByOverlap: Double
  /// ∂I₂/∂R
  public let squaredByOverlap: Double
  /// ∂I₃/∂R
  public let teacherByOverlap: Double
  /// I₁/Q
  public let pull: Double
  /// ∂(I₁/Q)/∂Q
  public let pullByScale: Double

  /// The slopes of a perceptron.
  ///
  /// - Parameters:
  ///   - activation: g.
  ///   - q: Q > 0.
  /// - Throws: if Q is out of range, or the quadrature does not converge.
  public init(_ activation: PerceptronActivation, scale q: Double) throws(TheoryError) {
    try TheoryError.check(
      q > 0 && q.isFinite, "the norm of the student", q, "it must be positive")
    let (g, first, second) = (
      activation.value, activation.derivative, activation.secondDerivative
    )
    let means = try GaussianMean.overOne { z in
      let (u, v) = (q * z, z)
      let (slope, difference) = (first(u), g(v) - g(u))
      return SIMD8(
        slope * u * (z * first(v) - second(v)),
        2 * slope * slope
          * (difference * (z * first(v) - second(v)) - first(v) * first(v)),
        slope * (z * (first(v) * v + difference) - second(v) * v - 2 * first(v)),
        slope * difference * z,
        second(u) * z * z * difference - slope * slope * z * z, 0, 0, 0)
    }
    studentByOverlap = means[0]
    squaredByOverlap = means[1]
    teacherByOverlap = means[2]
    pull = means[3]
    pullByScale = means[4]
  }
}
