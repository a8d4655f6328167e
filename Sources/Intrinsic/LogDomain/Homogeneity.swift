extension Network {
  /// The degree L for which the outputs of the network satisfy f(ρw) = ρ^L f(w) for every ρ > 0, w its
  /// weights and those biases that only inputs stand beside (Morwani and Ramaswamy 2022, §3).
  ///
  /// A unit with an activation of degree p that reads units of degree d has degree p(d + 1). Normalized
  /// weights ŵ have degree 0, their gains degree 1.
  ///
  /// - Throws: ``HomogeneityError`` for the first layer that is not homogeneous.
  public func homogeneityDegree() throws(HomogeneityError) -> Int {
    let constants = Set(constantRows)
    var degrees = [Int](repeating: 0, count: rowCount)
    for (index, layer) in layers.enumerated() {
      guard layer.affine == nil else { throw .reparametrized(layer: index) }
      guard let power = layer.activation.homogeneityDegree else {
        throw .activation(layer: index, activation: layer.activation)
      }
      if let normalization = layer.normalization,
        normalization.isCentred || normalization.measure.alpha > 0
      {
        throw .batchStatistics(layer: index)
      }
      for (unit, row) in layer.rows.enumerated() {
        let read = layer.connection.incomingRows(of: unit).filter { !constants.contains($0) }
        let found = Set(read.map { degrees[$0] }).sorted()
        guard found.count == 1 else { throw .mixedDegrees(layer: index, degrees: found) }
        if layer.hasBias && found[0] > 0 { throw .bias(layer: index) }
        degrees[row] = power * (found[0] + (layer.normalization == nil ? 1 : 0))
      }
    }
    let outputs = Set(degrees[outputRows]).sorted()
    guard outputs.count == 1 else {
      throw .mixedDegrees(layer: layers.count - 1, degrees: outputs)
    }
    return outputs[0]
  }
}
