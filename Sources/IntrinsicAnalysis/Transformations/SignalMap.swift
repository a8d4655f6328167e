import Intrinsic

/// A change of scale and origin: x ↦ scale · x + shift.
struct AffineMap: Sendable, Equatable {
  var scale = 1.0
  var shift = 0.0

  var inverse: AffineMap { AffineMap(scale: 1 / scale, shift: -shift / scale) }

  func callAsFunction(_ x: Double) -> Double { scale * x + shift }
}

/// New scales and origins for the signals of a network, by row of the activity matrix:
/// a′_i = α_i a_i + β_i and y′_k = γ_k y_k + δ_k.
struct SignalMap {
  var activities: [AffineMap]
  var preactivations: [AffineMap]

  init(_ network: Network) {
    activities = Array(repeating: AffineMap(), count: network.rowCount)
    preactivations = activities
  }

  /// Parameters, or a displacement of them, for which the new signals obey y′_k = Σ_i w′_ik a′_i:
  ///
  ///     w′_ik = γ_k w_ik/α_i
  ///     w′_0k = γ_k w_0k + δ_k − Σ_i w′_ik β_i
  ///
  /// (Ollivier 2015, §2.3, whose printed bias lacks the factor γ_k of w_ik in the sum). A
  /// displacement has no δ_k.
  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double] {
    let activities = try combined(network)
    var result = vector
    for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
      for unit in 0..<layer.unitCount {
        let range = network.parameters(layer: index, unit: unit)
        let preactivation = preactivations[layer.rows.lowerBound + unit]
        let sources = try Self.sources(layer, index, unit, activities)
        var shift = 0.0
        var isShifted = preactivation.shift != 0
        for (parameter, map) in zip(range, sources).dropFirst(layer.hasBias ? 1 : 0) {
          result[parameter] = preactivation.scale * vector[parameter] / map.scale
          shift += result[parameter] * map.shift
          isShifted = isShifted || map.shift != 0
        }
        if layer.hasBias {
          let bias =
            preactivation.scale * vector[range.lowerBound]
            + (isDisplacement ? 0 : preactivation.shift)
          result[range.lowerBound] = bias - shift
        } else if isShifted {
          throw .needsBias(layer: index, unit: unit)
        }
      }
    }
    return result
  }

  /// The maps of what the parameters of a unit multiply, the same at all positions.
  private static func sources(
    _ layer: Network.Layer, _ index: Int, _ unit: Int, _ activities: [AffineMap]
  ) throws(TransformationError) -> [AffineMap] {
    var result = layer.connection.incomingRows(of: unit, at: 0).map { row in
      row < 0 ? nil : activities[row]
    }
    guard layer.connection.sharesParameters else { return result.map { $0! } }
    var touchesBorder = [Bool](repeating: false, count: result.count)
    for position in 0..<layer.positions {
      let rows = layer.connection.incomingRows(of: unit, at: position)
      for (i, row) in rows.enumerated() {
        if row < 0 {
          touchesBorder[i] = true
        } else if let known = result[i] {
          if known != activities[row] { throw .sharedSignals(layer: index) }
        } else {
          result[i] = activities[row]
        }
      }
    }
    for (map, touches) in zip(result, touchesBorder) where touches && (map?.shift ?? 0) != 0 {
      throw .sharedSignals(layer: index)
    }
    // A weight that meets only zeros may have any scale.
    return result.map { $0 ?? AffineMap() }
  }

  /// The maps of all activities, with those of layers without parameters as they follow from what
  /// they combine: common positive factors.
  private func combined(_ network: Network) throws(TransformationError) -> [AffineMap] {
    var result = activities
    for (index, layer) in network.layers.enumerated() where layer.combination != nil {
      for row in layer.rows {
        let maps = layer.combinedRows(of: row).map { result[$0] }
        let scale = maps[0].scale
        guard maps.allSatisfy({ $0.scale == scale && $0.shift == 0 }), scale > 0,
          activities[row] == AffineMap(), preactivations[row] == AffineMap()
        else { throw .sharedSignals(layer: index) }
        if scale == 1 { continue }
        guard let degree = layer.activation.homogeneityDegree else {
          throw .notHomogeneous(layer: index, unit: 0, activation: layer.activation)
        }
        if index == network.layers.count - 1 { throw .outputWouldChange(layer: index) }
        result[row] = AffineMap(
          scale: (0..<degree).reduce(1.0) { product, _ in product * scale })
      }
    }
    return result
  }
}
