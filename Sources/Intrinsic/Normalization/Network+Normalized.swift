import IntrinsicMath

extension Network {
  /// Whether any layer is normalized.
  public var isNormalized: Bool { layers.contains { $0.normalization != nil } }

  /// Whether activities depend on the other samples of the batch.
  public var usesBatchStatistics: Bool {
    layers.contains { $0.normalization?.usesBatch == true }
  }

  /// The layer that holds the gains of a normalized one.
  func gainLayer(of index: Int) -> Layer? {
    layers[index].normalization.flatMap { $0.gain == .none ? nil : layers[index + 1] }
  }

  /// Whether the parameters of a layer are the shifts and gains of the one before.
  func holdsGains(layer index: Int) -> Bool {
    index > 0 && gainLayer(of: index - 1) != nil
  }

  /// The first normalized unit whose weights are all 0.
  func firstUnitWithoutDirection<T: Scalar>(
    _ parameters: Parameters<T>
  ) -> (layer: Int, unit: Int)? {
    guard isNormalized else { return nil }
    let values = parameters.elements
    for (index, layer) in layers.enumerated() where layer.normalization != nil {
      for unit in 0..<layer.connection.unitCount {
        let range = self.parameters(layer: index, unit: unit)
        if values[range].allSatisfy({ $0 == 0 }) { return (index, unit) }
      }
    }
    return nil
  }
}
