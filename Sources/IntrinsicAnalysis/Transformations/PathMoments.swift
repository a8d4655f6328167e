import Intrinsic
import IntrinsicMath

/// The two factors of κ_uv = γ_u² c_v = ∂γ_net²/∂(w_uv²), the diagonal of the path metric (Neyshabur
/// et al. 2016, 3–5 with R = D and 29–32 with α = 0), in Double: ``PathNorms`` without samples.
///
/// For units of degree p = 1, γ_net² is the sum over all paths of the products of squared weights,
/// and κ_e = Σ_{paths ∋ e} Π_{e′ ≠ e} w_e′² is the diagonal of JᵀJ, J = ∂π/∂w.
struct PathMoments {
  /// γ² by row of the activity matrix.
  private(set) var activities: Buffer<Double>
  /// c by row of the activity matrix, 0 for inputs and biases.
  private(set) var signals: Buffer<Double>

  /// Cost: one pass forward and one backward over the squared weights, in `T` unless they come near
  /// the ends of the range of Float; then in Double.
  ///
  /// - Throws: ``TransformationError/pathsNotFinite(layer:)``.
  init<T: Scalar>(
    _ network: Network, _ parameters: Parameters<T>
  ) throws(TransformationError) {
    (activities, signals) = Self.passes(network, parameters)
    let safe = 1e-25...1e25
    let isSafe = network.layers.allSatisfy { [activities, signals] layer in
      layer.rows.allSatisfy { safe.contains(activities[$0]) && safe.contains(signals[$0]) }
    }
    if T.self != Double.self && !isSafe {
      var weights = Parameters<Double>(network)
      T.toDouble(
        count: parameters.count, x: parameters.pointer, into: weights.mutablePointer)
      (activities, signals) = Self.passes(network, weights)
    }
    for (index, layer) in network.layers.enumerated() {
      for row in layer.rows where !activities[row].isFinite || !signals[row].isFinite {
        throw .pathsNotFinite(layer: index)
      }
    }
  }

  private static func passes<T: Scalar>(
    _ network: Network, _ parameters: Parameters<T>
  ) -> (activities: Buffer<Double>, signals: Buffer<Double>) {
    let norms = PathNorms<T>(.pathNorm, network, keepsSquares: false)
    norms.compute(at: nil, parameters)
    let (count, first) = (network.rowCount, network.layers[0].rows.lowerBound)
    let result = (activities: Buffer<Double>(count: count), signals: Buffer<Double>(count: count))
    T.toDouble(count: count, x: norms.gamma.row(0), into: result.activities.pointer)
    T.toDouble(
      count: count - first, x: norms.outgoing.row(first),
      into: result.signals.pointer + first)
    return result
  }

  /// x^n for n ≥ 0.
  static func power(_ x: Double, _ n: Int) -> Double {
    n == 1 ? x : (0..<n).reduce(1) { product, _ in product * x }
  }
}
