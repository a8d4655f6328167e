import IntrinsicMath

/// λ γ²_net as a term of the loss, with its gradient through the statistics:
///
///     ½ ∂γ²_net/∂w_uv = (1 − α) c_v γ_u² w_uv + E[h_u ẑ_v],   ẑ_v = Σ_v′ α c_v′ J_v′v (z_v′ − mean)
///
/// with the mean for the covariance only. One pass forward over the squared weights, two back.
public final class PathRegularizer<T: Scalar>: Penalty {
  /// λ.
  public let strength: T
  private let norms: PathNorms<T>
  private let network: Network
  private let signals: Buffer<T>
  private let outer: Buffer<T>
  private let means: Buffer<T>

  /// The term λ γ²_net.
  ///
  /// - Parameters:
  ///   - measure: what γ is.
  ///   - strength: λ, in nats.
  ///   - network: whose weights it is of.
  ///   - maximumBatchSize: the largest batch.
  public init(_ measure: PathMeasure, strength: T, _ network: Network, maximumBatchSize: Int) {
    precondition(strength >= 0, "a regularization of strength \(strength)")
    self.strength = strength
    self.network = network
    norms = PathNorms(measure, network)
    signals = Buffer(count: measure.alpha > 0 ? network.hiddenRowCount * maximumBatchSize : 0)
    outer = Buffer(count: network.parameterCount)
    means = Buffer(count: network.layers.map(\.rows.count).max()!)
  }

  /// Adds −∂(λ γ²_net)/∂θ to a gradient, after a forward pass of the workspace at these parameters.
  /// - Returns: λ γ²_net.
  @discardableResult
  public func add(
    to gradient: inout Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>
  ) -> T {
    workspace.check(parameters)
    let (count, alpha) = (parameters.count, T(norms.measure.alpha))
    norms.compute(at: workspace, parameters)
    let memory = gradient.mutablePointer
    if alpha < 1 {
      for layer in network.layers {
        layer.connection.outer(
          norms.outgoing.row(layer.rows.lowerBound), norms.gamma,
          scale: -2 * strength * (1 - alpha), keep: 0,
          into: outer.pointer + layer.parameters.lowerBound, threads: workspace.threads)
      }
      T.multiply(count: count, x: outer.pointer, y: parameters.pointer, into: outer.pointer)
      T.addScaled(count: count, x: memory, alpha: 1, y: outer.pointer, into: memory)
    }
    if alpha > 0 { addStatistics(to: memory, at: workspace, parameters, alpha) }
    return strength * norms.total
  }

  private func addStatistics(
    to memory: UnsafeMutablePointer<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    _ alpha: T
  ) {
    let batch = workspace.batch
    let s = workspace.unitRows(signals, columns: batch)
    let z = workspace.preactivations(parameters)
    /// Adds α c_v (z_v − mean).
    func addInfluence(_ layer: Network.Layer) {
      let isCentred = norms.measure.statistic == .covariance
      let first = layer.rows.lowerBound
      if isCentred {
        T.rowStatistics(
          rows: layer.rows.count, columns: batch, x: z.row(first), mean: means.pointer, square: nil)
      }
      for row in layer.rows {
        let scale = alpha * norms.outgoing.row(row).pointee
        T.scaleAdd(count: batch, alpha: scale, x: z.row(row), beta: 1, into: s.row(row))
        if isCentred {
          T.addConstant(count: batch, value: -scale * means[row - first], into: s.row(row))
        }
      }
    }
    let last = network.layers.last!
    T.fill(count: last.rows.count * batch, value: 0, into: s.row(last.rows.lowerBound))
    addInfluence(last)
    workspace.propagateBack(s, weights: parameters.pointer) { layer in
      let row = layer.rows.lowerBound
      if !layer.derivativeIsOne {
        T.multiply(
          count: layer.rows.count * batch, x: workspace.derivatives.row(row), y: s.row(row),
          into: s.row(row))
      }
      addInfluence(layer)
    }
    for layer in network.layers {
      layer.connection.outer(
        s.row(layer.rows.lowerBound), workspace.activities, scale: -2 * strength / T(batch),
        keep: 1, into: memory + layer.parameters.lowerBound, threads: workspace.threads)
    }
  }
}
