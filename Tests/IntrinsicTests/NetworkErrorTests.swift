import IntrinsicMath
import Testing

@testable import Intrinsic

/// Every reason why a network cannot be built, with the unit that is wrong.
@Suite struct NetworkErrorTests {
  /// Inputs 0 and 1, hidden units 2 and 3, output 4.
  private func graph(_ change: (inout UnitGraph) -> [Int] = { _ in [4] }) throws -> Network {
    var graph = UnitGraph(inputs: 2)
    for _ in 0..<2 { _ = graph.addUnit(.tanh) }
    _ = graph.addUnit(.identity)
    for (from, to) in [(0, 2), (1, 2), (1, 3), (2, 4), (3, 4)] { graph.addEdge(from: from, to: to) }
    let outputs = change(&graph)
    return try graph.build(outputs: outputs, output: .square)
  }

  private func expect(
    _ error: NetworkError, saying words: [String], _ body: () throws -> Network,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(throws: error, sourceLocation: sourceLocation) { try body() }
    for word in words {
      #expect(error.description.contains(word), sourceLocation: sourceLocation)
    }
  }

  @Test func `the graph that the others break is right`() throws {
    #expect(try graph().parameterCount == 8)
  }

  @Test func `layers need units`() throws {
    expect(.noInputs, saying: ["no inputs"]) {
      try Network.layered([0, 2], activation: .tanh, output: .square)
    }
    expect(.emptyLayer(layer: 0), saying: ["layer 0"]) {
      try NetworkBuilder(inputs: 2).build(output: .square)
    }
    expect(.emptyLayer(layer: 1), saying: ["layer 1"]) {
      try Network.layered([2, 3, 0, 1], activation: .tanh, output: .square)
    }
    expect(.noInputs, saying: []) {
      var graph = UnitGraph(inputs: 0)
      let unit = graph.addUnit(.tanh)
      return try graph.build(outputs: [unit], output: .square)
    }
    expect(.emptyLayer(layer: 0), saying: []) {
      try UnitGraph(inputs: 2).build(outputs: [], output: .square)
    }
  }

  @Test func `edges name units that exist`() throws {
    expect(.unknownUnit(edge: 5, unit: 7, count: 5), saying: ["edge 5", "unit 7", "5 units"]) {
      try graph {
        $0.addEdge(from: 7, to: 4)
        return [4]
      }
    }
    expect(.unknownUnit(edge: 5, unit: -1, count: 5), saying: ["unit -1"]) {
      try graph {
        $0.addEdge(from: 0, to: -1)
        return [4]
      }
    }
    expect(.unknownUnit(edge: 1, unit: 9, count: 5), saying: []) { try graph { _ in [4, 9] } }
    expect(.unknownUnit(edge: 0, unit: 1, count: 5), saying: []) { try graph { _ in [1] } }
    expect(.unknownUnit(edge: 1, unit: 4, count: 5), saying: []) { try graph { _ in [4, 4] } }
    expect(.unknownUnit(edge: 1, unit: 2, count: 2), saying: ["unit 2"]) {
      var builder = NetworkBuilder(inputs: 2)
      builder.sparse(incoming: [[0], [2]], .tanh)
      return try builder.build(output: .square)
    }
  }

  @Test func `edges are listed once`() throws {
    expect(.duplicateEdge(from: 1, to: 3), saying: ["unit 1", "unit 3", "twice"]) {
      try graph {
        $0.addEdge(from: 1, to: 3)
        return [4]
      }
    }
  }

  @Test func `nothing enters an input`() throws {
    expect(.edgeIntoInput(from: 2, to: 1), saying: ["unit 2", "unit 1", "input"]) {
      try graph {
        $0.addEdge(from: 2, to: 1)
        return [4]
      }
    }
  }

