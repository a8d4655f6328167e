import IntrinsicMath

/// Shrinks steps along inputs with few effective samples: 1/(1 + λ κ_i/B) for each parameter, where
/// κ_i is the kurtosis of the activity that it multiplies and B the number of samples of the metric.
/// An input that is active on a fraction p of the samples has κ ≈ 1/p. The kurtosis does not change
/// under affine maps of the activity, so neither does the shrinkage.
///
/// Where positions share parameters, κ_i is the mean of the kurtoses at the positions, and B counts
/// all positions of all samples, as for a unit that read them as samples.
final class KurtosisDamping<T: Scalar> {
  /// The factor of each parameter; 1 for biases.
  let factors: Buffer<T>
  private let network: Network
  private let strength: T
  private let reference: Buffer<T>
  private let moments: Buffer<T>
  private let kurtosis: Buffer<T>
  private let rows: [IndexList]
  /// For each layer with shared parameters and each parameter of the units that read apart, the rows
  /// at all positions but those beside the image.
  private let shared: [Int: [IndexList]]
  private var hasMoments = false

  init(_ network: Network, strength: Double) {
    self.network = network
    self.strength = T(strength)
    factors = Buffer(count: network.parameterCount)
    reference = Buffer(count: network.rowCount)
    moments = Buffer(count: 4 * network.rowCount)
    kurtosis = Buffer(count: network.rowCount)
    rows = network.layers.map { layer in
      IndexList(
        layer.connection.sharesParameters
          ? [] : (0..<layer.unitCount).flatMap(layer.connection.incomingRows))
    }
    var shared: [Int: [IndexList]] = [:]
    for (index, layer) in network.layers.enumerated() where layer.connection.sharesParameters {
      shared[index] = layer.connection.distinctReceptiveFields.flatMap { unit in
        let lists = (0..<layer.positions).map { layer.connection.incomingRows(of: unit, at: $0) }
        return lists[0].indices.map { i in IndexList(lists.map { $0[i] }.filter { $0 >= 0 }) }
      }
    }
    self.shared = shared
  }

  func code(_ coder: CheckpointCoder<T>) {
    coder.code("factors", factors)
    coder.code("reference", reference)
    coder.code("moments", moments)
    coder.code("has_moments", &hasMoments)
  }

  /// Takes the activities of a batch into the running moments, with the weight 1 − keep.
  func update(_ workspace: Workspace<T>, keep: T) {
    T.kurtosisUpdate(
      rows: network.outputRows.lowerBound, columns: workspace.batch, a: workspace.activities.origin,
      keep: hasMoments ? keep : 0, reference: reference.pointer, moments: moments.pointer,
      kurtosis: kurtosis.pointer)
    hasMoments = true
    for (index, lists) in shared { shrink(network.layers[index], lists, batch: workspace.batch) }
    // In place: from κ_i to 1/(1 + λ κ_i/B), and 1 for the constant rows.
    T.shrinkage(
      count: network.outputRows.lowerBound, s: strength / T(workspace.batch), into: kurtosis.pointer
    )
    for row in network.constantRows { kurtosis[row] = 1 }
    for (index, layer) in network.layers.enumerated() where shared[index] == nil {
      T.gather(
        count: layer.parameters.count, index: rows[index].pointer, x: kurtosis.pointer,
        into: factors.pointer + layer.parameters.lowerBound)
    }
  }

  /// The factors of a layer with shared parameters.
  private func shrink(_ layer: Network.Layer, _ lists: [IndexList], batch: Int) {
    let samples = T(batch * layer.positions)
    let size = layer.parameters.count / layer.unitCount
    for (i, list) in lists.enumerated() {
      var sum: T = 0
      for place in 0..<list.count { sum += kurtosis.pointer[Int(list.pointer[place])] }
      // A weight that meets only zeros beside the image has no step to shrink.
      let mean = list.count > 0 ? sum / T(list.count) : 0
      let factor = layer.hasBias && i % size == 0 ? 1 : 1 / (1 + strength * mean / samples)
      for parameter in stride(from: i, to: layer.parameters.count, by: lists.count) {
        factors.pointer[layer.parameters.lowerBound + parameter] = factor
      }
    }
  }
}
