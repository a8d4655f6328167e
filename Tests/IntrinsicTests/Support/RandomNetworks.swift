import IntrinsicMath
import Testing

@testable import Intrinsic

/// What `forAllNetworks` draws from.
struct NetworkKinds {
  enum Wiring: CaseIterable { case dense, skipping, sparse, graph }

  var wirings = Wiring.allCases
  var activations = Activation.every
  var models = OutputModel.allCases
  var depth = 1...4
  var width = 1...6
  var batch = 1...9
  var biases = [true, false]

  static let smooth: [Activation] = [
    .identity, .sigmoid, .tanh, .scaledTanh, .softplus, .gelu, .silu, .sine(1.5),
  ]
}

extension Activation {
  static let every: [Activation] = [
    .identity, .relu, .sigmoid, .tanh, .scaledTanh, .softplus, .positivePower(2), .power(3), .gelu,
    .silu, .elu, .leakyRelu(0.1), .sine(1.5),
  ]
}

extension OutputModel {
  /// Activations for outputs. The spherical model divides by activities, which must not vanish.
  var outputActivations: [Activation] {
    switch self {
    case .square, .softmax: Activation.every
    case .exponential, .poisson: Activation.every.filter { ($0.homogeneityDegree ?? 1) == 1 }
    case .huber, .custom: Activation.every
    case .bernoulli: [.sigmoid, .tanh, .scaledTanh]
    case .spherical: [.identity, .sigmoid, .softplus]
    }
  }

  /// A single class is certain, and everything about it 0.
  var outputCounts: ClosedRange<Int> { targetsAreClasses ? 2...6 : 1...6 }

  func targets(outputs: Int, count: Int, using stream: inout RandomStream) -> Targets<Double> {
    if targetsAreClasses {
      return .classes((0..<count).map { _ in Int.random(in: 0..<outputs, using: &stream) })
    }
    var values = Matrix<Double>(rows: outputs, columns: count)
    for i in values.elements.indices {
      switch self {
      case .bernoulli: values.elements[i] = Bool.random(using: &stream) ? 1 : 0
      case .exponential: values.elements[i] = Bool.random(using: &stream) ? 1 : -1
      case .poisson: values.elements[i] = Double(Int.random(in: 0...4, using: &stream))
      default: values.elements[i] = stream.normal()
      }
    }
    return .values(values)
  }
}

/// Calls `body` with a random network, its parameters, samples and a label with the seed, which
/// belongs into every failure message.
func forAllNetworks(
  seeds: Range<Int>, _ kinds: NetworkKinds = NetworkKinds(),
  _ body: (Network, Parameters<Double>, Samples<Double>, String) throws -> Void
) throws {
  for seed in seeds {
    var stream = RandomStream(seed: UInt64(seed)).child("network")
    let network = try kinds.network(using: &stream)
    let samples = randomSamples(
      network, count: Int.random(in: kinds.batch, using: &stream), using: &stream)
    let parameters = moderated(randomParameters(network, using: &stream), network, samples)
    let layers = network.layers.map { "\($0.rows.count) \($0.activation)" }
    let label =
      "seed \(seed): \(network.inputCount) inputs, \(layers.joined(separator: ", ")), "
      + "\(network.output), \(samples.count) samples"
    do {
      try body(network, parameters, samples, label)
    } catch {
      Issue.record(error, "\(label)")
    }
  }
}

/// Weights N(0, 0.8²/d), biases N(0, 0.4²): powers stay moderate over four layers.
func randomParameters(
  _ network: Network, using stream: inout RandomStream
) -> Parameters<Double> {
  var values = [Double](repeating: 0, count: network.parameterCount)
  for (index, layer) in network.layers.enumerated() {
    for unit in 0..<layer.rows.count {
      let range = network.parameters(layer: index, unit: unit)
      for i in range { values[i] = 0.8 * stream.normal() / Double(range.count).squareRoot() }
      if layer.hasBias { values[range.lowerBound] = 0.4 * stream.normal() }
    }
  }
  return Parameters(values)
}

/// The parameters shrunk until no activity and no output is above 20, of bits no output above 8: chains of powers explode, and
/// the unfused formulas of the twin fail where probabilities round to 1.
private func moderated(
  _ parameters: Parameters<Double>, _ network: Network, _ samples: Samples<Double>
) -> Parameters<Double> {
  let workspace = Workspace<Double>(network, maximumBatchSize: samples.count)
  workspace.load(samples)
  var result = parameters
  while true {
    workspace.forward(result)
    let outputs = workspace.outputPreactivations.elements
    let values = workspace.activities.matrix(0..<network.rowCount).elements + outputs
    let limit: Double = network.output == .bernoulli ? 8 : 20
    if values.allSatisfy({ abs($0) < 20 }) && outputs.allSatisfy({ abs($0) < limit }) {
      return result
    }
    result = Parameters(result.elements.map { 0.8 * $0 })
  }
}

