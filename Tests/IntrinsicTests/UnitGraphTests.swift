import IntrinsicMath
import Testing

@testable import Intrinsic

/// The same function, built in different ways.
@Suite struct UnitGraphTests {
  /// The graph of a network edge by edge, units and edges in random order, and for each unit of the
  /// network its number in the graph.
  private func rebuilt(_ network: Network, using stream: inout RandomStream) throws -> (
    Network, numbers: [Int]
  ) {
    var rowUnits: [Int: Int] = [:]
    for (unit, row) in network.unitRows.enumerated() { rowUnits[row] = unit }
    var units: [(unit: Int, layer: Network.Layer, index: Int)] = []
    for layer in network.layers {
      for index in 0..<layer.rows.count {
        units.append((rowUnits[layer.rows.lowerBound + index]!, layer, index))
      }
    }
    var graph = UnitGraph(inputs: network.inputCount)
    var numbers = Array(0..<network.inputCount + units.count)
    for (unit, layer, _) in units.shuffled(using: &stream) {
      numbers[unit] = graph.addUnit(layer.activation, bias: layer.hasBias)
    }
    var edges: [(Int, Int)] = []
    for (unit, layer, index) in units {
      for row in layer.connection.incomingRows(of: index).dropFirst(layer.hasBias ? 1 : 0) {
        edges.append((numbers[rowUnits[row]!], numbers[unit]))
      }
    }
    for (from, to) in edges.shuffled(using: &stream) { graph.addEdge(from: from, to: to) }
    let outputs = network.outputRows.map { numbers[rowUnits[$0]!] }
    return (try graph.build(outputs: outputs, output: network.output), numbers)
  }

  /// The weight of each edge as (from, to), units numbered by `numbers`; biases from −1.
  private func weights(
    _ network: Network, _ values: [Double], _ numbers: [Int]
  ) -> [[Int]: Double] {
    var rowNumbers: [Int: Int] = [:]
    for (unit, row) in network.unitRows.enumerated() { rowNumbers[row] = numbers[unit] }
    var result: [[Int]: Double] = [:]
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.rows.count {
        let range = network.parameters(layer: index, unit: unit)
        for (parameter, row) in zip(range, layer.connection.incomingRows(of: unit)) {
          let to = rowNumbers[layer.rows.lowerBound + unit]!
          result[[rowNumbers[row] ?? -1, to]] = values[parameter]
        }
      }
    }
    return result
  }

  @Test func `a graph with the edges of a network has its losses, gradients and metrics`() throws {
    try forAllNetworks(seeds: 0..<150) { network, parameters, samples, label in
      var stream = RandomStream(seed: 1)
      let (graph, numbers) = try rebuilt(network, using: &stream)
      #expect(graph.parameterCount == network.parameterCount, "\(label)")
      let identity = Array(0..<network.unitRows.count)
      func mapped(_ values: [Double]) -> [Double] {
        let source = weights(network, values, numbers)
        let places = weights(graph, (0..<values.count).map { Double($0) }, identity)
        var result = [Double](repeating: .nan, count: values.count)
        for (edge, place) in places { result[Int(place)] = source[edge] ?? .nan }
        return result
      }
      let first = Trial(network, parameters, samples)
      let second = Trial(graph, Parameters(mapped(parameters.elements)), samples)
      // The same sums in another order.
      expectClose(
        second.workspace.sampleLosses, first.workspace.sampleLosses, tolerance: 1e-12, label)
      expectClose(
        second.gradient.elements, mapped(first.gradient.elements), tolerance: 1e-11, label)
      for metric in [Metric.unitwiseEmpiricalFisher, .quasiDiagonalBackpropagatedMetric] {
        let method = Optimizer.metric(metric, .additive(0.1))
        guard method.exists(for: network) else { continue }
        expectClose(
          try second.step(method), mapped(try first.step(method)), tolerance: 1e-8, label)
      }
    }
  }

  @Test func `units keep the numbers that the graph gave them`() throws {
    var graph = UnitGraph(inputs: 2)
    let out = graph.addUnit(.identity)
    let (late, early) = (graph.addUnit(.tanh), graph.addUnit(.relu))
    graph.addEdge(from: late, to: out)
    graph.addEdge(from: early, to: late)
    graph.addEdge(from: 1, to: early)
    graph.addEdge(from: 0, to: late)
    let network = try graph.build(outputs: [out], output: .square)
    #expect([out, late, early] == [2, 3, 4])
    #expect(network.layers.map(\.activation) == [.relu, .tanh, .identity])
    for (unit, layer) in [(early, 0), (late, 1), (out, 2)] {
      #expect(network.layers[layer].rows.contains(network.unitRows[unit]))
    }
    #expect(network.unitRows[..<2] == [1, 2])
  }

  @Test func `random links are as many as asked for, from the side that draws`() throws {
    var stream = RandomStream(seed: 2)
    var builder = NetworkBuilder(inputs: 20)
    try builder.randomSparse(30, .tanh, links: 4, using: &stream)
    try builder.randomSparse(12, .tanh, links: 3, fromSources: true, bias: false, using: &stream)
    try builder.randomSparse(12, .tanh, links: 20, distinct: false, using: &stream)
    builder.dense(2, .identity)
    let layers = try builder.build(output: .square).layers
    for unit in 0..<30 {
      #expect(Set(layers[0].connection.incomingRows(of: unit)).count == 1 + 4)
    }
    let read = (0..<12).flatMap { layers[1].connection.incomingRows(of: $0) }
    #expect(read.count == 30 * 3 && Set(read).count == 30)
    for unit in 0..<12 {
      let rows = layers[2].connection.incomingRows(of: unit)
      #expect(rows.count == Set(rows).count && rows.count < 13, "duplicates collapse")
    }
  }

  @Test func `initial parameters have the deviations asked for`() throws {
    var stream = RandomStream(seed: 3)
    let network = try Network.layered([50, 200, 3], activation: .tanh, output: .square)
    let normal: Parameters<Double> = Initialization.normal(gain: 2).parameters(
      network, using: &stream)
    let centred: Parameters<Double> = Initialization.centredSigmoid.parameters(
      network, using: &stream)
    for (values, gain) in [(normal, 2.0), (centred, 4)] {
      var (squares, count) = (0.0, 0.0)
      for unit in 0..<200 {
        let own = Array(values.elements[network.parameters(layer: 0, unit: unit)])
        squares += own.dropFirst().map { $0 * $0 }.reduce(0, +)
        count += 50
        let bias = gain == 4 ? -own.dropFirst().reduce(0, +) / 2 : 0
        #expect(abs(own[0] - bias) < 1e-12)
      }
      // The variance of 10,000 normal numbers is known to 1.4 %.
      #expect(abs(squares / count * 50 / (gain * gain) - 1) < 0.06)
    }
    let zeros: Parameters<Double> = Initialization.zeros.parameters(network, using: &stream)
    #expect(zeros.elements.allSatisfy { $0 == 0 })
  }
}
