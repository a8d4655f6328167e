import IntrinsicMath
import IntrinsicTheory

/// The function A of a unit's loss A(ĥ) − yĥ, whose derivative is the unit's activation.
enum UnitPotential: String, CaseIterable, Codable, Sendable {
  /// A′ = ln(1 + eˣ), softplus, for which Luo et al. 2019, C.2, take ReLU
  case relu
  /// A = ½x²
  case identity

  /// A″
  var curvature: @Sendable (Double) -> Double {
    self == .relu ? GammaDecayCoefficient.reluCurvature : GammaDecayCoefficient.identityCurvature
  }

  /// Writes A′(x) and A(x) for `count` numbers.
  func evaluate(
    _ count: Int, _ x: UnsafePointer<Double>, slopes: UnsafeMutablePointer<Double>,
    values: UnsafeMutablePointer<Double>
  ) {
    switch self {
    case .identity:
      slopes.update(from: x, count: count)
      for index in 0..<count { values[index] = x[index] * x[index] / 2 }
    case .relu:
      Double.activate(activation: Self.softplus, p: 1, count: count, y: x, a: slopes, r: nil)
      for index in 0..<count {
        let positive = max(x[index], 0)
        let part = Self.integral(slopes[index] - positive)
        // A(x) + A(−x) = ½x² + π²/6
        values[index] = x[index] > 0 ? positive * positive / 2 + .pi * .pi / 6 - part : part
      }
    }
  }

  /// −Li₂(−eʸ), the integral of softplus from −∞ to y ≤ 0, by s = ln(1 + eʸ) ≤ ln 2: the series
  /// s + s²/4 + Σ B₂ₖ s²ᵏ⁺¹/(2k + 1)! up to k = 6, which leaves 10⁻¹⁵.
  private static func integral(_ s: Double) -> Double {
    let t = s * s
    var sum = -691 / 2730 / 6_227_020_800.0
    sum = 5 / 66 / 39_916_800.0 + t * sum
    sum = -1 / 30 / 362_880.0 + t * sum
    sum = 1 / 42 / 5_040.0 + t * sum
    sum = -1 / 30 / 120.0 + t * sum
    sum = 1 / 36.0 + t * sum
    return s + t / 4 + s * t * sum
  }

  /// The vector kernels' number of softplus.
  private static let softplus: Int32 = 5
}