func randomMatrix(_ rows: Int, _ columns: Int, using stream: inout RandomStream) -> Matrix<Double> {
  Matrix(
    rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.normal() })
}

/// Normal inputs with random targets.
func randomSamples(
  _ network: Network, count: Int, using stream: inout RandomStream
) -> Samples<Double> {
  let inputs = randomMatrix(network.inputCount, count, using: &stream)
  return Samples(
    inputs: inputs,
    targets: network.output.targets(
      outputs: network.outputCount, count: count, using: &stream))
}

extension NetworkKinds {
  func network(using stream: inout RandomStream) throws -> Network {
    let model = models.randomElement(using: &stream)!
    let output = model.outputActivations.filter(activations.contains)
    let outputActivation =
      (output.isEmpty ? model.outputActivations : output).randomElement(using: &stream)!
    let wiring = wirings.randomElement(using: &stream)!
    let inputs = Int.random(in: width, using: &stream)
    var sizes = (0..<Int.random(in: depth, using: &stream)).map { _ in
      Int.random(in: width, using: &stream)
    }
    sizes[sizes.count - 1] = Int.random(in: width.clamped(to: model.outputCounts), using: &stream)
    if wiring == .graph {
      return try graph(inputs, sizes.reduce(0, +) - 1, model, outputActivation, using: &stream)
    }
    var builder = NetworkBuilder(inputs: inputs)
    var sources: [NetworkBuilder.Source] = [.inputs]
    var unread = Set<Int>()
    for (index, size) in sizes.enumerated() {
      let isOutput = index == sizes.count - 1
      let activation = isOutput ? outputActivation : activations.randomElement(using: &stream)!
      // Without a bias all outputs may be 0, which the spherical model excludes.
      let bias = isOutput && model == .spherical || biases.randomElement(using: &stream)!
      let earlier = 0..<builder.units(of: builder.last).upperBound
      switch wiring {
      case .dense: builder.dense(size, activation, bias: bias)
      case .skipping:
        let read = sources.filter { source in
          Bool.random(using: &stream)
            || isOutput && !unread.isDisjoint(with: builder.units(of: source))
        }
        for source in read { unread.subtract(builder.units(of: source)) }
        builder.dense(
          size, activation, reading: read.isEmpty ? [builder.last] : read, bias: bias)
        if read.isEmpty { unread.subtract(builder.units(of: sources.last!)) }
      case .sparse, .graph:
        var incoming = (0..<size).map { _ in
          (0..<Int.random(in: 1...4, using: &stream)).map { _ in
            earlier.randomElement(using: &stream)!
          }
        }
        unread.subtract(incoming.joined())
        if isOutput {
          for unit in unread.sorted() { incoming[.random(in: 0..<size, using: &stream)] += [unit] }
        }
        builder.sparse(incoming: incoming, activation, bias: bias)
      }
      sources.append(builder.last)
      if !isOutput { unread.formUnion(builder.units(of: builder.last)) }
    }
    return try builder.build(output: model)
  }

  /// A graph of units in random order, each with its own activation, whose edges skip layers.
  private func graph(
    _ inputs: Int, _ hidden: Int, _ model: OutputModel, _ outputActivation: Activation,
    using stream: inout RandomStream
  ) throws -> Network {
    var graph = UnitGraph(inputs: inputs)
    let bias = model == .spherical || biases.randomElement(using: &stream)!
    let outputCounts = width.clamped(to: model.outputCounts)
    let outputs = (0..<Int.random(in: outputCounts, using: &stream)).map { _ in
      graph.addUnit(outputActivation, bias: bias)
    }
    var earlier = Array(0..<inputs)
    var edges = Set<[Int]>()
    for _ in 0..<hidden {
      let unit = graph.addUnit(
        activations.randomElement(using: &stream)!, bias: biases.randomElement(using: &stream)!)
      for _ in 0..<Int.random(in: 1...3, using: &stream) {
        edges.insert([earlier.randomElement(using: &stream)!, unit])
      }
      earlier.append(unit)
    }
    for unit in outputs { edges.insert([earlier.randomElement(using: &stream)!, unit]) }
    let read = Set(edges.map { $0[0] })
    for unit in earlier.dropFirst(inputs) where !read.contains(unit) {
      edges.insert([unit, outputs.randomElement(using: &stream)!])
    }
    // Sets have no order that repeats from run to run.
    for edge in edges.sorted(by: { $0.lexicographicallyPrecedes($1) }).shuffled(using: &stream) {
      graph.addEdge(from: edge[0], to: edge[1])
    }
    return try graph.build(outputs: outputs, output: model)
  }
}
