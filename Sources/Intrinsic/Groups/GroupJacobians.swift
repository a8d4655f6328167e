import IntrinsicMath

/// The Jacobians R of the layers whose activities are vectors, of the last forward pass.
final class GroupJacobians<T: Scalar> {
  /// For each layer with a nonlinearity of groups, P² rows of samples a group.
  private let memory: [Buffer<T>?]
  private let network: Network

  /// - Returns: nil for a network without such layers.
  init?(_ network: Network, maximumBatchSize: Int) {
    guard network.layers.contains(where: { $0.activation.groupNonlinearity != nil }) else {
      return nil
    }
    self.network = network
    memory = network.layers.map { layer in
      layer.activation.groupNonlinearity.map { _ in
        Buffer(count: layer.groupLayout.rowCount * maximumBatchSize)
      }
    }
  }

  /// R of one layer, P² rows of samples a group; nil where it is the identity or a layer has no groups.
  func of(layer index: Int) -> UnsafeMutablePointer<T>? { memory[index]?.pointer }

  /// a = s(y) and R of a layer, and the diagonal of R as the derivatives of its units.
  func activate(
    layer index: Int, y: UnsafePointer<T>, a: UnsafeMutablePointer<T>,
    derivatives: UnsafeMutablePointer<T>, batch: Int
  ) {
    let layer = network.layers[index]
    let (group, r) = (layer.activation.groupNonlinearity!, memory[index]!.pointer)
    let layout = layer.groups!
    layout.forEachRun { groups, size, unit, row in
      group.apply(
        groups: groups, size: size, count: batch, y: y + unit * batch, a: a + unit * batch,
        r: r + row * batch)
    }
    for unit in 0..<layer.unitCount {
      (derivatives + unit * batch).update(
        from: r + layout.row(unit, unit) * batch, count: batch)
    }
  }

  /// b ← Rᵀ b of a layer, units × (repeats × batch).
  func reduce(layer index: Int, _ b: UnsafeMutablePointer<T>, repeats: Int, batch: Int) {
    let r = memory[index]!.pointer
    network.layers[index].groups!.forEachRun { groups, size, unit, row in
      T.groupReduce(
        groups: groups, size: size, count: batch, repeats: repeats, r: r + row * batch,
        b: b + unit * repeats * batch)
    }
  }

  /// Takes over the first `count` of `columns` samples of another pass.
  func copyColumns(_ count: Int, of other: GroupJacobians, columns: Int) {
    for (index, layer) in network.layers.enumerated() {
      guard let source = other.memory[index], let target = memory[index] else { continue }
      T.copyColumns(
        rows: layer.groups!.rowCount, columns: count, x: source.pointer,
        ldx: columns, into: target.pointer)
    }
  }
}
