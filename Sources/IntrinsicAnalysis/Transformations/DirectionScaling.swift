import Foundation
import Intrinsic
import IntrinsicMath

/// Another length of the weights of normalized units, w̃_v ↦ λ_v w̃_v with λ_v > 0, on which their
/// activities do not depend.
struct DirectionScaling: Reparametrization {
  /// λ of each unit, by normalized layer.
  let factors: [Int: [Double]]

  var inverse: any Reparametrization {
    DirectionScaling(factors: factors.mapValues { $0.map { 1 / $0 } })
  }

  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double] {
    var result = vector
    for (layer, factors) in factors {
      guard network.layers.indices.contains(layer),
        network.layers[layer].normalization != nil,
        network.layers[layer].connection.unitCount == factors.count
      else { throw .notNormalized(layer: layer, units: factors.count) }
      for (unit, factor) in factors.enumerated() {
        for i in network.parameters(layer: layer, unit: unit) { result[i] *= factor }
      }
    }
    return result
  }
}

extension Transformation {
  /// Another length of the weights of the units of a normalized layer: w̃_v ↦ λ_v w̃_v, λ_v > 0.
  public static func directionScaling(layer: Int, _ factors: [Double]) -> Transformation {
    precondition(
      factors.allSatisfy { $0 > 0 && $0.isFinite }, "lengths need factors > 0, not \(factors)")
    return Transformation(.directionScaling, [DirectionScaling(factors: [layer: factors])])
  }
}
