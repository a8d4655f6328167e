extension Network {
  /// The degree L for which the outputs of the network satisfy f(ρw) = ρ^L f(w) for every ρ > 0, w its
  /// weights and those biases that only inputs stand beside (Morwani and Ramaswamy 2022, §3).
  ///
  /// A unit with an activation of degree p that reads units of degree d has degree p(d + 1), or p d if it
  /// has no weights. Normalized weights ŵ have degree 0, their gains degree 1.
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
      let degree = layer.combination == nil && layer.normalization == nil ? 1 : 0
      for (place, row) in layer.rows.enumerated() {
        let (position, unit) = (place / layer.unitCount, place % layer.unitCount)
        let read =
          layer.combination == nil
          ? layer.connection.incomingRows(of: unit, at: position) : layer.combinedRows(of: row)
        // Zeros beside an image have any degree.
        let found = Set(read.filter { $0 >= 0 && !constants.contains($0) }.map { degrees[$0] })
          .sorted()
        guard found.count == 1 else { throw .mixedDegrees(layer: index, degrees: found) }
        if layer.hasBias && found[0] > 0 { throw .bias(layer: index) }
        degrees[row] = power * (found[0] + degree)
      }
    }
    let outputs = Set(degrees[outputRows]).sorted()
    guard outputs.count == 1 else {
      throw .mixedDegrees(layer: layers.count - 1, degrees: outputs)
    }
    return outputs[0]
  }
}
