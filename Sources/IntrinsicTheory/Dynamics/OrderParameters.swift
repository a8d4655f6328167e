/// What describes a student perceptron with N → ∞ inputs, and its teacher of norm √N: Luo et al. 2019,
/// §3 and C.4.
public struct OrderParameters: Equatable, Sendable {
  /// γ, the standard deviation of the student's pre-activation; L for gradient descent
  public var gamma: Double
  /// R = ⟨w, w*⟩/(|w| |w*|), the cosine of the angle between student and teacher
  public var overlap: Double
  /// L = |w|/√N, the length of the student's weights
  public var length: Double

  public init(gamma: Double, overlap: Double, length: Double) {
    self.gamma = gamma
    self.overlap = overlap
    self.length = length
  }

  init(_ values: SIMD3<Double>) {
    self.init(gamma: values.x, overlap: values.y, length: values.z)
  }

  var values: SIMD3<Double> { SIMD3(gamma, overlap, length) }
}
