import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// A small random graph with weights of size ½ to 1½, few enough paths to enumerate them.
struct RandomGraph {
  enum Kind: String, CaseIterable, Sendable {
    case layered
    case layeredWithoutBiases = "layered-without-biases"
    case sparse
    case sparseWithoutBiases = "sparse-without-biases"
    case dense
    case denseWithoutBiases = "dense-without-biases"
    /// With nodes and edges on no path from an input to an output, which networks refuse.
    case useless

    var title: String {
      switch self {
      case .layered: "layers"
      case .layeredWithoutBiases: "layers, no biases"
      case .sparse: "sparse, skips"
      case .sparseWithoutBiases: "sparse, skips, no biases"
      case .dense: "dense, skips"
      case .denseWithoutBiases: "dense, skips, no biases"
      case .useless: "useless nodes and edges"
      }
    }

    fileprivate var hasBiases: Bool { [.layered, .sparse, .dense].contains(self) }
  }

  let graph: PathGraph
  let weights: [Double]
  /// ReLU units and linear outputs on this graph; nil if no network can have it.
  let network: Network?

  init(_ kind: Kind, using stream: inout RandomStream) throws {
    let graph: PathGraph
    switch kind {
    case .useless:
      network = nil
      graph = Self.useless(using: &stream)
    case .layered, .layeredWithoutBiases:
      let sizes = (0..<Int.random(in: 3...5, using: &stream)).map { _ in
        Int.random(in: 2...4, using: &stream)
      }
      let network = try Network.layered(
        sizes, activation: .relu, output: .square, bias: kind.hasBiases)
      (self.network, graph) = (network, PathGraph(network))
    case .sparse, .sparseWithoutBiases, .dense, .denseWithoutBiases:
      let isDense = [.dense, .denseWithoutBiases].contains(kind)
      let network = try Self.acyclic(
        density: isDense ? 0.85 : 0.35, bias: kind.hasBiases, using: &stream)
      (self.network, graph) = (network, PathGraph(network))
    }
    self.graph = graph
    weights = graph.edges.map { _ in
      (Bool.random(using: &stream) ? 1 : -1) * (0.5 + stream.uniform())
    }
  }

  /// Every hidden unit may read all units before it, outputs all of these.
  private static func acyclic(
    density: Double, bias: Bool, using stream: inout RandomStream
  ) throws -> Network {
    let inputs = Int.random(in: 2...4, using: &stream)
    let hidden = Int.random(in: 3...7, using: &stream)
    let outputs = Int.random(in: 1...3, using: &stream)
    let first = inputs + hidden
    var incoming: [[Int]] = []
    for unit in inputs..<first + outputs {
      let others = min(unit, first)
      var sources = (0..<others).filter { _ in stream.uniform() < density }
      if sources.isEmpty { sources = [Int.random(in: 0..<others, using: &stream)] }
      incoming.append(sources)
    }
    // A hidden unit that nothing reads is read by an output.
    for unit in inputs..<first where !incoming.contains(where: { $0.contains(unit) }) {
      incoming[Int.random(in: hidden..<hidden + outputs, using: &stream)].append(unit)
    }
    var builder = NetworkBuilder(inputs: inputs)
    for sources in incoming[..<hidden] { builder.sparse(incoming: [sources], .relu, bias: bias) }
    builder.sparse(incoming: Array(incoming[hidden...]), .identity, bias: bias)
    return try builder.build(output: .square)
  }

  private static func useless(using stream: inout RandomStream) -> PathGraph {
    let inputs = Int.random(in: 1...3, using: &stream)
    let hidden = Int.random(in: 2...7, using: &stream)
    let outputs = Int.random(in: 1...3, using: &stream)
    let (first, count) = (inputs + hidden, inputs + hidden + outputs)
    let density = 0.2 + 0.4 * stream.uniform()
    var edges: [PathGraph.Edge] = []
    for to in inputs..<count {
      for from in 0..<min(to, first) where stream.uniform() < density {
        edges.append(.init(from: from, to: to))
      }
    }
    return PathGraph(
      nodes: count, inputs: Array(0..<inputs), outputs: Array(first..<count), edges: edges)
  }
}
