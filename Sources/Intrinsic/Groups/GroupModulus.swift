import IntrinsicMath

/// The reduced moduli C_k = R_kᵀ Φ_k R_k of groups of units, P × P a sample (Ollivier 2015, 65 and 133).
///
/// A layer whose units are not grouped has groups of one, so that C is its reduced modulus c.
final class GroupModulus<T: Scalar> {
  private let network: Network
  private let layouts: [GroupLayout]
  /// C of each layer, P² rows of samples a group.
  private let memory: [Buffer<T>]
  /// For the backpropagated modulus: Φ of each layer but the outputs, the products of two weights that lead to
  /// it from each later layer, and the columns of the output metric.
  private let backward: Backward?
  private(set) var batch = 0

  private final class Backward {
    let phi: [Buffer<T>]
    /// The edges of each layer, by the layer that is read.
    let edges: [[Edges]]
    let outputs: SignalPass<T>

    init(
      _ network: Network, _ layouts: [GroupLayout], damping: Double, maximumBatchSize: Int
    ) {
      phi = layouts.map { Buffer(count: $0.rowCount * maximumBatchSize) }
      edges = network.layers.indices.map { reader in
        (0..<reader).map { Edges(of: reader, from: $0, network) }
      }
      outputs = SignalPass(
        .fisher, network, outputDamping: damping, maximumBatchSize: maximumBatchSize,
        stream: RandomStream(seed: 0), all: true)
    }
  }

  /// What the units of one layer read of another.
  private struct Edges {
    /// By reading unit, then unit that is read: the number of the weight; nil for none.
    let weights: [[Int?]]
    let isEmpty: Bool

    init(of reader: Int, from source: Int, _ network: Network) {
      let rows = network.layers[source].rows
      let layer = network.layers[reader]
      weights = (0..<layer.unitCount).map { unit in
        var weights = [Int?](repeating: nil, count: rows.count)
        let parameters = network.parameters(layer: reader, unit: unit)
        for (row, parameter) in zip(layer.connection.incomingRows(of: unit), parameters)
        where rows.contains(row) {
          weights[row - rows.lowerBound] = parameter
        }
        return weights
      }
      isEmpty = weights.allSatisfy { $0.allSatisfy { $0 == nil } }
    }
  }

  /// - Parameter outputDamping: ε in F_out + ε Id of the backpropagated modulus; nil where moduli come from
  ///   signals.
  init(_ network: Network, outputDamping: Double?, maximumBatchSize: Int) {
    self.network = network
    layouts = network.layers.map(\.groupLayout)
    memory = layouts.map { Buffer(count: $0.rowCount * maximumBatchSize) }
    backward = outputDamping.map { [layouts] in
      Backward(network, layouts, damping: $0, maximumBatchSize: maximumBatchSize)
    }
  }

  /// C of the groups of one layer, P² rows of samples each.
  func of(layer: Int) -> UnsafeMutablePointer<T> { memory[layer].pointer }

  /// C_cd = Σ_q s_c^q s_d^q, from signals with several columns a sample.
  func take(signals s: Rows<T>, batch: Int) {
    self.batch = batch
    for (index, layer) in network.layers.enumerated() where layer.groups != nil {
      takeProducts(of: s, layer: index)
    }
  }

  /// Φ_i = Σ_{i→k} w_ikᵀ C_k w_ik with the P × P blocks of weights between two groups, from the diagonal blocks
  /// of F_out (O 133 with free weights); and the diagonals of C as the modulus of the units.
  ///
  /// Cost: P_i² P_k² products a pair of groups and sample.
  func backpropagate(at workspace: Workspace<T>, _ parameters: Parameters<T>, into c: Rows<T>) {
    batch = workspace.batch
    let backward = self.backward!
    let last = network.layers.count - 1
    takeProducts(of: backward.outputs.outputColumns(at: workspace), layer: last)
    for phi in backward.phi { T.fill(count: phi.count, value: 0, into: phi.pointer) }
    for reader in stride(from: last, through: 0, by: -1) {
      if reader < last { takeReduced(backward.phi[reader].pointer, layer: reader, at: workspace) }
      for source in 0..<reader where !backward.edges[reader][source].isEmpty {
        spread(
          reader, source, backward.edges[reader][source], parameters, into: backward.phi[source])
      }
    }
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.unitCount {
        c.row(layer.rows.lowerBound + unit).update(
          from: of(layer: index) + layouts[index].row(unit, unit) * batch, count: batch)
      }
    }
  }

  private func takeProducts(of s: Rows<T>, layer index: Int) {
    let first = s.row(network.layers[index].rows.lowerBound)
    layouts[index].forEachRun { groups, size, unit, row in
      T.groupProducts(
        groups: groups, size: size, count: batch, repeats: s.columns / batch,
        s: first + unit * s.columns, lds: s.columns, into: of(layer: index) + row * batch)
    }
  }

  /// C = Rᵀ Φ R.
  private func takeReduced(
    _ phi: UnsafePointer<T>, layer index: Int, at workspace: Workspace<T>
  ) {
    let (layer, c) = (network.layers[index], of(layer: index))
    if let r = workspace.groupJacobians?.of(layer: index) {
      layouts[index].forEachRun { groups, size, _, row in
        T.groupCongruence(
          groups: groups, size: size, count: batch, r: r + row * batch, phi: phi + row * batch,
          into: c + row * batch)
      }
    } else {
      c.update(from: phi, count: layouts[index].rowCount * batch)
      if layer.derivativeIsOne { return }
      T.multiplySquared(
        count: layer.unitCount * batch, r: workspace.derivatives.row(layer.rows.lowerBound), m: c,
        into: c)
    }
  }

  /// Φ_i^{ef} += Σ_{cd} w_ce w_df C_k^{cd} for all groups k of a layer and i of one that it reads.
  private func spread(
    _ reader: Int, _ source: Int, _ edges: Edges, _ parameters: Parameters<T>, into phi: Buffer<T>
  ) {
    let (reading, read) = (layouts[reader], layouts[source])
    let c = of(layer: reader)
    for unit in 0..<network.layers[reader].unitCount {
      for partner in reading.group(of: unit) {
        let row = c + reading.row(unit, partner) * batch
        for below in 0..<network.layers[source].unitCount {
          guard let first = edges.weights[unit][below] else { continue }
          for beside in read.group(of: below) {
            guard let second = edges.weights[partner][beside] else { continue }
            let target = phi.pointer + read.row(below, beside) * batch
            T.addScaled(
              count: batch, x: target, alpha: parameters[first] * parameters[second], y: row,
              into: target)
          }
        }
      }
    }
  }

  /// C + ε E[C].
  func addMeans(_ floor: T) {
    for (layout, memory) in zip(layouts, memory) {
      T.addRowMeans(rows: layout.rowCount, columns: batch, scale: floor, c: memory.pointer)
    }
  }
}
