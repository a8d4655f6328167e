import Intrinsic
import IntrinsicMath

/// The two factors of κ_uv = γ_u² c_v = ∂γ_net²/∂(w_uv²), the diagonal of the path metric (Neyshabur
/// et al. 2016, 3–5 with R = D and 29–32 with α = 0): one number a unit each.
///
///     Γ_v = Σ_u w_uv² γ_u²          γ_v² = Γ_v^p, 1 for inputs and biases
///     γ_net² = Σ_out Γ_v
///     c_v = p Γ_v^{p−1} Σ_x w_vx² c_x, 1 for outputs
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
    let memory = UnsafePointer(parameters.storage.pointer)
    (activities, signals) = Self.passes(network, memory)
    let safe = 1e-25...1e25
    let isSafe = network.layers.allSatisfy { [activities, signals] layer in
      layer.rows.allSatisfy { safe.contains(activities[$0]) && safe.contains(signals[$0]) }
    }
    if T.self != Double.self && !isSafe {
      let weights = Buffer<Double>(count: parameters.count)
      T.toDouble(count: parameters.count, x: memory, into: weights.pointer)
      (activities, signals) = Self.passes(network, UnsafePointer(weights.pointer))
    }
    for (index, layer) in network.layers.enumerated() {
      for row in layer.rows where !activities[row].isFinite || !signals[row].isFinite {
        throw .pathsNotFinite(layer: index)
      }
    }
  }

  private static func passes<T: Scalar>(
    _ network: Network, _ weights: UnsafePointer<T>
  ) -> (activities: Buffer<Double>, signals: Buffer<Double>) {
    let count = network.rowCount
    let squares = Buffer<T>(count: network.layers.map(\.parameters.count).max()!)
    // Γ, γ² and c by row.
    let (sums, g, c) = (Buffer<T>(count: count), Buffer<T>(count: count), Buffer<T>(count: count))
    T.fill(count: count, value: 1, into: g.pointer)
    for layer in network.layers {
      let (first, units) = (layer.rows.lowerBound, layer.rows.count)
      T.square(
        count: layer.parameters.count, x: weights + layer.parameters.lowerBound,
        into: squares.pointer)
      layer.connection.apply(
        UnsafePointer(squares.pointer), Rows(g.pointer, columns: 1), into: sums.pointer + first,
        threads: 1)
      for _ in 0..<layer.activation.exponentOfScale {
        T.multiply(
          count: units, x: sums.pointer + first, y: g.pointer + first, into: g.pointer + first)
      }
    }
    let outputs = network.outputRows
    T.fill(count: outputs.count, value: 1, into: c.pointer + outputs.lowerBound)
    for (index, layer) in network.layers.enumerated().reversed() {
      let (first, units) = (layer.rows.lowerBound, layer.rows.count)
      let degree = layer.activation.exponentOfScale
      if index < network.layers.count - 1 && degree > 1 {
        let values = c.pointer + first
        for _ in 1..<degree {
          T.multiply(count: units, x: sums.pointer + first, y: values, into: values)
        }
        T.addScaled(count: units, x: values, alpha: T(degree - 1), y: values, into: values)
      }
      // The first layer reads inputs only.
      if index == 0 { continue }
      T.square(
        count: layer.parameters.count, x: weights + layer.parameters.lowerBound,
        into: squares.pointer)
      layer.connection.applyTransposed(
        UnsafePointer(squares.pointer), c.pointer + first, into: Rows(c.pointer, columns: 1),
        accumulate: true, threads: 1)
    }
    let result = (activities: Buffer<Double>(count: count), signals: Buffer<Double>(count: count))
    T.toDouble(count: count, x: g.pointer, into: result.activities.pointer)
    T.toDouble(count: count, x: c.pointer, into: result.signals.pointer)
    return result
  }

  /// x^n for n ≥ 0.
  static func power(_ x: Double, _ n: Int) -> Double {
    n == 1 ? x : (0..<n).reduce(1) { product, _ in product * x }
  }
}

extension Activation {
  /// p for positively homogeneous functions; 1 for others, which only outputs may have.
  var exponentOfScale: Int { homogeneityDegree ?? 1 }
}
