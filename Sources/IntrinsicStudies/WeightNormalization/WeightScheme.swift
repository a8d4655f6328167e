import Foundation
import Intrinsic
import IntrinsicMath

/// How the weights of a network are parametrized.
package enum WeightScheme: String, CaseIterable, Codable, Sendable {
  /// w
  case unnormalized
  /// w = g v/‖v‖
  case standard = "swn"
  /// w = e^a v/‖v‖
  case exponential = "ewn"

  var title: String {
    switch self {
    case .unnormalized: "unnormalized"
    case .standard: "SWN"
    case .exponential: "EWN"
    }
  }

  /// Its colour in all figures.
  var colour: Int { Self.allCases.firstIndex(of: self)! }

  var normalization: Normalization? {
    switch self {
    case .unnormalized: nil
    case .standard: .weight
    case .exponential: .exponentialWeight
    }
  }

  /// The same function in this parametrization, outputs included, with ‖v‖ as given.
  ///
  /// The model must be layered, dense and without biases.
  func model(of plain: Model, directionNorm: Double = 1) throws(NetworkError) -> Model {
    guard let normalization else { return plain }
    var builder = NetworkBuilder(inputs: plain.network.inputCount)
    var values: [Double] = []
    for (index, layer) in plain.network.layers.enumerated() {
      builder.dense(
        layer.connection.unitCount, layer.activation, bias: false, normalization: normalization)
      let weights = (0..<layer.connection.unitCount).map { unit in
        plain.network.parameters(layer: index, unit: unit).map { plain.parameters[$0] }
      }
      let norms = weights.map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      for (w, norm) in zip(weights, norms) { values += w.map { directionNorm * $0 / norm } }
      values += norms.map { self == .exponential ? log($0) : $0 }
    }
    return Model(
      network: try builder.build(output: plain.network.output), parameters: Parameters(values))
  }

  /// The exponent c of Θ(1/(t (ln t)^c)) for a network of degree L: 2 for EWN whatever L, 2 − 2/L
  /// without normalization (Morwani and Ramaswamy 2022, §1; Lyu and Li 2020). The gains of SWN
  /// grow like unnormalized weights.
  func rateExponent(degree: Int) -> Double {
    self == .exponential ? 2 : 2 - 2 / Double(degree)
  }
}
