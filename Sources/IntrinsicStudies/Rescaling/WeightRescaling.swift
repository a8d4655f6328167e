import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Node-wise rescalings (Neyshabur et al. 2016, 2) of the weights of layered networks: incoming
/// weights of a hidden unit, bias included, times ρ > 0, outgoing ones divided by it. They keep the
/// function if the units are ReLU, and change it if they are not.
struct WeightRescaling {
  /// With ReLU units; the parameters of other units are in the same order.
  private let network: Network

  /// - Parameter sizes: from inputs to outputs.
  init(_ sizes: [Int]) throws(NetworkError) {
    network = try Network.layered(sizes, activation: .relu, output: .softmax)
  }

  /// Random ρ for the units of each hidden layer, spread evenly over so many orders of magnitude, and
  /// powers of two: rescaling by them commutes with rounding, so that rounding sets no two curves
  /// apart that are the same in real numbers.
  func factors(orders: Double, using stream: RandomStream) -> [[Double]] {
    var stream = stream
    return network.layers.dropLast().map { layer in
      layer.rows.map { _ in exp2((log2(10) * orders * (stream.uniform() - 0.5)).rounded()) }
    }
  }

  /// Incoming weights times ρ, outgoing ones divided by it.
  func rescaled(
    _ parameters: Parameters<Float>, by factors: [[Double]]
  ) throws -> Parameters<Float> {
    let transformation = factors.enumerated().reduce(Transformation.identity) {
      $0.then(.rescaling(layer: $1.offset, $1.element))
    }
    return try apply(transformation, to: parameters)
  }

  /// Incoming weights times ρ, outgoing ones as they are: what networks do not notice whose incoming
  /// weights are normalized, whatever the units (Neyshabur et al. 2016, §6.2).
  func rescaledIncoming(
    _ parameters: Parameters<Float>, by factors: [[Double]]
  ) -> Parameters<Float> {
    var result = parameters
    for (layer, list) in factors.enumerated() {
      for (unit, factor) in list.enumerated() {
        for i in network.parameters(layer: layer, unit: unit) { result[i] *= Float(factor) }
      }
    }
    return result
  }

  /// ‖w_in‖ = 1 at every hidden unit, the scale pushed to the outputs (Tomioka 2016).
  func normalized(_ parameters: Parameters<Float>) throws -> Parameters<Float> {
    try apply(Transformation.normalization(model(parameters)), to: parameters)
  }

  /// The weights that all rescalings of these share: those of the best conditioned path metric.
  func condition(_ parameters: inout Parameters<Float>) throws {
    try PathConditioning(network, parameters).apply(to: &parameters)
  }

  private func model(_ parameters: Parameters<Float>) -> Model {
    Model(network: network, parameters: Parameters(parameters.elements.map(Double.init)))
  }

  private func apply(
    _ transformation: Transformation, to parameters: Parameters<Float>
  ) throws -> Parameters<Float> {
    let model = try transformation.applied(to: model(parameters))
    return Parameters(model.parameters.elements.map { Float($0) })
  }
}
