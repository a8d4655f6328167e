import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Small networks that rescaling applies to, one for each wiring.
enum HomogeneousModel: String, CaseIterable {
  case layered, linear, withoutBias, sparse, sparseWithoutBias, skip, deep, outputParameters, powers
  case skippingPowers

  func network() throws -> Network {
    var builder = NetworkBuilder(inputs: 3)
    switch self {
    case .layered: return try .layered([3, 4, 3, 3], activation: .relu, output: .softmax)
    case .linear: return try .layered([3, 2, 2], activation: .identity, output: .square)
    case .withoutBias:
      return try .layered([3, 4, 5, 2], activation: .relu, output: .square, bias: false)
    case .sparse, .sparseWithoutBias:
      let bias = self == .sparse
      builder.sparse(incoming: [[0, 1], [1, 2], [0], [2, 0], [1]], .relu, bias: bias)
      builder.sparse(incoming: [[3, 4], [5, 6, 7], [4, 6], [3]], .relu, bias: bias)
      builder.dense(2, .identity, bias: bias)
      return try builder.build(output: .square)
    case .skip:
      let first = builder.dense(4, .relu)
      // Reads inputs and units of the first layer, not every unit the same.
      let second = builder.sparse(
        incoming: [[0, 3, 5], [1, 2, 4, 6], [3, 4]], .relu)
      let third = builder.dense(3, .identity, reading: [.inputs, first, second])
      builder.dense(2, .identity, reading: [first, third], bias: false)
      return try builder.build(output: .square)
    case .deep: return try .layered([2, 3, 2, 3, 2, 3, 2], activation: .relu, output: .square)
    case .outputParameters:
      return try .layered([3, 4, 3], activation: .relu, output: .softmax, outputParameters: true)
    case .powers:
      builder.dense(4, .positivePower(2))
      builder.dense(3, .power(3))
      builder.dense(2, .identity)
      return try builder.build(output: .square)
    case .skippingPowers:
      let first = builder.dense(3, .positivePower(2))
      builder.sparse(incoming: [[0, 3], [4, 5]], .relu)
      builder.dense(2, .identity, reading: [first, builder.last])
      return try builder.build(output: .square)
    }
  }

  /// Normal weights and biases.
  func model(_ stream: inout RandomStream) throws -> Model {
    let network = try network()
    return Model(
      network: network,
      parameters: Parameters((0..<network.parameterCount).map { _ in stream.normal() }))
  }

  var isOfDegreeOne: Bool { self != .powers && self != .skippingPowers }
}

/// The diagonal of the path metric, slowly and obviously.
struct PathOracle {
  /// The edges into each row: parameter, row that is read.
  private var edges: [Int: [(parameter: Int, source: Int)]] = [:]
  /// p by row.
  private var degrees: [Int: Int] = [:]
  private let network: Network

  init(_ network: Network) {
    self.network = network
    for (index, layer) in network.layers.enumerated() {
      for (unit, row) in layer.rows.enumerated() {
        edges[row] = Array(
          zip(
            network.parameters(layer: index, unit: unit),
            layer.connection.incomingRows(of: unit))
        ).map { (parameter: $0.0, source: $0.1) }
        degrees[row] = layer.activation.homogeneityDegree
      }
    }
  }

  /// κ_e = Σ_{paths ∋ e} Π_{e′ ≠ e} w_e′², path by path.
  func kappaByPaths(_ w: [Double]) -> [Double] {
    var kappa = [Double](repeating: 0, count: w.count)
    func extend(_ row: Int, _ path: [Int]) {
      guard let incoming = edges[row] else {
        for e in path {
          kappa[e] += path.reduce(1) { $1 == e ? $0 : $0 * w[$1] * w[$1] }
        }
        return
      }
      for edge in incoming { extend(edge.source, path + [edge.parameter]) }
    }
    for row in network.outputRows { extend(row, []) }
    return kappa
  }

  /// κ_e = ∂γ_net²/∂(w_e²), by carrying the derivative by one of the squared weights along.
  func kappaByDerivatives(_ w: [Double]) -> [Double] {
    w.indices.map { e in
      func preactivation(_ row: Int) -> (value: Double, slope: Double) {
        edges[row]!.reduce((0.0, 0.0)) { sum, edge in
          let (a, square) = (activity(edge.source), w[edge.parameter] * w[edge.parameter])
          return (
            sum.0 + square * a.value,
            sum.1 + square * a.slope + (edge.parameter == e ? a.value : 0)
          )
        }
      }
      func activity(_ row: Int) -> (value: Double, slope: Double) {
        guard edges[row] != nil else { return (1, 0) }
        let (y, p) = (preactivation(row), Double(degrees[row]!))
        return (pow(y.value, p), p * pow(y.value, p - 1) * y.slope)
      }
      return network.outputRows.reduce(0) { $0 + preactivation($1).slope }
    }
  }

  /// ln of the arithmetic over the geometric mean of the numbers that are not 0.
  static func divergence(_ kappa: [Double]) -> Double {
    let alive = kappa.filter { $0 != 0 }
    let count = Double(alive.count)
    return log(alive.reduce(0, +) / count) - alive.reduce(0) { $0 + log($1) } / count
  }
}
