import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

/// The rows of a matrix in lexicographic order.
func sortedRows(_ matrix: Matrix<Double>) -> [Double] {
  (0..<matrix.rows).map { matrix.row($0) }.sorted { $0.lexicographicallyPrecedes($1) }
    .flatMap { $0 }
}

/// The path Jacobian without the code under test: paths forward from each input by recursion, and
/// the derivative of the multilinear product as the difference between weights 1 and 0.
private func bruteJacobian(_ graph: PathGraph, _ weights: [Double]) -> Matrix<Double> {
  var rows: [[Double]] = []
  func extend(_ path: [Int], at node: Int) {
    if graph.outputs.contains(node) {
      func product(_ edge: Int, _ value: Double) -> Double {
        path.map { $0 == edge ? value : weights[$0] }.reduce(1, *)
      }
      rows.append(graph.edges.indices.map { product($0, 1) - product($0, 0) })
    }
    for (index, edge) in graph.edges.enumerated() where edge.from == node {
      extend(path + [index], at: edge.to)
    }
  }
  for input in graph.inputs { extend([], at: input) }
  return Matrix(rows: rows.count, columns: graph.edges.count, elements: rows.flatMap { $0 })
}

/// A random graph with some nodes that nothing reads or that read nothing.
private func randomGraph(_ stream: inout RandomStream) -> PathGraph {
  let (inputs, hidden, outputs) = (
    Int.random(in: 1...3, using: &stream), Int.random(in: 0...6, using: &stream),
    Int.random(in: 1...3, using: &stream)
  )
  let count = inputs + hidden + outputs
  let density = 0.2 + 0.7 * stream.uniform()
  var edges: [PathGraph.Edge] = []
  for to in inputs..<count {
    for from in 0..<min(to, inputs + hidden) where stream.uniform() < density {
      edges.append(.init(from: from, to: to))
    }
  }
  return PathGraph(
    nodes: count, inputs: Array(0..<inputs), outputs: Array(inputs + hidden..<count), edges: edges)
}

@Suite struct DegreesOfFreedomPathTests {
  static let vectors = ["27-dof-343", "29-dof-sparse-bias"]

  @Test func `the example of Neyshabur et al has 10 weights, 8 paths and rank 6`() throws {
    let network = try Network.layered(
      [2, 2, 2, 1], activation: .relu, output: .square, bias: false)
    let graph = PathGraph(network)
    // w_1…w_10 of Figure 2 in our order: units of a layer read all units of the one below.
    let w: [Double] = [2, -3, 5, 7, -11, 13, 17, 19, 23, -29]
    #expect(graph.edges.count == 10 && graph.pathCount == 8 && graph.internalUnitCount == 4)
    #expect(graph.genericPathRank == 6 && graph.pathRank(at: w) == 6)
    let jacobian = try graph.pathJacobian(at: w)
    #expect(try NumericalRank(of: jacobian).rank == 6)
    // Its first row (25): w_5 w_9, w_9 w_1, w_5 w_1 for weights 1, 5, 9.
    let row = [w[4] * w[8], 0, 0, 0, w[8] * w[0], 0, 0, 0, w[4] * w[0], 0]
    #expect((0..<8).contains { jacobian.row($0) == row })
  }

