import Foundation
import Intrinsic
import IntrinsicMath

/// Factors ρ_v > 0 for the hidden units of a layered network.
struct UnitFactors {
  /// One list for each hidden layer.
  let layers: [[Double]]

  /// ρ = 10^{k u} with u uniform on [−½, ½).
  init(_ network: Network, orders: Double, using stream: RandomStream) {
    var stream = stream
    layers = network.layers.dropLast().map { layer in
      layer.rows.map { _ in pow(10, orders * (stream.uniform() - 0.5)) }
    }
  }

  /// Incoming weights of each hidden unit, bias included, times ρ; its outgoing ones divided by it:
  /// node-wise rescaling (Neyshabur et al. 2016, 2), which keeps the function of a ReLU network, and
  /// of no other.
  func rescale(_ parameters: Parameters<Float>, of network: Network) -> Parameters<Float> {
    var factors = [Double](repeating: 1, count: network.rowCount)
    for (layer, list) in zip(network.layers, layers) {
      for (row, factor) in zip(layer.rows, list) { factors[row] = factor }
    }
    return Parameters(
      network.mapWeights(parameters) { Float(Double($0) * factors[$2] / factors[$1]) })
  }

  /// Incoming weights of each hidden unit times ρ, nothing else: what changes nothing where they are
  /// normalized (Neyshabur et al. 2016, §6.2).
  func rescaleIncoming(_ parameters: Parameters<Float>, of network: Network) -> Parameters<Float> {
    var result = parameters
    for (layer, list) in layers.enumerated() {
      for (unit, factor) in list.enumerated() {
        for i in network.parameters(layer: layer, unit: unit) {
          result[i] = Float(Double(result[i]) * factor)
        }
      }
    }
    return result
  }
}

/// The weights with ‖w_in‖ = 1, w_in with the bias, at every hidden unit of a layered network.
struct UnitSpheres: Sendable {
  private let units: [Range<Int>]

  init(_ network: Network) {
    units = network.layers.dropLast().enumerated().flatMap { index, layer in
      layer.rows.indices.map {
        network.parameters(layer: index, unit: $0 - layer.rows.lowerBound)
      }
    }
  }

  /// w_in ← w_in/‖w_in‖: to the nearest weights on the spheres. Outgoing weights stay, so that the
  /// function changes.
  func project(_ parameters: inout Parameters<Float>) {
    // Other copies of the parameters must not change with these.
    let values = Buffer<Float>(count: parameters.count)
    values.copy(from: parameters.storage)
    for unit in units {
      let weights = UnsafeMutableBufferPointer(
        start: values.pointer + unit.lowerBound, count: unit.count)
      var square = 0.0
      for weight in weights { square += Double(weight) * Double(weight) }
      guard square > 0, square.isFinite else { continue }
      let factor = Float(1 / square.squareRoot())
      for i in weights.indices { weights[i] *= factor }
    }
    parameters.storage = values
  }
}

extension Network {
  /// The parameters after a map that is told each of them, the row that it reads and the row of its
  /// unit.
  fileprivate func mapWeights(
    _ parameters: Parameters<Float>, _ map: (Float, _ from: Int, _ to: Int) -> Float
  ) -> [Float] {
    var result = parameters.elements
    for (index, layer) in layers.enumerated() {
      for unit in 0..<layer.rows.count {
        let rows = layer.connection.incomingRows(of: unit)
        for (i, row) in zip(self.parameters(layer: index, unit: unit), rows) {
          result[i] = map(result[i], row, layer.rows.lowerBound + unit)
        }
      }
    }
    return result
  }
}
