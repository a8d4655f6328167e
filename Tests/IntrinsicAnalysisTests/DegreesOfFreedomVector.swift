import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

/// A test vector of kind dof: a ReLU network with the numbers of an independent implementation.
///
/// One of the two has units that nothing reads and units that read nothing but their bias, which
/// networks refuse; its graph has them all the same.
struct DegreesOfFreedomVector {
  /// The graph, its edges in the order of the file: unit after unit, bias first.
  let graph: PathGraph
  let weights: [Double]
  /// The network without unread units, where a unit without inputs reads the first with weight 0.
  let model: Model
  /// The edge of each parameter; nil for a weight that has been added.
  let edgeOfParameter: [Int?]
  /// Inputs × samples.
  let inputs: Matrix<Double>
  private let expected: [String: Any]

  init(_ name: String) throws {
    let url = try #require(
      Bundle.module.url(forResource: "Vectors/\(name)", withExtension: "json"))
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    expected = try #require(json["expect"] as? [String: Any])
    inputs = Matrix(try #require(json["X"] as? [[Double]])).transposed
    let net = try #require(json["net"] as? [String: Any])
    let w = try #require(net["W"] as? [[[Double]]])
    let b = try #require(net["b"] as? [[Double]])
    let mask = net["mask"] as? [[[Double]]]
    let activations = try #require(net["acts"] as? [String])
    let counts = [w[0][0].count] + w.map(\.count)

    // Nodes: a constant, the inputs, then the units of each layer.
    let firsts = counts.reduce(into: [1]) { $0.append($0.last! + $1) }
    var edges: [PathGraph.Edge] = []
    var weights: [Double] = []
    var builder = NetworkBuilder(inputs: counts[0])
    var (parameters, edgeOfParameter) = ([Double](), [Int?]())
    var kept = Array(0..<counts[0])
    var numbers = Dictionary(uniqueKeysWithValues: kept.map { ($0, $0) })
    for layer in w.indices {
      var incoming: [[Int]] = []
      var nextNumbers: [Int: Int] = [:]
      kept = w[layer].indices.filter { unit in
        layer + 1 == w.count || w[layer + 1].indices.contains { mask?[layer + 1][$0][unit] != 0 }
      }
      let first = builder.units(of: builder.last).upperBound
      for unit in w[layer].indices {
        let node = firsts[layer + 1] + unit
        let sources = w[layer][unit].indices.filter { mask?[layer][unit][$0] != 0 }
        let start = edges.count
        edges.append(.init(from: 0, to: node))
        edges += sources.map { .init(from: firsts[layer] + $0, to: node) }
        weights += [b[layer][unit]] + sources.map { w[layer][unit][$0] }
        guard let position = kept.firstIndex(of: unit) else { continue }
        nextNumbers[unit] = first + position
        parameters += weights[start...]
        edgeOfParameter += (start..<edges.count).map { $0 }
        if sources.isEmpty {
          incoming.append([numbers.values.min()!])
          parameters.append(0)
          edgeOfParameter.append(nil)
        } else {
          incoming.append(sources.map { numbers[$0]! })
        }
      }
      builder.sparse(incoming: incoming, Activation(activations[layer])!)
      numbers = nextNumbers
    }
    self.weights = weights
    self.edgeOfParameter = edgeOfParameter
    graph = PathGraph(
      nodes: firsts.last!, inputs: Array(0..<firsts[1]),
      outputs: Array(firsts[w.count]..<firsts[w.count + 1]), edges: edges)
    model = Model(
      network: try builder.build(output: OutputModel(net["output"] as! String)!),
      parameters: Parameters(parameters))
  }

  func number(_ key: String) throws -> Int { try #require(expected[key] as? Int) }

  func matrix(_ key: String) throws -> Matrix<Double> {
    Matrix(try #require(expected[key] as? [[Double]]))
  }
}
