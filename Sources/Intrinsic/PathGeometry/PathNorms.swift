import IntrinsicMath

/// γ_v² of every unit, forward, and the influence c_v = ∂γ²_net/∂Γ_v of its pre-activation on the sum over
/// outputs, backward (Neyshabur et al. 2016, eqs 4, 5 and 29), for units of any degree p of homogeneity:
///
///     Γ_v = α S(z_v) + (1 − α) Σ_u γ_u² w_uv²,   γ_v² = Γ_v^p,   γ²_net = Σ_out Γ_v
///     c_out = 1,   c_u = p Γ_u^{p−1} (1 − α) Σ_v c_v w_uv²
///
/// The papers have p = 1, where Γ = γ². A unit that is not homogeneous counts as p = 1.
///
/// One pass each over the squared weights, with one column whatever the batch. Every position of a
/// shared unit counts as a unit here; a path may run through any pixel under a maximum pooling, as
/// through an edge of weight 1.
package final class PathNorms<T: Scalar> {
  package let measure: PathMeasure
  private let network: Network
  private let alpha: T
  /// The squares of all weights, or of one layer's at a time.
  private let squaredWeights: Buffer<T>
  private let keepsSquares: Bool
  private let gammaMemory: Buffer<T>
  private let outgoingMemory: Buffer<T>
  /// Γ, if units of another degree than 1 have it beside γ².
  private let sums: Buffer<T>?
  /// Where the parameters of each unit of the first layer start, if a unit has one position: γ² of
  /// what they read is 1, so that nothing needs their squares but a sum.
  private let firstOffsets: IndexList?
  private let statistics: Buffer<T>
  private let means: Buffer<T>

  /// - Parameter keepsSquares: whether `squares` will be asked for, which takes memory for all weights.
  package init(_ measure: PathMeasure, _ network: Network, keepsSquares: Bool = true) {
    self.measure = measure
    self.network = network
    alpha = T(measure.alpha)
    self.keepsSquares = keepsSquares
    squaredWeights = Buffer(
      count: keepsSquares
        ? network.parameterCount : network.layers.map(\.parameters.count).max()!)
    gammaMemory = Buffer(count: network.rowCount)
    T.fill(count: network.rowCount, value: 1, into: gammaMemory.pointer)
    outgoingMemory = Buffer(count: network.hiddenRowCount)
    sums =
      network.layers.dropLast().contains { $0.activation.degree > 1 }
      ? Buffer(count: network.rowCount) : nil
    let first = network.layers[0].connection
    firstOffsets =
      first.positions == 1 && first.parameterCount > 0 ? network.unitOffsets[0] : nil
    let widest = network.layers.map(\.rows.count).max()!
    statistics = Buffer(count: widest)
    means = Buffer(count: widest)
  }

  /// γ² of every row of the activity matrix, one column; 1 for constants and inputs.
  package var gamma: Rows<T> { Rows(gammaMemory.pointer, columns: 1) }

  /// c of every row but the inputs, one column.
  package var outgoing: Rows<T> {
    Rows(outgoingMemory.pointer, firstRow: network.firstHiddenRow, columns: 1)
  }

  /// The squared weights of the last `compute`, but for the first layer, which no signal passes.
  var squares: UnsafePointer<T> { UnsafePointer(squaredWeights.pointer) }

  /// γ²_net, the sum over outputs.
  var total: T { T.sum(count: network.outputCount, x: gamma.row(network.outputRows.lowerBound)) }

  /// Computes γ² and c from the weights and, for α > 0, from the pre-activations of a workspace
  /// after a forward pass.
  package func compute(at workspace: Workspace<T>?, _ parameters: Parameters<T>) {
    let threads = workspace?.threads ?? 1
    let (w, squared) = (parameters.pointer, squaredWeights.pointer)
    if keepsSquares {
      let start = firstOffsets == nil ? 0 : network.layers[0].parameters.upperBound
      square(w + start, count: parameters.count - start, into: squared + start, threads: threads)
    }
    func squares(of layer: Network.Layer) -> UnsafePointer<T> {
      if keepsSquares { return UnsafePointer(squared + layer.parameters.lowerBound) }
      square(
        w + layer.parameters.lowerBound, count: layer.parameters.count, into: squared,
        threads: threads)
      return UnsafePointer(squared)
    }
    let z = alpha > 0 ? workspace!.preactivations(parameters) : nil
    for (index, layer) in network.layers.enumerated() {
      let degree = index == network.layers.count - 1 ? 1 : layer.activation.degree
      let out =
        degree == 1
        ? gamma.row(layer.rows.lowerBound) : sums!.pointer + layer.rows.lowerBound
      if index == 0, let firstOffsets {
        Parallel.forEachPart(of: layer.unitCount, threads: threads) {
          T.unitSquares(
            units: $0.count, offsets: firstOffsets.pointer + $0.lowerBound, w: w,
            into: out + $0.lowerBound)
        }
      } else {
        layer.squaredConnection.apply(
          squares(of: layer), gamma, into: out, threads: threads)
      }
      if alpha > 0 {
        T.rowStatistics(
          rows: layer.rows.count, columns: workspace!.batch, x: z!.row(layer.rows.lowerBound),
          mean: measure.statistic == .covariance ? means.pointer : nil, square: statistics.pointer)
        T.scaleAdd(
          count: layer.rows.count, alpha: alpha, x: statistics.pointer, beta: 1 - alpha, into: out)
      }
      if degree > 1 {
        let power = gamma.row(layer.rows.lowerBound)
        power.update(from: out, count: layer.rows.count)
        for _ in 1..<degree { T.multiply(count: layer.rows.count, x: out, y: power, into: power) }
      }
    }
    let c = outgoing
    T.fill(count: network.outputCount, value: 1, into: c.row(network.outputRows.lowerBound))
    network.propagateBack(c, weights: squares(of:), squared: true, threads: threads) { layer in
      let row = c.row(layer.rows.lowerBound)
      let degree = layer.activation.degree
      T.scaleAdd(
        count: layer.rows.count, alpha: 0, x: row, beta: (1 - alpha) * T(degree), into: row)
      guard degree > 1 else { return }
      let sum = sums!.pointer + layer.rows.lowerBound
      for _ in 1..<degree { T.multiply(count: layer.rows.count, x: sum, y: row, into: row) }
    }
  }

  private func square(
    _ w: UnsafePointer<T>, count: Int, into squares: UnsafeMutablePointer<T>, threads: Int
  ) {
    Parallel.forEachPart(ofElements: count, threads: threads) {
      T.square(count: $0.count, x: w + $0.lowerBound, into: squares + $0.lowerBound)
    }
  }
}

extension Activation {
  /// p of positively homogeneous functions; 1 for others.
  package var degree: Int { homogeneityDegree ?? 1 }
}
