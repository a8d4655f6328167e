import Foundation

/// The turn of one layer in ``PathDescent``: the units' x_v and the common μ at which
///
///     μ(R + Σ_v P_v/x_v + Q_v x_v^p) − Σ_v d_v ln x_v − |E| ln μ
///
/// is least, R = Σ κ′ over the edges that no unit of the layer touches.
struct UnitScaleProblem {
  let count: Int
  let degree: Int
  /// P_v.
  let incoming: UnsafePointer<Double>
  /// Q_v.
  let outgoing: UnsafePointer<Double>
  /// d_v.
  let differences: UnsafePointer<Double>
  /// R.
  let rest: Double
  /// |E|.
  let edgeCount: Double

  /// Where the minimum for fixed μ leaves Σ κ′.
  private struct Sums {
    /// Σ_v P_v/x_v.
    var incoming = 0.0
    /// Σ_v Q_v x_v^p.
    var outgoing = 0.0
    /// Σ_v d_v²/(∂²/∂(ln x_v)²): by how much the x_v soften the curvature in ln μ.
    var softening = 0.0
  }

  /// Writes x_v, 1 for units without edges.
  ///
  /// Newton's method on m = ln μ, from the μ that is best for x = 1. With x_v(μ) the derivative is
  /// μS − |E| and the curvature μS − Σ_v d_v²/h_v, h_v = μ(P_v/x_v + p²Q_v x_v^p), as ∂x_v terms
  /// vanish. If it does not converge, the first x is taken, which is no worse than x = 1.
  ///
  /// - Returns: Σ_v P_v/x_v.
  func solve(into x: UnsafeMutablePointer<Double>) -> Double {
    let total = (0..<count).reduce(rest) { $0 + incoming[$1] + outgoing[$1] }
    guard total > 0 else { return minimize(1, x).incoming }
    let start = edgeCount / total
    var scale = start
    for _ in 0..<50 {
      let sums = minimize(scale, x)
      let reached = scale * (rest + sums.incoming + sums.outgoing)
      let excess = reached - edgeCount
      if abs(excess) <= 1e-13 * edgeCount { return sums.incoming }
      let curvature = reached - sums.softening
      // Flat if all edges touch units of which only one side is alive.
      guard curvature > 1e-12 * edgeCount else { break }
      scale *= exp(min(max(-excess / curvature, -3), 3))
    }
    return minimize(start, x).incoming
  }

  /// The best x_v for a given μ.
  private func minimize(_ scale: Double, _ x: UnsafeMutablePointer<Double>) -> Sums {
    var sums = Sums()
    for unit in 0..<count {
      let (b, a, d) = (scale * incoming[unit], scale * outgoing[unit], differences[unit])
      if a == 0 && b == 0 {
        x[unit] = 1
        continue
      }
      let factor = degree == 1 ? Self.quadraticRoot(a, b, d) : Self.root(a, b, d, degree)
      x[unit] = factor
      let (i, o) = (incoming[unit] / factor, outgoing[unit] * PathMoments.power(factor, degree))
      sums.incoming += i
      sums.outgoing += o
      sums.softening += d * d / (scale * (i + Double(degree * degree) * o))
    }
    return sums
  }

  /// The positive root of ax² − dx − b, without cancellation.
  private static func quadraticRoot(_ a: Double, _ b: Double, _ d: Double) -> Double {
    let root = (d * d + 4 * a * b).squareRoot()
    return d > 0 ? (d + root) / (2 * a) : 2 * b / (root - d)
  }

  /// The positive root of q(x) = p a x^{p+1} − dx − b, which is convex for x > 0 and starts at
  /// −b ≤ 0: Newton's method falls to it from any bound above.
  private static func root(_ a: Double, _ b: Double, _ d: Double, _ p: Int) -> Double {
    let n = Double(p)
    if a == 0 { return -b / d }
    var x =
      d > 0
      ? max(pow(2 * d / (n * a), 1 / n), pow(2 * b / (n * a), 1 / (n + 1)))
      : pow(b / (n * a), 1 / (n + 1))
    for _ in 0..<100 {
      let power = n * a * PathMoments.power(x, p)
      let next = x - (power * x - d * x - b) / ((n + 1) * power - d)
      guard next < x, next > 0 else { break }
      x = next
    }
    return x
  }
}
