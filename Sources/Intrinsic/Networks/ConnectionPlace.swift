import IntrinsicMath

/// Where a connection of the caller's own has its place in a network, known when the network is built:
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
  /// Adds a layer that reads others by a connection of the caller's own.
  ///
  ///     builder.connect(12, .relu) { place in Grouped(12, groups: 3, at: place) }
  ///
  /// - Parameters:
  ///   - units: the number of units, which own parameters.
  ///   - activation: s of each activity.
  ///   - reading: the layers that it reads; the last one by default.
  ///   - bias: whether units have a bias, or a shift where a normalization has gains.
  ///   - image: the shape of the activities where a unit has several, its channels the units; nil for
  ///     one activity a unit.
  ///   - normalization: one with gains makes two layers of it; the second one is returned.
  ///   - dropout: the probability that an activity is dropped in training.
  ///   - connection: makes the connection. It is called by ``build(output:outputParameters:)``, which
  ///     stops the program if what it makes does not fit `units`, `image` or its place.
  @discardableResult
  public mutating func connect(
    _ units: Int, _ activation: Activation, reading: [Source]? = nil, bias: Bool = true,
    image: ImageShape? = nil, normalization: Normalization? = nil, dropout: Double = 0,
    by connection: @escaping (ConnectionPlace) -> any Connection
  ) -> Source {
    let sources = reading ?? [last]
    precondition(
      !sources.isEmpty && sources.allSatisfy { $0.index < items.count }
        && Set(sources).count == sources.count,
      "a layer reads at least one earlier layer, each once")
    precondition(
      image.map { $0.isValid && $0.channels == units } ?? true,
      "\(units) units with the activities \(image!)")
    return add(
      Item(
        units: image?.count ?? units, activation: activation, hasBias: bias,
        wiring: .own(reading: sources, connection), normalization: normalization, image: image,
        dropout: dropout))
  }

  /// The connection of the caller's own in its place, once it is what its layer needs.
  func connection(
    of item: Item, at place: ConnectionPlace, _ make: (ConnectionPlace) -> any Connection
  ) -> any Connection {
    let result = make(place)
    let (units, kind) = (item.image?.channels ?? item.units, type(of: result))
    precondition(
      result.unitCount == units && result.rowCount == item.units,
      "\(kind) has \(result.unitCount) units and \(result.rowCount) activities in a layer of "
        + "\(units) and \(item.units)")
    var end = 0
    for unit in 0..<units {
      let own = result.parameters(of: unit)
      precondition(
        own.lowerBound == end,
        "\(kind): the parameters \(own) of unit \(unit) do not start at \(end)")
      end = own.upperBound
      for position in Set([0, result.positions - 1]) {
        let rows = result.incomingRows(of: unit, at: position)
        precondition(
          rows.count == own.count && (rows.first == 0) == place.hasBias,
          "\(kind): unit \(unit) reads the rows \(rows) with \(own.count) parameters"
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
    return result
  }
}
