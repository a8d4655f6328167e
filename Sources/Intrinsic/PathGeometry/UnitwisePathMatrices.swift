import IntrinsicMath

/// The whole path metric of each unit, always stored: Σ (largest number of incoming parameters)²
/// over units.
final class UnitwisePathMatrices<T: Scalar>: PathMatrices {
  private let network: Network
  /// Those of each layer that has parameters.
  private let layers: [LargeUnitMatrices<T>?]
  /// One number for each parameter: means, or a diagonal.
  private let vector: Buffer<T>

  init(_ network: Network, damping: Damping, maximumBatchSize: Int, threads: Int)
    throws(MetricError)
  {
    self.network = network
    var layers = [LargeUnitMatrices<T>?](repeating: nil, count: network.layers.count)
    for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
      layers[index] = try LargeUnitMatrices(
        network, layer: index, maximumBatchSize: maximumBatchSize, averages: true,
        pseudoInverse: damping.pseudoInverse, threads: threads)
    }
    self.layers = layers
    vector = Buffer(count: network.parameterCount)
  }

  func fade(keep: T) {
    for case let layer? in layers { layer.fade(keep: keep) }
  }

  func subtractMeans(_ s: Rows<T>, at workspace: Workspace<T>, weight: T) {
    for (index, layer) in network.layers.enumerated() {
      layer.connection.outer(
        s.row(layer.rows.lowerBound), workspace.activities, scale: 1 / T(workspace.batch), keep: 0,
        into: vector.pointer + layer.parameters.lowerBound, threads: workspace.threads)
      layers[index]?.addProducts(of: vector, weight: -weight)
    }
  }

  func add(modulus q: Rows<T>, at workspace: Workspace<T>, weight: T) {
    for case let layer? in layers { layer.add(modulus: q, at: workspace, weight: weight) }
  }

  func addUnshared(modulus q: Rows<T>, at workspace: Workspace<T>, weight: T) {
    for case (let index, let layer?) in layers.enumerated()
    where !network.layers[index].connection.sharesParameters {
      layer.add(modulus: q, at: workspace, weight: weight)
    }
  }

  func addSampleSums(_ s: Rows<T>, at workspace: Workspace<T>, weight: T) {
    for case (let index, let layer?) in layers.enumerated()
    where network.layers[index].connection.sharesParameters {
      layer.addSampleSums(s, at: workspace, weight: weight)
    }
  }

  func addOuter(outgoing c: Rows<T>, incoming gamma: Rows<T>, weight: T, threads: Int) {
    for (index, layer) in network.layers.enumerated() {
      layer.connection.outer(
        c.row(layer.rows.lowerBound), gamma, scale: weight, keep: 0,
        into: vector.pointer + layer.parameters.lowerBound, threads: threads)
      layers[index]?.addDiagonal(vector)
    }
  }

  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    fade(keep: keep)
    add(modulus: modulus.values, at: workspace, weight: 1 - keep)
  }

  func addToDiagonal(_ epsilon: T) {
    for case let layer? in layers { layer.addToDiagonal(epsilon) }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    for case let layer? in layers { try layer.solve(gradient, epsilon: epsilon, into: &step) }
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    for case (let index, let layer?) in layers.enumerated() {
      coder.within("layers.\(index)") { layer.code(coder, source: source) }
    }
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    layers[layer]?.set(matrix, layer: layer, unit: unit)
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    layers[layer]?.matrix(layer: layer, unit: unit) ?? Matrix(rows: 0, columns: 0)
  }
}
