/// A network given unit by unit and edge by edge, in any order.
///
///     var graph = UnitGraph(inputs: 2)               // units 0 and 1
///     let hidden = graph.addUnit(.tanh)              // unit 2
///     let out = graph.addUnit(.identity)             // unit 3
///     graph.addEdge(from: 0, to: hidden)
///     graph.addEdge(from: hidden, to: out)
///     graph.addEdge(from: 1, to: out)                // skips a layer
///     let network = try graph.build(outputs: [out], output: .square)
public struct UnitGraph {
  private struct Unit: Hashable {
    let activation: Activation
    let hasBias: Bool
  }

  private let inputCount: Int
  private var units: [Unit] = []
  private var edges: [(from: Int, to: Int)] = []

  /// Begins with the inputs, the units 0 ..< `inputs`.
  public init(inputs: Int) { inputCount = inputs }

  /// Adds a unit and returns its number; inputs are numbered from 0, units after them.
  public mutating func addUnit(_ activation: Activation, bias: Bool = true) -> Int {
    units.append(Unit(activation: activation, hasBias: bias))
    return inputCount + units.count - 1
  }

  /// Lets unit `to` read unit `from`.
  public mutating func addEdge(from: Int, to: Int) { edges.append((from, to)) }

  /// The network, its units grouped into layers by the longest path from the inputs, or the unit
  /// that is wrong. `unitRows` of the network follows the numbers given here.
  public func build(outputs: [Int], output model: OutputModel) throws(NetworkError) -> Network {
    let incoming = try checkedIncoming(outputs: outputs)
    let depths = try depths(incoming)
    guard let firstOutput = outputs.first else { throw .emptyLayer(layer: 0) }
    for unit in outputs where units[unit - inputCount] != units[firstOutput - inputCount] {
      throw .mixedOutputs(unit: unit)
    }
    var layers: [[Int]] = []
    let hidden = Set(inputCount..<inputCount + units.count).subtracting(outputs).sorted()
    for depth in Set(hidden.map { depths[$0] }).sorted() {
      let level = hidden.filter { depths[$0] == depth }
      var kinds: [Unit] = []
      for unit in level where !kinds.contains(units[unit - inputCount]) {
        kinds.append(units[unit - inputCount])
      }
      layers += kinds.map { kind in level.filter { units[$0 - inputCount] == kind } }
    }
    layers.append(outputs)

    var builder = NetworkBuilder(inputs: inputCount)
    var number = Array(0..<inputCount) + [Int](repeating: 0, count: units.count)
    var next = inputCount
    for layer in layers {
      for unit in layer {
        number[unit] = next
        next += 1
      }
      let kind = units[layer[0] - inputCount]
      builder.sparse(
        incoming: layer.map { incoming[$0].map { number[$0] } }, kind.activation, bias: kind.hasBias
      )
    }
    return try builder.build(output: model).renumbered(number)
  }

  /// The units that each unit reads, after every check that needs no order.
  private func checkedIncoming(outputs: [Int]) throws(NetworkError) -> [[Int]] {
    let count = inputCount + units.count
    if inputCount < 1 { throw .noInputs }
    var incoming = [[Int]](repeating: [], count: count)
    var isRead = [Bool](repeating: false, count: count)
    for (index, edge) in edges.enumerated() {
      for unit in [edge.from, edge.to] where unit < 0 || unit >= count {
        throw .unknownUnit(edge: index, unit: unit, count: count)
      }
      if edge.to < inputCount { throw .edgeIntoInput(from: edge.from, to: edge.to) }
      if incoming[edge.to].contains(edge.from) {
        throw .duplicateEdge(from: edge.from, to: edge.to)
      }
      incoming[edge.to].append(edge.from)
      isRead[edge.from] = true
    }
    for (index, unit) in outputs.enumerated() {
      if unit < inputCount || unit >= count || outputs[..<index].contains(unit) {
        throw .unknownUnit(edge: index, unit: unit, count: count)
      }
      if isRead[unit] { throw .outputWithOutgoingEdge(unit: unit) }
    }
    for unit in inputCount..<count {
      if incoming[unit].isEmpty { throw .unitWithoutIncomingEdge(unit: unit) }
      if !isRead[unit] && !outputs.contains(unit) { throw .danglingUnit(unit: unit) }
    }
    return incoming
  }

  /// The length of the longest path from the inputs to each unit.
  private func depths(_ incoming: [[Int]]) throws(NetworkError) -> [Int] {
    var depths = [Int](repeating: 0, count: incoming.count)
    var pending = Set(inputCount..<incoming.count)
    while !pending.isEmpty {
      let ready = pending.filter { unit in incoming[unit].allSatisfy { !pending.contains($0) } }
      if ready.isEmpty { throw .cycle(units: cycle(incoming, among: pending)) }
      for unit in ready { depths[unit] = 1 + incoming[unit].map { depths[$0] }.max()! }
      pending.subtract(ready)
    }
    return depths
  }

  /// A cycle among units each of which reads another of them, in the direction of the edges.
  private func cycle(_ incoming: [[Int]], among pending: Set<Int>) -> [Int] {
    var walk = [pending.min()!]
    while true {
      let source = incoming[walk.last!].first { pending.contains($0) }!
      if let start = walk.firstIndex(of: source) {
        return ([source] + walk[start...].reversed())
      }
      walk.append(source)
    }
  }
}
