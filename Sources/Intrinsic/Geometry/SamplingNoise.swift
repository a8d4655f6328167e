import IntrinsicMath

/// Shrinks steps along inputs with few effective samples: 1/(1 + λ κ_i/B) for each parameter, where
/// κ_i is the kurtosis of the activity that it multiplies and B the number of samples of the metric.
/// An input that is active on a fraction p of the samples has κ ≈ 1/p. The kurtosis does not change
/// under affine maps of the activity, so neither does the shrinkage.
final class SamplingNoise<T: Scalar> {
  /// The factor of each parameter; 1 for biases.
  let factors: Buffer<T>
  private let network: Network
  private let strength: T
  private let reference: Buffer<T>
  private let moments: Buffer<T>
  private let kurtosis: Buffer<T>
  private let rows: [IndexList]
  private var hasMoments = false

  init(_ network: Network, strength: Double) {
    self.network = network
    self.strength = T(strength)
    factors = Buffer(count: network.parameterCount)
    reference = Buffer(count: network.rowCount)
    moments = Buffer(count: 4 * network.rowCount)
    kurtosis = Buffer(count: network.rowCount)
    rows = network.layers.map { layer in
      IndexList((0..<layer.rows.count).flatMap(layer.connection.incomingRows))
    }
  }

  func carry(_ archive: StateArchive<T>) {
    archive.carry("factors", factors)
    archive.carry("reference", reference)
    archive.carry("moments", moments)
    archive.carry("has_moments", &hasMoments)
  }

  /// Takes the activities of a batch into the running moments, with the weight 1 − keep.
  func update(_ workspace: Workspace<T>, keep: T) {
    T.kernels.kurtosisUpdate(
      network.outputRows.lowerBound, workspace.batch, workspace.activities.origin,
      hasMoments ? keep : 0, reference.pointer, moments.pointer, kurtosis.pointer)
    hasMoments = true
    // In place: from κ_i to 1/(1 + λ κ_i/B), and 1 for the constant rows.
    T.kernels.shrinkage(
      network.outputRows.lowerBound, strength / T(workspace.batch), kurtosis.pointer)
    for row in network.constantRows { kurtosis[row] = 1 }
    for (index, layer) in network.layers.enumerated() {
      T.kernels.gather(
        layer.parameters.count, rows[index].pointer, kurtosis.pointer,
        factors.pointer + layer.parameters.lowerBound)
    }
  }
}
