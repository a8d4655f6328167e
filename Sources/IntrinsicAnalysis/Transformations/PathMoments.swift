import Intrinsic
import IntrinsicMath

/// The two factors of κ_uv = γ_u² c_v = ∂γ_net²/∂(w_uv²), the diagonal of the path metric (Neyshabur
/// et al. 2016, 3–5 with R = D and 29–32 with α = 0): one number a unit each, in double precision.
///
///     Γ_v = Σ_u w_uv² γ_u²          γ_v² = Γ_v^p, 1 for inputs and biases
///     γ_net² = Σ_out Γ_v
///     c_v = p Γ_v^{p−1} Σ_x w_vx² c_x, 1 for outputs
///
/// For units of degree p = 1, γ_net² is the sum over all paths of the products of squared weights,
/// and κ_e = Σ_{paths ∋ e} Π_{e′ ≠ e} w_e′² is the diagonal of JᵀJ, J = ∂π/∂w.
struct PathMoments {
  /// γ² by row of the activity matrix.
  let activities: Buffer<Double>
  /// c by row of the activity matrix, 0 for inputs and biases.
  let signals: Buffer<Double>

  /// One pass forward and one backward over the squared weights: O(parameters).
  ///
  /// Each product works on numbers that are divided by the largest of them, so that products of many
  /// layers keep to the range of `T`.
  init<T: Scalar>(_ network: Network, _ parameters: Parameters<T>) {
    let k = T.kernels
    let weights = UnsafePointer(parameters.storage.pointer)
    let count = network.rowCount
    let squares = Buffer<T>(count: network.layers.map(\.parameters.count).max()!)
    let (source, product) = (Buffer<T>(count: count), Buffer<T>(count: count))
    let sums = Buffer<Double>(count: count)
    activities = Buffer(count: count)
    signals = Buffer(count: count)
    let (g, c) = (activities.pointer, signals.pointer)
    Double.kernels.fill(count, 1, g)

    for layer in network.layers.dropLast() {
      let rows = layer.rows
      k.square(layer.parameters.count, weights + layer.parameters.lowerBound, squares.pointer)
      let scale = (0..<rows.lowerBound).reduce(0) { max($0, g[$1]) }
      k.fromDouble(rows.lowerBound, 1 / scale, g, source.pointer)
      layer.connection.apply(
        UnsafePointer(squares.pointer), Rows(source.pointer, columns: 1), into: product.pointer,
        threads: 1)
      k.addToDouble(rows.count, scale, product.pointer, sums.pointer + rows.lowerBound)
      for row in rows { g[row] = Self.power(sums[row], layer.activation.exponentOfScale) }
    }

    for row in network.outputRows { c[row] = 1 }
    for (index, layer) in network.layers.enumerated().reversed() {
      let rows = layer.rows
      let degree = layer.activation.exponentOfScale
      if index < network.layers.count - 1 && degree > 1 {
        for row in rows { c[row] *= Double(degree) * Self.power(sums[row], degree - 1) }
      }
      let scale = rows.reduce(0) { max($0, c[$1]) }
      // The first layer reads inputs only.
      if index == 0 || scale == 0 { continue }
      k.square(layer.parameters.count, weights + layer.parameters.lowerBound, squares.pointer)
      k.fromDouble(rows.count, 1 / scale, c + rows.lowerBound, source.pointer)
      k.fill(count, 0, product.pointer)
      layer.connection.applyTransposed(
        UnsafePointer(squares.pointer), source.pointer, into: Rows(product.pointer, columns: 1),
        accumulate: false, threads: 1)
      k.addToDouble(rows.lowerBound, scale, product.pointer, c)
    }
  }

  /// Throws if a number is NaN or infinite.
  func checkFinite(_ network: Network) throws(TransformationError) {
    for (index, layer) in network.layers.enumerated() {
      for row in layer.rows where !activities[row].isFinite || !signals[row].isFinite {
        throw .pathsNotFinite(layer: index)
      }
    }
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
