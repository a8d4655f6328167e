import IntrinsicMath

/// Where a layer of the caller's has its place in a network, known when the network is built:
/// the rows of the activity matrix that it may read.
public struct ConnectionPlace: Sendable {
  /// The rows of each layer that is read, in the order given to the builder.
  public let sources: [Range<Int>]
  /// Whether the first parameter of each unit multiplies row 0, the constant 1.
  public let hasBias: Bool
  /// Rows before this one are constant or inputs, and no signals go back to them.
  public let firstHiddenRow: Int
}

extension NetworkBuilder {
  /// Adds a layer of the caller's.
  ///
  ///     builder.connect(Grouped(units: 12, groups: 3), .relu)
  ///
  /// - Parameters:
  ///   - layer: how its units read others. ``build(output:outputParameters:)`` asks it for its connection, and
  ///     stops the program if that does not fit its units or its place.
  ///   - activation: s of each activity.
  ///   - reading: the layers that it reads; the last one by default.
  ///   - bias: whether units have a bias, or a shift where a normalization has gains.
  ///   - normalization: one with gains makes two layers of it; the second one is returned.
  ///   - dropout: the probability that an activity is dropped in training.
  @discardableResult
  public mutating func connect(
    _ layer: some CustomLayer, _ activation: Activation, reading: [Source]? = nil,
    bias: Bool = true, normalization: Normalization? = nil, dropout: Double = 0
  ) -> Source {
    add(
      customItem(
        layer, activation, reading: reading ?? [last], bias: bias, normalization: normalization,
        dropout: dropout))
  }

  /// A layer of the caller's, without one for gains.
  func customItem(
    _ layer: some CustomLayer, _ activation: Activation, reading sources: [Source], bias: Bool,
    normalization: Normalization?, dropout: Double
  ) -> Item {
    precondition(
      !sources.isEmpty && sources.allSatisfy { $0.index < items.count }
        && Set(sources).count == sources.count,
      "a layer reads at least one earlier layer, each once")
    let image = layer.image
    precondition(
      image.map { $0.isValid && $0.channels == layer.units } ?? true,
      "\(layer.units) units with the activities \(image!)")
    return Item(
      units: image?.count ?? layer.units, activation: activation, hasBias: bias,
      wiring: .custom(reading: sources, layer), normalization: normalization, image: image,
      dropout: dropout)
  }

  /// The connection of a layer of the caller's in its place, once it is what the layer needs.
  func connection(
    of item: Item, at place: ConnectionPlace, _ layer: some CustomLayer
  ) -> any Connection {
    let result = layer.connection(at: place)
    let (units, kind) = (item.image?.channels ?? item.units, type(of: layer).name)
    precondition(
      result.unitCount == units && result.rowCount == item.units,
      "\(kind) has \(result.unitCount) units and \(result.rowCount) activities in a layer of "
        + "\(units) and \(item.units)")
    var end = 0
    for unit in 0..<units {
      let range = result.parameters(of: unit)
      precondition(
        range.lowerBound == end,
        "\(kind): the parameters \(range) of unit \(unit) do not start at \(end)")
      end = range.upperBound
      for position in Set([0, result.positions - 1]) {
        let rows = result.incomingRows(of: unit, at: position)
        precondition(
          rows.count == range.count && (rows.first == 0) == place.hasBias,
          "\(kind): unit \(unit) reads the rows \(rows) with \(range.count) parameters"
            + (place.hasBias ? " and a bias" : ""))
      }
    }
    precondition(
      end == result.parameterCount,
      "\(kind): \(end) of \(result.parameterCount) parameters are owned")
    let readable = Set(place.sources.joined()).union(place.hasBias ? [0] : [])
    precondition(
      result.sourceRows.isSubset(of: readable),
      "\(kind) reads the rows \(result.sourceRows.subtracting(readable).sorted()), which are not "
        + "those of the layers given to it")
    return CustomConnection(
      result, CustomLayerDescription(layer), readRows: place.sources.map(\.lowerBound))
  }
}