  @Test(arguments: TestModel.scalar)
  func `path Jacobians of networks are those of brute force`(_ kind: TestModel) throws {
    var stream = RandomStream(seed: 11)
    let model = try kind.model(&stream)
    let graph = PathGraph(model.network)
    let weights = model.parameters.elements
    let jacobian = try graph.pathJacobian(at: weights)
    let expected = bruteJacobian(graph, weights)
    #expect(jacobian.rows == expected.rows && Double(jacobian.rows) == graph.pathCount)
    #expect(deviation(sortedRows(jacobian), sortedRows(expected)) < 1e-14)
    #expect(try NumericalRank(of: jacobian).rank == graph.genericPathRank)
    #expect(graph.usefulEdges.allSatisfy { $0 })
    #expect(
      graph.internalUnitCount == model.network.layers.dropLast().map(\.rows.count).reduce(0, +))
  }

  @Test func `a linear network is the sum over its paths`() throws {
    var builder = NetworkBuilder(inputs: 2)
    let first = builder.dense(3, .identity)
    builder.sparse(incoming: [[2, 0], [3, 4]], .identity, bias: false)
    builder.dense(2, .identity, reading: [.inputs, first, builder.last])
    let network = try builder.build(output: .square)
    var stream = RandomStream(seed: 12)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    let graph = PathGraph(network)
    let input = [0.3, -1.7]
    let paths = try graph.paths()
    let jacobian = try graph.pathJacobian(at: parameters.elements)
    let workspace = Workspace<Double>(network, maximumBatchSize: 1)
    workspace.load(inputs: Matrix([[input[0]], [input[1]]]))
    workspace.forward(parameters)
    let derivatives = workspace.outputJacobian(parameters)
    for output in 0..<2 {
      var sum = [Double](repeating: 0, count: network.parameterCount)
      for (index, path) in paths.enumerated()
      where graph.edges[path[0]].to == network.outputRows.lowerBound + output {
        let head = graph.edges[path.last!].from
        let x = network.inputRows.contains(head) ? input[head - 1] : 1
        for e in sum.indices { sum[e] += jacobian[index, e] * x }
      }
      let actual = (0..<network.parameterCount).map { derivatives[$0, output] }
      #expect(deviation(actual, sum) < 1e-14)
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func `path ranks are those of brute force, useless nodes and zero weights included`(
    _ seed: UInt64
  ) throws {
    var stream = RandomStream(seed: seed)
    let graph = randomGraph(&stream)
    // Away from 0, so that the numerical rank is beyond doubt.
    let full = graph.edges.map { _ in (0.5 + stream.uniform()) * (stream.uniform() < 0.5 ? -1 : 1) }
    let jacobian = bruteJacobian(graph, full)
    #expect(Double(jacobian.rows) == graph.pathCount, "seed \(seed)")
    #expect(try NumericalRank(of: jacobian).rank == graph.genericPathRank, "seed \(seed)")
    #expect(graph.pathRank(at: full) == graph.genericPathRank, "seed \(seed)")
    for (edge, isUseful) in graph.usefulEdges.enumerated() {
      let isUsed = (0..<jacobian.rows).contains { jacobian[$0, edge] != 0 }
      #expect(isUsed == isUseful, "seed \(seed), edge \(edge)")
    }
    #expect(
      deviation(sortedRows(try graph.pathJacobian(at: full)), sortedRows(jacobian)) < 1e-14,
      "seed \(seed)")

    let thinned = full.map { stream.uniform() < 0.25 ? 0 : $0 }
    let thinnedJacobian = bruteJacobian(graph, thinned)
    #expect(
      deviation(sortedRows(try graph.pathJacobian(at: thinned)), sortedRows(thinnedJacobian))
        < 1e-14, "seed \(seed)")
    #expect(
      try NumericalRank(of: thinnedJacobian).rank == graph.pathRank(at: thinned), "seed \(seed)")
  }

  @Test(arguments: vectors)
  func `path counts, ranks and Jacobians of the test vectors`(_ name: String) throws {
    let vector = try DegreesOfFreedomVector(name)
    let graph = vector.graph
    #expect(graph.edges.count == (try vector.number("parameters")))
    #expect(graph.pathCount == Double(try vector.number("paths")))
    #expect(graph.genericPathRank == (try vector.number("generic_rank")))
    #expect(graph.pathRank(at: vector.weights) == (try vector.number("path_rank")))
    let jacobian = try graph.pathJacobian(at: vector.weights)
    #expect(try NumericalRank(of: jacobian).rank == (try vector.number("path_rank")))
    let expected = try vector.matrix("path_jacobian_sorted_rows")
    #expect(jacobian.rows == expected.rows && jacobian.columns == expected.columns)
    #expect(deviation(sortedRows(jacobian), sortedRows(expected)) < 1e-14)
  }

  @Test func `large networks are counted without enumeration`() throws {
    let talk = PathGraph(
      try .layered([64, 32, 32, 10], activation: .relu, output: .softmax))
    #expect(talk.edges.count == 3466 && talk.genericPathRank == 3402)
    #expect(talk.pathCount == Double(((65 * 32) + 1) * 32 * 10 + 10))
    #expect(
      throws: DegreesOfFreedomError.tooManyPaths(paths: talk.pathCount, limit: 10_000)
    ) { try talk.paths() }
    #expect(throws: DegreesOfFreedomError.self) {
      try talk.pathJacobian(at: [Double](repeating: 1, count: 3466), limit: 100)
    }
    let deep = PathGraph(
      try .layered([Int](repeating: 10, count: 400), activation: .relu, output: .square))
    #expect(deep.pathCount == .greatestFiniteMagnitude)
    #expect(deep.genericPathRank == 399 * 110 - 398 * 10)
  }

  @Test func `output parameters are edges, the units below them internal`() throws {
    let graph = PathGraph(
      try .layered([2, 3, 3], activation: .relu, output: .softmax, outputParameters: true))
    #expect(graph.edges.count == 9 + 12 + 3 && graph.internalUnitCount == 6)
    #expect(graph.genericPathRank == 18 && graph.pathCount == Double((3 * 3 + 1) * 3))
  }
}
