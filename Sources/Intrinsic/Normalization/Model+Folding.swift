import IntrinsicMath

extension Workspace {
  /// The statistics of each normalized layer in the last forward pass, by its index.
  public var normalizationStatistics: [Int: NormalizationStatistics<T>] {
    var result: [Int: NormalizationStatistics<T>] = [:]
    for (index, normalizer) in normalizers.enumerated() {
      if let normalizer { result[index] = normalizer.statistics }
    }
    return result
  }

  /// Uses these statistics in all later passes, whose gradients take them for constants; nil for
  /// those of each batch.
  public func freeze(_ statistics: [Int: NormalizationStatistics<T>]?) {
    for (index, normalizer) in normalizers.enumerated() {
      guard let normalizer else { continue }
      if let statistics {
        precondition(statistics[index] != nil, "no statistics for layer \(index)")
      }
      normalizer.frozen = statistics?[index]
    }
  }

  /// The network without normalization that computes the same function as the last forward pass on
  /// whatever samples: w_v = w̃_v/γ̃_v, b_v = (b̃_v − mean)/γ̃_v with the statistics of that pass.
  public func folded(_ parameters: Parameters<T>) -> (network: Network, parameters: Parameters<T>) {
    check(parameters)
    var values = parameters.elements
    for (index, normalizer) in normalizers.enumerated() {
      guard let normalizer else { continue }
      let (inverses, means) = (normalizer.inverses, normalizer.statistics.mean)
      for unit in network.layers[index].rows.indices {
        let k = unit - network.layers[index].rows.lowerBound
        let range = network.parameters(layer: index, unit: k)
        if network.layers[index].hasBias { values[range.lowerBound] -= means[k] }
        for i in range { values[i] *= inverses[k] }
      }
    }
    return (network.withoutNormalization, Parameters(values))
  }
}
