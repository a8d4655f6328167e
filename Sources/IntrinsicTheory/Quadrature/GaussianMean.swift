import Foundation

/// Means over standard normal variables of functions that are smooth but for kinks at 0.
///
/// The number of nodes doubles until two results agree to `tolerance` (absolute, times 1 + |result|);
/// as convergence is exponential, the last one is then far more accurate, down to rounding error.
/// What lies beyond 12 standard deviations is left out: for functions that grow like a power p of
/// their argument that is below 12ᵖ·10⁻³¹.
enum GaussianMean {
  static let tolerance = 1e-11
  private static let reach = 12.0
  private static let orders = [12, 24, 48, 96, 192]
  private static let rules = orders.map { GaussLegendre($0) }
  /// Where the density is not negligible, panels are about as wide as it is.
  private static let half = [0, 1.5, 3, 5, 8, reach]

  /// E f(z) for standard normal z and several functions at once.
  static func overOne<Values: SIMD<Double>>(
    _ f: (Double) -> Values
  ) throws(TheoryError) -> Values {
    try refined { rule in
      var sum = Values.zero
      for (z, weight) in rule.composite(half) {
        let density = weight * exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        sum += density * (f(z) + f(-z))
      }
      return sum
    }
  }

  /// E f(u, v) for normal u and v with mean 0, standard deviations `scale` and 1, and the given
  /// correlation, for several functions at once.
  ///
  /// In polar coordinates of two independent normal variables, u and v change sign at fixed angles:
  /// the plane is cut into four sectors there, so that kinks at u = 0 and v = 0 lie on the borders and
  /// every sector is integrated at full order. A product of Gauss–Hermite rules with as many nodes is
  /// wrong in the third digit for ReLU.
  ///
  /// - Complexity: 80 n² values of `f` for n nodes a direction.
  static func overPair<Values: SIMD<Double>>(
    scale: Double, correlation: Double, _ f: (Double, Double) -> Values
  ) throws(TheoryError) -> Values {
    // u = scale·ρ cos φ, v = ρ cos(φ − θ) with cos θ the correlation.
    let angle = acos(correlation)
    let borders = [-.pi / 2, angle - .pi / 2, .pi / 2, angle + .pi / 2, 1.5 * .pi]
    return try refined { rule in
      let radii = rule.composite(half)
      var sum = Values.zero
      for (phi, angular) in rule.composite(borders) {
        let (u, v) = (scale * cos(phi), cos(phi - angle))
        for (radius, radial) in radii {
          let weight = angular * radial * radius * exp(-radius * radius / 2) / (2 * .pi)
          sum += weight * f(radius * u, radius * v)
        }
      }
      return sum
    }
  }

  private static func refined<Values: SIMD<Double>>(
    _ integral: (GaussLegendre) -> Values
  ) throws(TheoryError) -> Values {
    var last = integral(rules[0])
    var difference = Double.infinity
    for rule in rules.dropFirst() {
      let next = integral(rule)
      difference = 0
      for lane in 0..<Values.scalarCount {
        let change = abs(next[lane] - last[lane]) / (1 + abs(next[lane]))
        difference = change.isNaN ? .infinity : max(difference, change)
      }
      if difference <= tolerance { return next }
      last = next
    }
    throw .quadratureNotConverged(
      nodes: orders.last!, difference: difference, tolerance: tolerance)
  }
}
