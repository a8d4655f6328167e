import IntrinsicMath
import Testing

@testable import Intrinsic

/// The same function in two parametrizations. The map of parameters is linear, so that steps are
/// mapped by the same map.
struct Correspondence {
  let first: Trial<Double>
  let second: Trial<Double>
  let map: ([Double]) -> [Double]

  init(
    _ network: Network, _ parameters: Parameters<Double>, _ samples: Samples<Double>,
    to other: Network, _ otherSamples: Samples<Double>, map: @escaping ([Double]) -> [Double]
  ) {
    first = Trial(network, parameters, samples)
    second = Trial(other, Parameters(map(parameters.elements)), otherSamples)
    self.map = map
    expectClose([second.loss], [first.loss], tolerance: 1e-12, "losses of corresponding networks")
  }

  /// How far the step of the second network is from the map of the step of the first one.
  func deviation(_ method: Optimizer) throws -> Double {
    let mapped = map(try first.step(method))
    return IntrinsicTests.deviation(try second.step(method), from: mapped)
  }

  /// Maps the incoming parameters of each unit of the given layers.
  static func units(
    _ network: Network, layers: [Int], _ map: @escaping ([Double]) -> [Double]
  ) -> ([Double]) -> [Double] {
    { values in
      var result = values
      for layer in layers {
        for unit in 0..<network.layers[layer].rows.count {
          let range = network.parameters(layer: layer, unit: unit)
          result.replaceSubrange(range, with: map(Array(values[range])))
        }
      }
      return result
    }
  }
}
