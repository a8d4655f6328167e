import IntrinsicData
import IntrinsicMath

extension Network {
  /// Whether outputs are sums with a bias, so that other units of the targets are other parameters.
  public var canMapOutputs: Bool {
    let last = layers.last!
    let isGain = layers.count > 1 && layers[layers.count - 2].normalization != nil
    return output == .square && last.activation.isIdentity && last.affine == nil && !isGain
      && !hasOutputParameters && last.hasBias && last.connection.unitCount == outputCount
  }
}

extension Model {
  /// The model with outputs mapped back to units in which they are not standardized:
  /// a′ = mean + scale · a, folded into the last layer.
  public func mappingOutputs(_ map: Standardization) -> Model {
    mappingOutputs(map) { (scale: $1, shift: $0) }
  }

  /// The model with outputs that are standardized, a′ = (a − mean)/scale, folded into the last layer: the
  /// inverse of ``mappingOutputs(_:)``, with which training goes on from a trained model.
  public func standardizingOutputs(_ map: Standardization) -> Model {
    mappingOutputs(map) { (scale: 1 / $1, shift: -$0 / $1) }
  }

  /// - Parameter affine: from the mean and the scale of an output to what it is multiplied by, and what is
  ///   added then.
  private func mappingOutputs(
    _ map: Standardization, by affine: (Double, Double) -> (scale: Double, shift: Double)
  ) -> Model {
    precondition(network.canMapOutputs, "the outputs are no sums with a bias")
    precondition(
      map.featureCount == network.outputCount,
      "a map of \(map.featureCount) values for \(network.outputCount) outputs")
    var mapped = parameters
    let last = network.layers.count - 1
    for unit in 0..<network.outputCount {
      let range = network.parameters(layer: last, unit: unit)
      let (scale, shift) = affine(
        Double(map.means[unit % map.means.count]), Double(map.scales[unit % map.scales.count]))
      for index in range { mapped[index] *= scale }
      mapped[range.lowerBound] += shift
    }
    return Model(network: network, parameters: mapped, statistics: statistics)
  }
}
