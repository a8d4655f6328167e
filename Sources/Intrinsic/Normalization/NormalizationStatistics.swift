import IntrinsicMath

/// Statistics of the pre-activations of one normalized layer, for use on other samples.
public struct NormalizationStatistics<T: Scalar>: Sendable {
  /// The mean of z̃ of each unit; zeros if it is not subtracted.
  public let mean: [T]
  /// S(z̃) of each unit; zeros for α = 0.
  public let variance: [T]
  /// How they depend on the weights of the layer itself.
  public let derivatives: Derivatives?

  /// With respect to each parameter of the layer, earlier layers held fixed.
  public struct Derivatives: Sendable {
    /// ∂mean/∂w̃ = E[ã].
    public let mean: [T]
    /// ½ ∂S/∂w̃ = E[(z̃ − μ_S) ã], with μ_S the mean for the variance and 0 for the second moment.
    public let halfVariance: [T]
  }

  /// - Parameters: one number for each unit of the layer.
  public init(mean: [T], variance: [T], derivatives: Derivatives? = nil) {
    precondition(
      mean.count == variance.count, "\(mean.count) means with \(variance.count) variances")
    self.mean = mean
    self.variance = variance
    self.derivatives = derivatives
  }
}

extension Dictionary {
  /// Codes statistics by layer, always of the same layers.
  mutating func code<T>(_ coder: CheckpointCoder<T>)
  where Key == Int, Value == NormalizationStatistics<T> {
    for layer in keys.sorted() {
      let old = self[layer]!
      var (mean, variance) = (old.mean, old.variance)
      coder.code("layers.\(layer).mean", &mean)
      coder.code("layers.\(layer).variance", &variance)
      let derivatives = old.derivatives.map {
        var (mean, halfVariance) = ($0.mean, $0.halfVariance)
        coder.code("layers.\(layer).mean_derivative", &mean)
        coder.code("layers.\(layer).half_variance_derivative", &halfVariance)
        return Value.Derivatives(mean: mean, halfVariance: halfVariance)
      }
      self[layer] = Value(mean: mean, variance: variance, derivatives: derivatives)
    }
  }
}

extension Workspace {
  /// The statistics of each normalized layer in the last forward pass, by its index.
  public var normalizationStatistics: [Int: NormalizationStatistics<T>] {
    statistics { index, normalizer in normalizer.statistics }
  }

  /// The same with their derivatives, at a cost of two gradients of those layers.
  public var differentiableStatistics: [Int: NormalizationStatistics<T>] {
    statistics { index, normalizer in
      normalizer.differentiableStatistics(
        activities, normalized: normalized(layer: index), batch: batch, threads: threads)
    }
  }

  private func statistics(
    of layer: (Int, Normalizer<T>) -> NormalizationStatistics<T>
  ) -> [Int: NormalizationStatistics<T>] {
    var result: [Int: NormalizationStatistics<T>] = [:]
    for (index, normalizer) in normalizers.enumerated() {
      if let normalizer { result[index] = layer(index, normalizer) }
    }
    return result
  }

  /// Uses these statistics in all later passes; nil for those of each batch. Layers whose
  /// normalization does not depend on the batch need none. Gradients take them for
  /// constants, unless they come with derivatives: then they follow them to the weights of the layer
  /// itself.
  public func freeze(_ statistics: [Int: NormalizationStatistics<T>]?) {
    for (index, normalizer) in normalizers.enumerated() {
      guard let normalizer else { continue }
      if let statistics {
        precondition(
          statistics[index] != nil || !network.layers[index].normalization!.usesBatch,
          "no statistics for layer \(index)")
      }
      normalizer.freeze(statistics?[index])
    }
  }

  /// ẑ of a normalized layer in the last forward pass, units × batch.
  func normalized(layer index: Int) -> UnsafeMutablePointer<T> {
    let row = network.layers[index].rows.lowerBound
    return keptPreactivations?.row(row) ?? activities.row(row)
  }
}
