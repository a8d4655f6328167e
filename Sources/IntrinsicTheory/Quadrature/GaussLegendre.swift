import Foundation

/// Gauss–Legendre quadrature: Σ w f(x) is ∫ f over [−1, 1], exactly for polynomials of degree below
/// 2n.
struct GaussLegendre: Sendable {
  let nodes: [Double]
  let weights: [Double]

  /// The rule with `count` nodes.
  ///
  /// Newton's method on the Legendre polynomial, from the asymptotic position of each zero. Nodes and
  /// weights are accurate to a few units of 2⁻⁵².
  init(_ count: Int) {
    precondition(count >= 1, "a quadrature with \(count) nodes")
    var nodes = [Double](repeating: 0, count: count)
    var weights = nodes
    for index in 0..<(count + 1) / 2 {
      var x = cos(.pi * (Double(index) + 0.75) / (Double(count) + 0.5))
      var slope = 0.0
      // Quadratic convergence from a start within O(n⁻²): five steps reach rounding error.
      for _ in 0..<6 {
        let (value, derivative) = Self.legendre(count, x)
        slope = derivative
        x -= value / derivative
      }
      slope = Self.legendre(count, x).derivative
      let weight = 2 / ((1 - x * x) * slope * slope)
      (nodes[index], weights[index]) = (-x, weight)
      (nodes[count - 1 - index], weights[count - 1 - index]) = (x, weight)
    }
    if count % 2 == 1 { nodes[count / 2] = 0 }
    self.nodes = nodes
    self.weights = weights
  }

  /// The Legendre polynomial of a degree and its derivative at |x| < 1.
  private static func legendre(_ degree: Int, _ x: Double) -> (value: Double, derivative: Double) {
    var (previous, value) = (1.0, x)
    for k in stride(from: 2, through: degree, by: 1) {
      let k = Double(k)
      (previous, value) = (value, ((2 * k - 1) * x * value - (k - 1) * previous) / k)
    }
    let derivative = Double(degree) * (x * value - previous) / (x * x - 1)
    return (value, derivative)
  }

  /// The nodes and weights of the rule on the panels between successive `edges`.
  func composite(_ edges: [Double]) -> [(node: Double, weight: Double)] {
    zip(edges, edges.dropFirst()).flatMap { low, high in
      let (center, half) = ((low + high) / 2, (high - low) / 2)
      return zip(nodes, weights).map { (center + half * $0, half * $1) }
    }
  }
}
