import IntrinsicMath

/// The unitwise reduction: the whole matrix A^(k) = E[ã ãᵀ c_k] of each unit.
///
/// Ways to hold and invert it, chosen by size and use:
/// - groups, whose activities are vectors, have one matrix for all their units (``GroupMatrices``);
/// - convolutions, whose positions share parameters, form the matrix of each unit
///   (``LargeUnitMatrices``);
/// - other units with few parameters are solved eight at a time in vector lanes (``LaneMatrices``);
/// - layers with more parameters a unit than samples work in the space of samples, unless averages
///   are wanted (``DualUnitMatrices``);
/// - moving averages without damping at the solve keep their inverses up to date
///   (``InverseUnitMatrices``);
/// - others, and pseudo-inverses, form the matrix of each unit (``LargeUnitMatrices``).
final class UnitwiseMatrices<T: Scalar>: MetricMatrices {
  private let lanes: LaneMatrices<T>
  /// For each layer, those of its units if they are not in lanes.
  private let layers: [(any MetricMatrices<T>)?]
  /// Whether each layer has no parameters.
  private let isEmpty: [Bool]

  init(
    _ network: Network, damping: Damping, averaging: MetricAveraging, maximumBatchSize: Int,
    threads: Int
  ) throws(MetricError) {
    isEmpty = network.layers.map(\.parameters.isEmpty)
    var small: [LaneMatrices<T>.Unit] = []
    var layers = [(any MetricMatrices<T>)?](repeating: nil, count: network.layers.count)
    let averages = !averaging.isMemoryless
    for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
      let sizes = (0..<layer.unitCount).map { layer.connection.parameters(of: $0).count }
      if layer.groups != nil {
        layers[index] = try GroupMatrices(
          network, layer: index, maximumBatchSize: maximumBatchSize,
          pseudoInverse: damping.pseudoInverse, threads: threads)
      } else if layer.connection.sharesParameters {
        layers[index] = try LargeUnitMatrices(
          network, layer: index, maximumBatchSize: maximumBatchSize, averages: averages,
          pseudoInverse: damping.pseudoInverse, threads: threads)
      } else if averages && damping.additive == 0 && damping.pseudoInverse == nil {
        layers[index] = try InverseUnitMatrices(
          network, layer: index, maximumBatchSize: maximumBatchSize)
      } else if sizes.max()! <= LaneMatrices<T>.largestSize && damping.pseudoInverse == nil {
        small += sizes.indices.map { LaneMatrices<T>.Unit(layer: index, unit: $0) }
      } else if maximumBatchSize < sizes.max()! && !averages && damping.pseudoInverse == nil {
        layers[index] = DualUnitMatrices(
          network, layer: index, maximumBatchSize: maximumBatchSize, threads: threads)
      } else {
        layers[index] = try LargeUnitMatrices(
          network, layer: index, maximumBatchSize: maximumBatchSize, averages: averages,
          pseudoInverse: damping.pseudoInverse, threads: threads)
      }
    }
    lanes = LaneMatrices(network, units: small)
    self.layers = layers
  }

  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    lanes.estimate(modulus, at: workspace, keep: keep)
    for case let matrices? in layers {
      matrices.estimate(modulus, at: workspace, keep: keep)
    }
  }

  func addToDiagonal(_ epsilon: T) {
    lanes.addToDiagonal(epsilon)
    for case let matrices? in layers { matrices.addToDiagonal(epsilon) }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    try lanes.solve(gradient, epsilon: epsilon, into: &step)
    for case let matrices? in layers {
      try matrices.solve(gradient, epsilon: epsilon, into: &step)
    }
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    coder.within("lanes") { lanes.code(coder, source: source) }
    for case (let index, let matrices?) in layers.enumerated() {
      coder.within("layers.\(index)") { matrices.code(coder, source: source) }
    }
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    if isEmpty[layer] { return }
    (layers[layer] ?? lanes).set(matrix, layer: layer, unit: unit)
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    if isEmpty[layer] { return Matrix(rows: 0, columns: 0) }
    return (layers[layer] ?? lanes).matrix(layer: layer, unit: unit)
  }
}
