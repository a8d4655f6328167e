import Intrinsic

/// The units of a hidden layer in another order: the new unit k is the old unit `order[k]`.
struct UnitPermutation: Reparametrization {
  let layer: Int
  let order: [Int]

  var inverse: any Reparametrization {
    var inverse = order
    for (new, old) in order.enumerated() { inverse[old] = new }
    return UnitPermutation(layer: layer, order: inverse)
  }

  func network(_ network: Network) throws(TransformationError) -> Network {
    try permuted(network).network
  }

  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double] {
    try permuted(network).parameters.map { vector[$0] }
  }

  private func permuted(
    _ network: Network
  ) throws(TransformationError) -> (network: Network, parameters: [Int]) {
    _ = try network.hiddenLayer(layer, units: order.count)
    do {
      return try network.permuted(layer: layer, order)
    } catch {
      throw .network(error)
    }
  }
}
