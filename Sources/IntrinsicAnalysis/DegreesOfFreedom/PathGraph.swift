import Intrinsic

/// The directed acyclic graph of a network's edges, and what its paths from inputs to outputs say
/// about invariances (Neyshabur et al. 2016, §7).
///
/// A linear or ReLU network computes f(x)[v] = Σ_p g_p(x) π_p(w) x[head(p)] over the paths p that end
/// in output v, where π_p is the product of the weights along p and g_p says whether the units along
/// it are active (23). The parameters act through π alone, so that the rank of the path Jacobian J =
/// (∂π_p/∂w_e) bounds the degrees of freedom (Theorem 3). For other activations paths only count
/// what the graph offers.
///
/// Biases are edges from constant nodes, which count as inputs. All that is here needs no weights,
/// and no enumeration of paths: time and memory are linear in the number of edges.
public struct PathGraph: Sendable {
  /// One weight: the node that is read, and the one that reads.
  public struct Edge: Hashable, Sendable {
    public let from: Int
    public let to: Int

    public init(from: Int, to: Int) {
      self.from = from
      self.to = to
    }
  }

  /// The number of nodes.
  public let nodeCount: Int
  /// The edges; those of a network are in the order of its parameters.
  public let edges: [Edge]
  /// The nodes where paths start.
  public let inputs: [Int]
  /// The nodes where paths end.
  public let outputs: [Int]
  /// The numbers of the edges into each node.
  let incoming: [[Int]]
  private let isInput: [Bool]
  private let isOutput: [Bool]

  /// A graph whose edges lead from smaller to greater node numbers. Nodes may be useless: only this
  /// way can a graph have any, as networks refuse them.
  ///
  /// - Parameters:
  ///   - nodes: how many there are, numbered from 0.
  ///   - inputs: constant nodes included.
  ///   - outputs: different from the inputs.
  ///   - edges: in the order of the parameters.
  public init(nodes: Int, inputs: [Int], outputs: [Int], edges: [Edge]) {
    precondition(
      edges.allSatisfy { $0.from >= 0 && $0.from < $0.to && $0.to < nodes },
      "an edge does not lead from a smaller to a greater of \(nodes) nodes")
    precondition(
      (inputs + outputs).allSatisfy { $0 >= 0 && $0 < nodes }
        && Set(inputs).isDisjoint(with: outputs),
      "inputs and outputs must be different ones of \(nodes) nodes")
    nodeCount = nodes
    self.edges = edges
    self.inputs = inputs
    self.outputs = outputs
    var incoming = [[Int]](repeating: [], count: nodes)
    for (index, edge) in edges.enumerated() { incoming[edge.to].append(index) }
    self.incoming = incoming
    var (isInput, isOutput) = (
      [Bool](repeating: false, count: nodes), [Bool](repeating: false, count: nodes)
    )
    for node in inputs { isInput[node] = true }
    for node in outputs { isOutput[node] = true }
    self.isInput = isInput
    self.isOutput = isOutput
  }

  /// The graph of a network: its nodes are the rows of the activity matrix, edge e is parameter e.
  ///
  /// Every parameter must be one edge: units that share parameters, or are normalized, have no such
  /// graph.
  public init(_ network: Network) {
    precondition(!network.isNormalized, "the paths of a normalized network")
    var edges: [Edge] = []
    edges.reserveCapacity(network.parameterCount)
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.rows.count {
        let parameters = network.parameters(layer: index, unit: unit)
        let rows = layer.connection.incomingRows(of: unit)
        precondition(
          parameters.lowerBound == edges.count && parameters.count == rows.count,
          "units of layer \(index) share parameters, which are no edges then")
        let node = layer.rows.lowerBound + unit
        edges += rows.map { Edge(from: $0, to: node) }
      }
    }
    var inputs = Set(0..<network.rowCount)
    for layer in network.layers { inputs.subtract(layer.rows) }
    self.init(
      nodes: network.rowCount, inputs: inputs.sorted(), outputs: Array(network.outputRows),
      edges: edges)
  }

  /// The number of paths from inputs to outputs, exact up to 2⁵³; beyond the largest finite number,
  /// that number.
  public var pathCount: Double {
    var counts = isInput.map { $0 ? 1.0 : 0 }
    for node in 0..<nodeCount {
      for edge in incoming[node] { counts[node] += counts[edges[edge].from] }
    }
    return min(outputs.reduce(0) { $0 + counts[$1] }, .greatestFiniteMagnitude)
  }

  /// Whether each edge is on a path from an input to an output.
  public var usefulEdges: [Bool] { Reach(self) { _ in true }.usefulEdges(self) }

  /// The number of hidden nodes on a path from an input to an output: the ambiguities of node-wise
  /// rescaling.
  public var internalUnitCount: Int { Reach(self) { _ in true }.internalUnitCount(self) }

  /// The rank of the path Jacobian for all weights but a set of measure zero: useful edges minus
  /// useful hidden nodes (Neyshabur et al. 2016, Theorem 4, which takes it that all are useful).
  ///
  /// J = diag(π) M diag(w)⁻¹ with the 0/1 matrix M of paths × edges. A vector over the edges whose
  /// sum along every path is 0 is a difference of potentials of the nodes that vanish at inputs and
  /// outputs: the null space of M has one dimension for each hidden node.
  public var genericPathRank: Int {
    let reach = Reach(self) { _ in true }
    return reach.usefulEdges(self).count { $0 } - reach.internalUnitCount(self)
  }

  /// The rank of the path Jacobian at these weights, zeros included, in exact arithmetic.
  ///
  /// A path without a zero has derivatives along its own edges only: these rows are the path
  /// Jacobian of the graph without zero edges. A path with one zero has a derivative along this edge
  /// only, which adds 1 for each such edge; a path with more zeros has none.
  public func pathRank(at weights: some Collection<Double>) -> Int {
    let isZero = zeros(weights)
    let reach = Reach(self) { !isZero[$0] }
    let useful = reach.usefulEdges(self)
    return useful.count { $0 } - reach.internalUnitCount(self)
  }

  private func zeros(_ weights: some Collection<Double>) -> [Bool] {
    precondition(
      weights.count == edges.count, "\(weights.count) weights for \(edges.count) edges")
    return weights.map { $0 == 0 }
  }

  /// Which nodes paths through some of the edges reach.
  private struct Reach {
    /// Whether such a path leads from an input to each node.
    private var fromInputs: [Bool]
    /// Whether such a path leads from each node to an output.
    private var toOutputs: [Bool]

    init(_ graph: PathGraph, through isOpen: (Int) -> Bool) {
      fromInputs = graph.isInput
      toOutputs = graph.isOutput
      for node in 0..<graph.nodeCount {
        for edge in graph.incoming[node] where isOpen(edge) && fromInputs[graph.edges[edge].from] {
          fromInputs[node] = true
        }
      }
      for node in (0..<graph.nodeCount).reversed() where toOutputs[node] {
        for edge in graph.incoming[node] where isOpen(edge) {
          toOutputs[graph.edges[edge].from] = true
        }
      }
    }

    /// Whether each edge of the graph, open or not, lies between an input and an output but for
    /// itself.
    func usefulEdges(_ graph: PathGraph) -> [Bool] {
      graph.edges.map { fromInputs[$0.from] && toOutputs[$0.to] }
    }

    func internalUnitCount(_ graph: PathGraph) -> Int {
      (0..<graph.nodeCount).count {
        fromInputs[$0] && toOutputs[$0] && !graph.isInput[$0] && !graph.isOutput[$0]
      }
    }
  }
}
