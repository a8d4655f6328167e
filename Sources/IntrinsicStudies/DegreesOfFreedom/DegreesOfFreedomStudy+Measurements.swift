import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

extension DegreesOfFreedomStudy {
  /// Paths are enumerated, and what they span is measured, up to so many.
  private static let greatestPathCount = 200.0

  /// The published example and its inputs.
  private func exampleModel() throws -> (Model, Matrix<Double>) {
    var stream = RandomStream(seed: options.seed).child("example")
    let model = try Self.model(options.sizes, using: &stream)
    return (model, Self.inputs(options.sizes[0], options.samples, using: &stream))
  }

  /// The rank of ∂f/∂w, its null space, and what node-wise rescaling spans.
  func example() throws -> DegreesOfFreedomResult.Example {
    let (model, inputs) = try exampleModel()
    let graph = PathGraph(model.network)
    let tangent = try FunctionTangent(model, on: inputs)
    let null = try NullSpace(tangent, RescalingDirections(model))
    return .init(
      parameters: model.network.parameterCount, internalUnits: graph.internalUnitCount,
      paths: graph.pathCount, pathRank: graph.genericPathRank, function: tangent.rank,
      nullity: null.dimension, rescalings: null.rescalingDimension,
      rescalingSine: null.rescalingSine, residual: null.residual)
  }

  /// The rank of F(w) for the Kullback–Leibler divergence of the same network on the same inputs.
  func divergence() throws -> NumericalRank {
    let (model, inputs) = try exampleModel()
    return try FunctionTangent(model, on: inputs, distance: .divergence).rank
  }

  /// The network of Figure 2, or a wider one of its shape: w-w-w-1 without biases.
  func width(_ width: Int, _ draw: Int) throws -> DegreesOfFreedomResult.Width {
    var stream = RandomStream(seed: options.seed).child("width/\(width)", draw)
    let network = try Network.layered(
      [width, width, width, 1], activation: .relu, output: .square, bias: false)
    let model = Self.model(network, using: &stream)
    let graph = PathGraph(network)
    // With ten inputs for each weight no more are told apart.
    let inputs = Self.inputs(
      width, max(10 * network.parameterCount, 200), using: &stream)
    let isSmall = graph.pathCount <= Self.greatestPathCount
    let enumerated =
      isSmall ? try NumericalRank(of: graph.pathJacobian(at: model.parameters.elements)).rank : nil
    return .init(
      width: width, draw: draw, parameters: network.parameterCount, paths: graph.pathCount,
      pathRank: graph.genericPathRank, enumerated: enumerated,
      spansPaths: isSmall ? try PathSpan(model, on: inputs).isFull : nil,
      function: try FunctionTangent(model, on: inputs).rank)
  }

  /// A random graph: the formula for the path rank beside its enumeration, with and without zero
  /// weights, and the rank of ∂f/∂w of its network.
  func graph(_ kind: RandomGraph.Kind, _ index: Int) throws -> DegreesOfFreedomResult.Graph {
    var stream = RandomStream(seed: options.seed).child("graph/\(kind.rawValue)", index)
    let random = try RandomGraph(kind, using: &stream)
    let graph = random.graph
    let someZeros = random.weights.map { stream.uniform() < 0.2 ? 0 : $0 }
    var (function, spansPaths): (NumericalRank?, Bool?) = (nil, nil)
    if let network = random.network {
      let inputs = Self.inputs(
        network.inputCount, max(20 * network.parameterCount, 400), using: &stream)
      let model = Model(network: network, parameters: Parameters(random.weights))
      function = try FunctionTangent(model, on: inputs).rank
      if graph.pathCount <= Self.greatestPathCount {
        spansPaths = try PathSpan(model, on: inputs).isFull
      }
    }
    return .init(
      kind: kind, index: index, parameters: graph.edges.count, paths: graph.pathCount,
      pathRank: graph.genericPathRank,
      enumerated: try NumericalRank(of: graph.pathJacobian(at: random.weights)).rank,
      pathRankWithZeros: graph.pathRank(at: someZeros),
      enumeratedWithZeros: try NumericalRank(of: graph.pathJacobian(at: someZeros)).rank,
      function: function, spansPaths: spansPaths)
  }

  /// The small network on the first so many of its inputs.
  func growth(_ samples: Int, _ draw: Int) throws -> DegreesOfFreedomResult.Growth {
    var stream = RandomStream(seed: options.seed).child("growth", draw)
    let model = try Self.model(options.smallSizes, using: &stream)
    let inputs = Self.inputs(options.smallSizes[0], samples, using: &stream)
    return .init(
      samples: samples, draw: draw, function: try FunctionTangent(model, on: inputs).rank,
      divergence: try FunctionTangent(model, on: inputs, distance: .divergence).rank)
  }

  /// The small network on many inputs, with a fraction of its weights or hidden units degenerate.
  func degenerate(
    _ degeneracy: Degeneracy, _ fraction: Double, _ draw: Int
  ) throws -> DegreesOfFreedomResult.Degenerate {
    var stream = RandomStream(seed: options.seed).child("growth", draw)
    let model = try Self.model(options.smallSizes, using: &stream)
    let inputs = Self.inputs(
      options.smallSizes[0], inputCounts.last!, using: &stream)
    var choice = RandomStream(seed: options.seed).child("degenerate", draw)
    let changed = degeneracy.applied(to: model, fraction: fraction, on: inputs, using: &choice)
    return .init(
      degeneracy: degeneracy, fraction: fraction, draw: draw,
      pathRank: Self.livePathRank(changed, on: inputs),
      function: try FunctionTangent(changed, on: inputs).rank)
  }

  /// The path rank without the hidden units that are active on none of the inputs.
  private static func livePathRank(_ model: Model, on inputs: Matrix<Double>) -> Int {
    let network = model.network
    let workspace = Workspace<Double>(network, maximumBatchSize: inputs.columns)
    workspace.load(inputs: inputs)
    workspace.forward(model.parameters)
    let dead = Set(
      network.layers.dropLast().flatMap(\.rows).filter { row in
        UnsafeBufferPointer(start: workspace.activities.row(row), count: inputs.columns)
          .allSatisfy { $0 == 0 }
      })
    let graph = PathGraph(network)
    // Paths through a dead unit have two zeros and no derivative.
    return graph.pathRank(
      at: zip(graph.edges, model.parameters.elements).map { edge, weight in
        dead.contains(edge.from) || dead.contains(edge.to) ? 0 : weight
      })
  }

  /// A ReLU network with softmax outputs.
  static func model(_ sizes: [Int], using stream: inout RandomStream) throws -> Model {
    let network = try Network.layered(sizes, activation: .relu, output: .softmax)
    return model(network, using: &stream)
  }

  private static func model(_ network: Network, using stream: inout RandomStream) -> Model {
    var parameters: Parameters<Double> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &stream)
    for (index, layer) in network.layers.enumerated() where layer.hasBias {
      for unit in 0..<layer.rows.count {
        parameters[network.parameters(layer: index, unit: unit).lowerBound] = 0.1 * stream.normal()
      }
    }
    return Model(network: network, parameters: parameters)
  }

  /// Inputs × samples, sample after sample: more samples of a stream begin with the same ones.
  static func inputs(
    _ count: Int, _ samples: Int, using stream: inout RandomStream
  ) -> Matrix<Double> {
    var inputs = Matrix<Double>(rows: count, columns: samples)
    for sample in 0..<samples {
      for row in 0..<count { inputs[row, sample] = stream.normal() }
    }
    return inputs
  }
}