  @Test func `a cycle is listed in the direction of its edges`() throws {
    expect(.cycle(units: [2, 3, 2]), saying: ["2 → 3 → 2"]) {
      try graph {
        $0.addEdge(from: 2, to: 3)
        $0.addEdge(from: 3, to: 2)
        return [4]
      }
    }
    // 2 → 5 → 6 → 2; unit 4 depends on the cycle, but is not in it.
    let error = #expect(throws: NetworkError.self) {
      try graph {
        let (first, second) = ($0.addUnit(.tanh), $0.addUnit(.tanh))
        $0.addEdge(from: 2, to: first)
        $0.addEdge(from: first, to: second)
        $0.addEdge(from: second, to: 2)
        return [4]
      }
    }
    guard case .cycle(let units) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(units.count == 4 && units.first == units.last && Set(units) == [2, 5, 6])
    let edges = zip(units, units.dropFirst()).map { [$0, $1] }
    #expect(Set(edges) == [[2, 5], [5, 6], [6, 2]])
    expect(.cycle(units: [2, 2]), saying: ["2 → 2"]) {
      try graph {
        $0.addEdge(from: 2, to: 2)
        return [4]
      }
    }
  }

  @Test func `every unit reads another one`() throws {
    expect(.unitWithoutIncomingEdge(unit: 5), saying: ["unit 5", "reads no"]) {
      try graph {
        $0.addEdge(from: $0.addUnit(.tanh), to: 4)
        return [4]
      }
    }
    expect(.unitWithoutIncomingEdge(unit: 3), saying: ["unit 3"]) {
      var builder = NetworkBuilder(inputs: 2)
      builder.sparse(incoming: [[0], []], .tanh)
      return try builder.build(output: .square)
    }
  }

  @Test func `every hidden unit is read`() throws {
    expect(.danglingUnit(unit: 5), saying: ["unit 5"]) {
      try graph {
        $0.addEdge(from: 0, to: $0.addUnit(.tanh))
        return [4]
      }
    }
    expect(.danglingUnit(unit: 3), saying: ["unit 3"]) {
      var builder = NetworkBuilder(inputs: 2)
      builder.dense(3, .tanh)
      builder.sparse(incoming: [[2, 4]], .tanh)
      return try builder.build(output: .square)
    }
    expect(.danglingUnit(unit: 2), saying: []) {
      var builder = NetworkBuilder(inputs: 2)
      builder.dense(3, .tanh)
      builder.dense(1, .tanh, reading: [.inputs])
      return try builder.build(output: .square)
    }
  }

  @Test func `outputs are read by nothing and are alike`() throws {
    expect(.outputWithOutgoingEdge(unit: 3), saying: ["unit 3", "output"]) {
      try graph { _ in [4, 3] }
    }
    expect(.mixedOutputs(unit: 5), saying: ["unit 5"]) {
      try graph {
        let unit = $0.addUnit(.tanh)
        $0.addEdge(from: 0, to: unit)
        return [4, unit]
      }
    }
    expect(.mixedOutputs(unit: 5), saying: []) {
      try graph {
        let unit = $0.addUnit(.identity, bias: false)
        $0.addEdge(from: 0, to: unit)
        return [4, unit]
      }
    }
  }

  @Test(arguments: [Activation.identity, .relu, .softplus, .power(2)])
  func `bits need probabilities`(_ activation: Activation) throws {
    expect(
      .incompatibleOutput(model: .bernoulli, activation: activation),
      saying: ["bernoulli", "\(activation)", "sigmoid"]
    ) {
      try Network.layered(
        [2, 1], activation: .tanh, outputActivation: activation, output: .bernoulli)
    }
  }

  @Test(arguments: [Activation.power(1), .positivePower(1), .power(0), .positivePower(-2)])
  func `powers are at least squares`(_ activation: Activation) throws {
    expect(.exponentTooSmall(activation: activation), saying: ["\(activation)", "2"]) {
      try Network.layered([2, 2, 1], activation: activation, output: .square)
    }
  }

  @Test func `random links are to units that exist`() throws {
    var stream = RandomStream(seed: 1)
    expect(.sparsityTooLarge(layer: 0, links: 4, available: 3), saying: ["layer 0", "4", "3"]) {
      var builder = NetworkBuilder(inputs: 3)
      try builder.randomSparse(5, .tanh, links: 4, using: &stream)
      return try builder.build(output: .square)
    }
    expect(.sparsityTooLarge(layer: 1, links: 3, available: 2), saying: ["layer 1"]) {
      var builder = NetworkBuilder(inputs: 3)
      builder.dense(3, .tanh)
      try builder.randomSparse(2, .tanh, links: 3, fromSources: true, using: &stream)
      return try builder.build(output: .square)
    }
    expect(.sparsityTooLarge(layer: 0, links: 0, available: 3), saying: []) {
      var builder = NetworkBuilder(inputs: 3)
      try builder.randomSparse(2, .tanh, links: 0, distinct: false, using: &stream)
      return try builder.build(output: .square)
    }
  }
}
