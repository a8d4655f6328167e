/// Networks that can compute the same functions with other parameters. Each of these changes the
/// architecture only; IntrinsicAnalysis maps the parameters.
extension Network {
  /// The network with the units of a hidden layer affinely reparametrized, on top of what they are
  /// already.
  ///
  /// - Throws: for the output layer, whose activities would then mean something else to the output
  ///   model.
  public func reparametrized(layer: Int, by affine: UnitAffine) throws(NetworkError) -> Network {
    if layers[layer].image != nil || layers[layer].connection is any FixedConnection {
      throw .sharedAndReparametrized(layer: layer)
    }
    precondition(
      affine.count == layers[layer].unitCount,
      "\(affine.count) changes for the \(layers[layer].unitCount) units of layer \(layer)")
    var drafts = self.drafts
    let composed = drafts[layer].affine?.then(affine) ?? affine
    drafts[layer].affine = composed.isIdentity ? nil : composed
    return try rebuilt(drafts)
  }

  /// The network with another activation in every layer that has the given one.
  public func replacing(
    _ activation: Activation, by other: Activation
  ) throws(NetworkError) -> Network {
    var drafts = self.drafts
    for index in drafts.indices where drafts[index].activation == activation {
      drafts[index].activation = other
    }
    return try rebuilt(drafts)
  }

  /// The network with another activation in one layer.
  public func replacing(
    layer: Int, by activation: Activation
  ) throws(NetworkError) -> Network {
    var drafts = self.drafts
    drafts[layer].activation = activation
    return try rebuilt(drafts)
  }

  /// The network with the units of a hidden layer in another order: its new unit k is the old unit
  /// `order[k]`.
  ///
  /// - Returns: the network, and for each of its parameters the index that it had before.
  /// - Throws: for the output layer, whose order has a meaning, for orders that tear groups apart, and for
  ///   networks with convolutions, poolings or sums.
  public func permuted(
    layer permuted: Int, _ order: [Int]
  ) throws(NetworkError) -> (network: Network, parameters: [Int]) {
    let rows = layers[permuted].rows
    precondition(
      order.sorted() == Array(0..<layers[permuted].unitCount),
      "\(order) is no order of the \(layers[permuted].unitCount) units of layer \(permuted)")
    if permuted == layers.count - 1 { throw .outputReparametrized }
    if let layout = layers[permuted].groups {
      let groups = layout.groups.map { Array($0) }
      guard layout.groups.allSatisfy({ groups.contains(Array(order[$0])) }) else {
        throw .groupsTorn(layer: permuted)
      }
    }
    var newRows = Array(0..<rowCount)
    for (new, old) in order.enumerated() { newRows[rows.lowerBound + old] = rows.lowerBound + new }

    var drafts = self.drafts
    if let affine = drafts[permuted].affine { drafts[permuted].affine = affine.permuted(order) }
    var origins: [Int] = []
    for (index, layer) in layers.enumerated() {
      let order = index == permuted ? order : Array(0..<layer.unitCount)
      guard
        let connection = layer.connection.permuted(
          order: order, firstHiddenRow: firstHiddenRow, row: { newRows[$0] })
      else { throw .notPermutable(layer: index) }
      drafts[index].connection = connection
      for unit in order {
        let rows = layer.connection.incomingRows(of: unit).map { newRows[$0] }
        origins += zip(rows, parameters(layer: index, unit: unit)).sorted { $0.0 < $1.0 }.map(\.1)
      }
    }
    return (try rebuilt(drafts), origins)
  }

  private var drafts: [Draft] { layers.map(draft) }

  func draft(of layer: Layer) -> Draft {
    Draft(
      connection: layer.connection, activation: layer.activation, hasBias: layer.hasBias,
      holdsOutputParameters: layer.holdsOutputParameters, affine: layer.affine,
      normalization: layer.normalization, image: layer.image, dropout: layer.dropout)
  }

  private func rebuilt(_ drafts: [Draft]) throws(NetworkError) -> Network {
    try Network(
      inputCount: inputCount, inputImage: inputImage, drafts: drafts, output: output,
      unitRows: unitRows)
  }
}
