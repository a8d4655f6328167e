import Foundation
import IntrinsicMath

/// How the parameters of a network are drawn at the start. d_k is the number of activities that unit k
/// reads, at each place for a convolution. Output parameters ϑ start at 1.
public enum Initialization: Hashable, Sendable, Codable {
  /// Weights N(0, gain²/d_k), biases 0. Where weights are normalized, the norms that they would have
  /// become gains g of their own, and g = 1 where activities are. Gain 1 suits tanh (Ollivier 2015, §4), √2 suits ReLU.
  case normal(gain: Double)
  /// The start of sigmoid units that corresponds to gain 1 for tanh (Ollivier 2015, §4): weights
  /// N(0, 16/d_k), biases −Σ_i w_ik/2.
  case centredSigmoid
  /// Everything 0 but ϑ.
  case zeros

  /// Draws parameters.
  public func parameters<T: Scalar>(
    _ network: Network, using stream: inout RandomStream
  ) -> Parameters<T> {
    var result = Parameters<T>(network)
    if network.hasOutputParameters {
      for index in network.layers.last!.parameters { result[index] = 1 }
    }
    if self == .zeros { return result }
    let gain: Double = if case .normal(let gain) = self { gain } else { 4 }
    for (index, layer) in network.layers.enumerated() where !layer.holdsOutputParameters {
      if network.holdsGains(layer: index) {
        let below = network.layers[index - 1].normalization!
        let scale = below.measure.alpha == 0 ? gain : 1
        for unit in 0..<layer.unitCount {
          result[network.parameters(layer: index, unit: unit).upperBound - 1] =
            T(below.gain == .exponential ? Foundation.log(scale) : scale)
        }
        continue
      }
      for unit in 0..<layer.unitCount {
        let range = network.parameters(layer: index, unit: unit)
        let weights = layer.hasBias ? range.dropFirst() : range
        let deviation = gain / Double(weights.count).squareRoot()
        for weight in weights { result[weight] = T(deviation * stream.normal()) }
        if self == .centredSigmoid && layer.hasBias {
          result[range.lowerBound] = -weights.reduce(0) { $0 + result[$1] } / 2
        }
      }
    }
    return result
  }
}
