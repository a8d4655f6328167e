import IntrinsicMath

/// The unitwise reduction: the whole matrix A^(k) = E[ã ãᵀ c_k] of each unit.
///
/// Three ways to hold and invert it, chosen by size:
/// - units with few parameters are solved eight at a time in vector lanes (``LaneMatrices``);
/// - layers with more parameters a unit than samples work in the space of samples
///   (``DualUnitMatrices``);
/// - others form the matrix of each unit (``LargeUnitMatrices``).
final class UnitwiseMatrices<T: Scalar>: MetricMatrices {
  private let lanes: LaneMatrices<T>
  /// One for each layer that has units too large for lanes.
  private let layers: [Int: any MetricMatrices<T>]

  init(_ network: Network, capacity: Int) {
    var small: [LaneMatrices<T>.Unit] = []
    var layers: [Int: any MetricMatrices<T>] = [:]
    for (index, layer) in network.layers.enumerated() {
      let sizes = (0..<layer.rows.count).map { layer.connection.parameters(of: $0).count }
      if sizes.max()! <= LaneMatrices<T>.largestSize {
        small += sizes.indices.map { LaneMatrices<T>.Unit(layer: index, unit: $0) }
      } else if capacity < sizes.max()! {
        layers[index] = DualUnitMatrices(network, layer: index, capacity: capacity)
      } else {
        layers[index] = LargeUnitMatrices(network, layer: index, capacity: capacity)
      }
    }
    lanes = LaneMatrices(network, units: small)
    self.layers = layers
  }

  func estimate(modulus c: Rows<T>, at workspace: Workspace<T>) {
    lanes.estimate(modulus: c, at: workspace)
    for matrices in layers.values { matrices.estimate(modulus: c, at: workspace) }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    try lanes.solve(gradient, epsilon: epsilon, into: &step)
    for matrices in layers.values {
      try matrices.solve(gradient, epsilon: epsilon, into: &step)
    }
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    (layers[layer] ?? lanes).matrix(layer: layer, unit: unit)
  }
}
