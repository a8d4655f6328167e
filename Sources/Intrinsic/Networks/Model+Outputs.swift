import IntrinsicData
import IntrinsicMath

extension Network {
  /// Whether outputs are sums with a bias, so that other units of the targets are other parameters.
  public var canMapOutputs: Bool {
    let last = layers.last!
    let isGain = layers.count > 1 && layers[layers.count - 2].normalization != nil
    return output == .square && last.activation == .identity && last.affine == nil && !isGain
      && !hasOutputParameters && last.hasBias && last.connection.unitCount == outputCount
  }
}

extension Model {
  /// The model with outputs mapped back to units in which they are not standardized:
  /// a′ = mean + scale · a, folded into the last layer.
  public func mappingOutputs(_ map: Standardization) -> Model {
    precondition(network.canMapOutputs, "the outputs are no sums with a bias")
    precondition(
      map.featureCount == network.outputCount,
      "a map of \(map.featureCount) values for \(network.outputCount) outputs")
    var mapped = parameters
    let last = network.layers.count - 1
    for unit in 0..<network.outputCount {
      let range = network.parameters(layer: last, unit: unit)
      let scale = Double(map.scales[unit % map.scales.count])
      for index in range { mapped[index] *= scale }
      mapped[range.lowerBound] += Double(map.means[unit % map.means.count])
    }
    return Model(network: network, parameters: mapped, statistics: statistics)
  }
}
