import Foundation
import Intrinsic

extension Transformation {
  /// The rescaling after which ‖w_in‖ = ‖w_out‖ at every hidden unit, w_in with the bias: the point
  /// of least Σw² among those that node-wise rescaling reaches, for units of degree 1.
  ///
  /// Units are balanced in turn, ρ = (‖w_out‖/‖w_in‖)^{1/(1+p)}, until none changes; each turn
  /// lowers a convex function of the logarithms of the factors.
  ///
  /// - Throws: for a hidden unit that is not homogeneous, or has no incoming or outgoing weight.
  public static func balancing(_ model: Model) throws(TransformationError) -> Transformation {
    var scales = try UnitScales(model)
    for _ in 0..<10_000 {
      var change = 0.0
      for index in scales.units.indices {
        let unit = scales.units[index]
        let (incoming, outgoing) = try scales.norms(of: unit)
        let factor = root(outgoing / incoming, 1 + unit.degree)
        scales.rescale(index, by: factor)
        change = max(change, abs(factor - 1))
      }
      if change < 1e-15 { break }
    }
    return Transformation(.balancing, scales.parts)
  }

  /// The rescaling after which ‖w_in‖ = 1 at every hidden unit, w_in with the bias, layer after
  /// layer: the scale of the function moves to the weights of the outputs.
  ///
  /// - Throws: for a hidden unit that is not homogeneous, or has no incoming or outgoing weight.
  public static func normalization(_ model: Model) throws(TransformationError) -> Transformation {
    var scales = try UnitScales(model)
    for index in scales.units.indices {
      scales.rescale(index, by: 1 / (try scales.norms(of: scales.units[index]).incoming))
    }
    return Transformation(.normalization, scales.parts)
  }

  /// x^{1/n}.
  private static func root(_ x: Double, _ n: Int) -> Double {
    n == 2 ? x.squareRoot() : pow(x, 1 / Double(n))
  }
}

/// The hidden units of a homogeneous network with factors by which they are rescaled.
private struct UnitScales {
  struct Unit {
    let layer: Int
    let unit: Int
    let degree: Int
    let incoming: Range<Int>
    let outgoing: [Int]
    var factor = 1.0
  }

  var units: [Unit] = []
  private var vector: [Double]
  private let counts: [Int]

  init(_ model: Model) throws(TransformationError) {
    let network = model.network
    if network.hasCombinedSignals { throw .sharedParameters }
    vector = model.parameters.elements
    counts = network.layers.dropLast().map(\.rows.count)
    var outgoing = [[Int]](repeating: [], count: network.rowCount)
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.rows.count {
        let range = network.parameters(layer: index, unit: unit)
        for (parameter, row) in zip(range, layer.connection.incomingRows(of: unit)) {
          outgoing[row].append(parameter)
        }
      }
    }
    try network.checkHomogeneity()
    for (index, layer) in network.layers.dropLast().enumerated() {
      for unit in 0..<layer.rows.count {
        units.append(
          Unit(
            layer: index, unit: unit, degree: layer.activation.degree,
            incoming: network.parameters(layer: index, unit: unit),
            outgoing: outgoing[layer.rows.lowerBound + unit]))
      }
    }
  }

  func norms(of unit: Unit) throws(TransformationError) -> (incoming: Double, outgoing: Double) {
    let incoming = unit.incoming.reduce(0) { $0 + vector[$1] * vector[$1] }.squareRoot()
    let outgoing = unit.outgoing.reduce(0) { $0 + vector[$1] * vector[$1] }.squareRoot()
    if incoming == 0 || outgoing == 0 { throw .noScale(layer: unit.layer, unit: unit.unit) }
    return (incoming, outgoing)
  }

  mutating func rescale(_ index: Int, by factor: Double) {
    let unit = units[index]
    let power = (0..<unit.degree).reduce(1.0) { product, _ in product * factor }
    for parameter in unit.incoming { vector[parameter] *= factor }
    for parameter in unit.outgoing { vector[parameter] /= power }
    units[index].factor *= factor
  }

  /// The rescaling of each layer.
  var parts: [any Reparametrization] {
    counts.indices.map { layer in
      SignalRecoding.rescaling(
        layer: layer, units.filter { $0.layer == layer }.map(\.factor))
    }
  }
}

extension Network {
  /// Whether parameters are shared, or signals combined without any.
  var hasCombinedSignals: Bool {
    layers.contains { $0.connection.sharesParameters || $0.combination != nil }
  }

  /// Throws unless all hidden units are positively homogeneous and not reparametrized: the weights of
  /// units that are have shifts, which have no norm that rescaling would multiply.
  func checkHomogeneity() throws(TransformationError) {
    for (index, layer) in layers.dropLast().enumerated()
    where layer.activation.homogeneityDegree == nil || layer.affine != nil {
      throw .notHomogeneous(layer: index, unit: 0, activation: layer.activation)
    }
  }
}
