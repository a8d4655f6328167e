import IntrinsicMath

/// The reduced moduli C_k = R_kᵀ Φ_k R_k of groups of units, P × P a sample (Ollivier 2015, 65 and 133).
///
/// A layer whose units are not grouped has groups of one, so that C is its reduced modulus c.
final class GroupModulus<T: Scalar> {
  private let network: Network
  private let layouts: [GroupLayout]
  /// C of each layer, P² rows of samples a group.
  private let memory: [Buffer<T>]
  /// For the backpropagated modulus: Φ of each layer, and the columns of the output metric.
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
        (0..<reader).map { Edges(of: reader, from: $0, network, layouts) }
      }
      outputs = SignalPass(
        .fisher, network, outputDamping: damping, maximumBatchSize: maximumBatchSize,
        stream: RandomStream(seed: 0), all: true)
    }
  }

  /// The products w_ce w_df of two weights from one group to another, for all groups of two layers.
  private final class Edges {
    /// The numbers of both weights, and the place of their product.
    private let first, second, place: IndexList
    /// A row for each row of the matrices of the layer that is read, a column for each of the one that reads.
    private let products: Buffer<T>
    var isEmpty: Bool { place.count == 0 }

    init(of reader: Int, from source: Int, _ network: Network, _ layouts: [GroupLayout]) {
      let (layer, rows) = (network.layers[reader], network.layers[source].rows)
      let (reading, read) = (layouts[reader], layouts[source])
      let weights = (0..<layer.unitCount).map { unit in
        var weights = [Int?](repeating: nil, count: rows.count)
        let parameters = network.parameters(layer: reader, unit: unit)
        for (row, parameter) in zip(layer.connection.incomingRows(of: unit), parameters)
        where rows.contains(row) {
          weights[row - rows.lowerBound] = parameter
        }
        return weights
      }
      var (first, second, place): ([Int], [Int], [Int]) = ([], [], [])
      for unit in weights.indices {
        for partner in reading.group(of: unit) {
          for below in rows.indices.map({ $0 - rows.lowerBound }) {
            guard let weight = weights[unit][below] else { continue }
            for beside in read.group(of: below) {
              guard let other = weights[partner][beside] else { continue }
              first.append(weight)
              second.append(other)
              place.append(
                read.row(below, beside) * reading.rowCount + reading.row(unit, partner))
            }
          }
        }
      }
      (self.first, self.second, self.place) = (
        IndexList(first), IndexList(second), IndexList(place)
      )
      products = Buffer(count: place.isEmpty ? 0 : read.rowCount * reading.rowCount)
    }

    /// The products with the weights as they are.
    func products(_ parameters: Parameters<T>) -> UnsafePointer<T> {
      T.pairProducts(
        count: place.count, first: first.pointer, second: second.pointer, place: place.pointer,
        w: parameters.pointer, into: products.pointer)
      return UnsafePointer(products.pointer)
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
    let (rows, columns) = (layouts[source].rowCount, layouts[reader].rowCount)
    T.gemm(
      transposeA: false, transposeB: false, m: rows, n: batch, k: columns, alpha: 1,
      a: edges.products(parameters), lda: columns, b: of(layer: reader), ldb: batch, beta: 1,
      c: phi.pointer, ldc: batch)
  }

  /// C + ε E[C].
  func addMeans(_ floor: T) {
    for (layout, memory) in zip(layouts, memory) {
      T.addRowMeans(rows: layout.rowCount, columns: batch, scale: floor, c: memory.pointer)
    }
  }
}
