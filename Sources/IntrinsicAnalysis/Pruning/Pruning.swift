import Intrinsic
import IntrinsicMath

/// The order in which parts of a network are pruned, the least important first (Morwani and Ramaswamy
/// 2022, §1).
///
/// All layers are ranked together. Biases stay, except those of units that are removed. Ties are broken
/// by the order of the parameters.
public struct Pruning: Sendable {
  public let criterion: PruningCriterion
  public let model: Model
  /// Sets of parameters that are removed together, in the order in which they go.
  private let groups: [[Int]]

  /// Ranks the parts of a network. Cost: sorting them.
  ///
  /// - Throws: ``PruningError`` if the network is normalized, shares parameters or combines signals, or
  ///   has no hidden units to prune.
  public init(_ criterion: PruningCriterion, of model: Model) throws(PruningError) {
    guard !model.network.isNormalized else { throw .normalizedNetwork }
    guard !model.network.hasCombinedSignals else { throw .sharedParameters }
    self.criterion = criterion
    self.model = model
    switch criterion {
    case .unitNorm: groups = try Self.units(model)
    case .magnitude: groups = Self.weights(model, normalized: false)
    case .normalizedMagnitude: groups = Self.weights(model, normalized: true)
    }
  }

  /// The number of units or weights that are ranked.
  public var count: Int { groups.count }

  /// The parameters after the given fraction of units or weights, rounded to the nearest number, has
  /// been set to 0.
  public func pruned(_ fraction: Double) throws(PruningError) -> Parameters<Double> {
    guard (0...1).contains(fraction) else { throw .invalidFraction(fraction) }
    var values = model.parameters.elements
    let removed = Int((fraction * Double(count)).rounded())
    for index in groups[..<removed].joined() { values[index] = 0 }
    return Parameters(values)
  }

  private static func units(_ model: Model) throws(PruningError) -> [[Int]] {
    let network = model.network
    guard network.layers.count > 1 else { throw .noHiddenUnits }
    var outgoing = [[Int]](repeating: [], count: network.rowCount)
    for (parameter, row) in network.weights { outgoing[row].append(parameter) }
    var ranked: [(norm: Double, group: [Int])] = []
    for (index, layer) in network.layers.dropLast().enumerated() {
      for (unit, row) in layer.rows.enumerated() {
        let incoming = network.parameters(layer: index, unit: unit)
        let square = incoming.reduce(0) { $0 + model.parameters[$1] * model.parameters[$1] }
        ranked.append((square, Array(incoming) + outgoing[row]))
      }
    }
    return order(ranked)
  }

  private static func weights(_ model: Model, normalized: Bool) -> [[Int]] {
    let network = model.network
    var scales = [Double](repeating: 1, count: network.parameterCount)
    if normalized {
      let isWeight = Set(network.weights.map(\.parameter))
      for (index, layer) in network.layers.enumerated() {
        for unit in 0..<layer.connection.unitCount {
          let range = network.parameters(layer: index, unit: unit)
          let norm = range.filter(isWeight.contains)
            .reduce(0) { $0 + model.parameters[$1] * model.parameters[$1] }.squareRoot()
          // A unit without weights has nothing to lose.
          for i in range where norm > 0 { scales[i] = norm }
        }
      }
    }
    return order(
      network.weights.map {
        (abs(model.parameters[$0.parameter]) / scales[$0.parameter], [$0.parameter])
      })
  }

  private static func order(_ ranked: [(Double, [Int])]) -> [[Int]] {
    ranked.indices.sorted { (ranked[$0].0, $0) < (ranked[$1].0, $1) }.map { ranked[$0].1 }
  }
}

extension Network {
  /// The parameters that are not biases, each with a row that it multiplies.
  fileprivate var weights: [(parameter: Int, row: Int)] {
    layers.indices.flatMap { index in
      (0..<layers[index].connection.unitCount).flatMap { unit in
        zip(
          parameters(layer: index, unit: unit), layers[index].connection.incomingRows(of: unit)
        )
        .dropFirst(layers[index].hasBias ? 1 : 0)
        .map { (parameter: $0.0, row: $0.1) }
      }
    }
  }
}
