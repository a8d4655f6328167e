import IntrinsicMath

/// The length of steps in the Fisher metric of the output model, without the matrix: for one target
/// y(x) drawn from the model for each sample,
///
///     δᵀFδ = E_x E_y[(∂ ln p(y | x)/∂θ · δ)²],   ∂ ln p/∂θ · δ = Σ_k b̃_k(x, y) Σ_i a_i(x) δ_ik
///
/// Half of it is, to second order, the divergence in nats a sample between what the network says before
/// and after the step. With output damping κ it is δᵀ(F + κ E[JᵀJ])δ, J = ∂(outputs)/∂θ, by random signs
/// on the outputs beside the targets: where probabilities are 0 and 1, F vanishes while the step does not.
/// With n samples the relative standard deviation is about √(2/n). Cost: a backward pass and the
/// products of a forward pass, which hold the statistics of normalized units fixed.
final class FisherLength<T: Scalar> {
  private let signals: SignalPass<T>
  private let products: Buffer<T>
  /// One for each column and sample.
  private let directional: Buffer<T>
  private let ones: Buffer<T>

  /// Takes all memory that estimates need. The output model must have a Fisher metric.
  init(_ network: Network, outputDamping: Double, maximumBatchSize: Int, stream: RandomStream) {
    signals = SignalPass(
      .monteCarlo(samples: 1), network, outputDamping: outputDamping,
      maximumBatchSize: maximumBatchSize,
      stream: stream, all: true)
    let rows = network.layers.map(\.rows.count).max()!
    products = Buffer(count: rows * maximumBatchSize)
    directional = Buffer(count: signals.columnCount * maximumBatchSize)
    ones = Buffer([T](repeating: 1, count: rows))
  }

  /// δᵀFδ, a mean over the samples of the workspace, after a forward pass at these parameters.
  func squared(
    of step: Displacement<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>
  ) -> T {
    let batch = workspace.batch
    let s = signals.allSignals(at: workspace, parameters)
    let (y, t, width) = (products.pointer, directional.pointer, s.columns)
    T.fill(count: width, value: 0, into: t)
    for layer in workspace.network.layers where !layer.parameters.isEmpty {
      layer.connection.apply(
        step.pointer + layer.parameters.lowerBound, workspace.activities, into: y,
        threads: workspace.threads)
      let signals = s.row(layer.rows.lowerBound)
      T.multiplyRepeated(
        rows: layer.rows.count, batch: batch, repeats: self.signals.columnCount, r: y, s: signals)
      T.gemm(
        transposeA: false, transposeB: false, m: 1, n: width, k: layer.rows.count, alpha: 1,
        a: ones.pointer, lda: layer.rows.count, b: signals, ldb: width,
        beta: 1, c: t, ldc: width)
    }
    return T.dot(count: width, x: t, y: t) / T(batch)
  }

  func code(_ coder: CheckpointCoder<T>) { signals.code(coder) }
}
