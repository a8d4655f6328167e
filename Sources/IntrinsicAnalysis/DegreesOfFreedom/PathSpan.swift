import Intrinsic
import IntrinsicMath

/// Whether inputs tell all paths of a linear or ReLU network apart, for small graphs.
///
/// The activity of path p on input x is φ_p(x) = g_p(x) x[head(p)], g_p 1 if all hidden units along p
/// are active and 0 otherwise (Neyshabur et al. 2016, (24)). Where the activities of the paths to
/// each output span as many dimensions as there are such paths, the rank of ∂f/∂w is that of the path
/// Jacobian (Theorem 3, which for several outputs holds output by output only).
public struct PathSpan: Sendable {
  /// The number of paths from inputs and biases to outputs.
  public let paths: Int
  /// The dimensions of span(φ_p(x) : p ends in v), x the inputs, for each output v.
  public let ranks: [NumericalRank]

  /// The sum of the dimensions over the outputs.
  public var dimension: Int { ranks.reduce(0) { $0 + $1.rank } }
  /// Whether no output has more paths than dimensions.
  public var isFull: Bool { dimension == paths }

  /// Compares the rank of the activities of all paths with their number.
  ///
  /// - Parameters:
  ///   - model: a linear or ReLU network with its parameters.
  ///   - inputs: inputs × samples.
  ///   - limit: networks with more paths are refused.
  /// - Throws: ``DegreesOfFreedomError``.
  /// - Complexity: paths × samples of memory, and the singular values of such matrices.
  public init(
    _ model: Model, on inputs: Matrix<Double>, limit: Int = 1_000
  ) throws(DegreesOfFreedomError) {
    let network = model.network
    let hidden = network.layers.dropLast()
    precondition(
      hidden.allSatisfy { $0.activation == .relu || $0.activation == .identity }
        && network.layers.allSatisfy { $0.affine == nil }
        && network.layers.last!.activation == .identity && !network.isNormalized,
      "paths are active or not where hidden units are linear or ReLU and outputs linear")
    if network.hasCombinedSignals { throw .sharedParameters }
    let graph = PathGraph(network)
    let all = try graph.paths(limit: limit)
    let workspace = Workspace<Double>(network, maximumBatchSize: inputs.columns)
    workspace.load(inputs: inputs)
    workspace.forward(model.parameters)
    var linear = Set<Int>()
    for layer in hidden where layer.activation == .identity { linear.formUnion(layer.rows) }
    paths = all.count
    ranks = try graph.outputs.map { output throws(DegreesOfFreedomError) in
      let ending = all.filter { graph.edges[$0[0]].to == output }
      var activities = Matrix<Double>(rows: ending.count, columns: inputs.columns)
      for (index, path) in ending.enumerated() {
        let nodes = path.map { graph.edges[$0].from }
        let head = workspace.activities.row(nodes.last!)
        let units = nodes.dropLast().filter { !linear.contains($0) }.map(workspace.activities.row)
        for x in 0..<inputs.columns where units.allSatisfy({ $0[x] > 0 }) {
          activities[index, x] = head[x]
        }
      }
      return try NumericalRank(of: activities)
    }
  }
}
