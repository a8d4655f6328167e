import IntrinsicMath

/// Estimates the path metric ½ ∂²γ²_net/∂w ∂w′ within each unit into matrices that keep a part of it:
///
///     A_v = (1 − α) c_v diag(γ_u²) + E[h hᵀ q_v]                        (Neyshabur et al. 2016, eq. 32)
///     A_v = (1 − α) c_v diag(γ_u²) + Σ_v′ α c_v′ Cov(h J_v′v)           with the covariance
///
/// q_v = Σ_{v′ ⪰ v} α c_v′ J_v′v², J_v′v = ∂z_v′/∂z_v, over v itself and every unit above it. The
/// diagonal of A is κ. Where positions share parameters, h J is a sum over them, and the first term
/// too; the backpropagated rule takes q for each position alone. It is exact where pre-activations are
/// piecewise linear in each weight (ReLU, off the kinks), and the Gauss–Newton part of the second derivative
/// otherwise; for units of degree p > 1 its diagonal at α = 0 is κ = ∂γ²_net/∂(w²).
final class PathPass<T: Scalar> {
  let norms: PathNorms<T>
  private let propagation: PathPropagation
  private let network: Network
  private let isCovariance: Bool
  /// Signals with several columns a sample, units × (columns × batch).
  private let memory: Buffer<T>
  private let columnsPerChunk: Int
  private let columnCount: Int
  /// Σ of squares over signals, q.
  private let modulusMemory: Buffer<T>
  /// One of the signals, contiguous.
  private let single: Buffer<T>
  /// √(α c/columns) of every row but the inputs.
  private let sizes: Buffer<T>
  private let uniforms: Buffer<T>
  private var stream: VectorRandomStream

  init(
    _ measure: PathMeasure, _ propagation: PathPropagation, _ network: Network,
    maximumBatchSize: Int,
    stream: RandomStream
  ) {
    self.propagation = propagation
    self.network = network
    norms = PathNorms(measure, network)
    isCovariance = measure.statistic == .covariance
    let needsSignals = measure.alpha > 0
    columnCount =
      switch propagation {
      case .exact: network.layers.reduce(0) { $0 + $1.rows.count }
      case .probes(let count): count
      case .backpropagated: 1
      }
    let rows = network.hiddenRowCount * maximumBatchSize
    columnsPerChunk = min(columnCount, max(1, 12_288 / rows))
    let width = needsSignals ? rows : 0
    memory = Buffer(count: width * columnsPerChunk)
    modulusMemory = Buffer(count: width)
    single = Buffer(count: isCovariance ? width : 0)
    sizes = Buffer(count: network.hiddenRowCount)
    uniforms = Buffer(count: width * columnsPerChunk)
    self.stream = VectorRandomStream(stream)
  }

  func code(_ coder: CheckpointCoder<T>) { coder.code("stream", &stream) }

  /// A ← (1 − keep) A(x) + keep · A from a workspace after a forward pass.
  func estimate(
    into matrices: any PathMatrices<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    keep: T
  ) {
    let alpha = T(norms.measure.alpha)
    norms.compute(at: workspace, parameters)
    matrices.fade(keep: keep)
    if alpha > 0 {
      let q = workspace.unitRows(modulusMemory, columns: workspace.batch)
      if propagation == .backpropagated {
        backpropagate(q, at: workspace)
      } else {
        sendSignals(into: matrices, modulus: q, at: workspace, parameters, weight: 1 - keep)
      }
      if isCovariance && propagation == .backpropagated {
        T.squareRoot(
          count: network.hiddenRowCount * workspace.batch, x: modulusMemory.pointer,
          into: single.pointer)
        matrices.subtractMeans(
          workspace.unitRows(single, columns: workspace.batch), at: workspace, weight: 1 - keep)
      }
      if propagation == .backpropagated {
        matrices.add(modulus: q, at: workspace, weight: 1 - keep)
      } else {
        matrices.addUnshared(modulus: q, at: workspace, weight: 1 - keep)
      }
    }
    if alpha < 1 {
      matrices.addOuter(
        outgoing: norms.outgoing, incoming: norms.gamma, weight: (1 - keep) * (1 - alpha),
        threads: workspace.threads)
    }
  }

  /// q_u = α c_u + r_u² Σ_v w_uv² q_v.
  private func backpropagate(_ q: Rows<T>, at workspace: Workspace<T>) {
    let (batch, alpha, c) = (workspace.batch, T(norms.measure.alpha), norms.outgoing)
    func addInfluence(_ layer: Network.Layer) {
      for row in layer.rows {
        T.addConstant(count: batch, value: alpha * c.row(row).pointee, into: q.row(row))
      }
    }
    let outputs = network.outputRows
    T.fill(count: outputs.count * batch, value: 0, into: q.row(outputs.lowerBound))
    addInfluence(network.layers.last!)
    workspace.propagateBack(q, weights: norms.squares, squared: true) { layer in
      let row = layer.rows.lowerBound
      if !layer.derivativeIsOne {
        T.multiplySquared(
          count: layer.rows.count * batch, r: workspace.derivatives.row(row), m: q.row(row),
          into: q.row(row))
      }
      addInfluence(layer)
    }
  }

  /// q and the means of all signals, chunk by chunk.
  private func sendSignals(
    into matrices: any PathMatrices<T>, modulus q: Rows<T>, at workspace: Workspace<T>,
    _ parameters: Parameters<T>, weight: T
  ) {
    let batch = workspace.batch
    let first = network.firstHiddenRow
    let perColumn: T = if case .probes(let count) = propagation { 1 / T(count) } else { 1 }
    T.scaleAdd(
      count: network.hiddenRowCount, alpha: T(norms.measure.alpha) * perColumn,
      x: norms.outgoing.row(first), beta: 0,
      into: sizes.pointer)
    T.squareRoot(count: network.hiddenRowCount, x: sizes.pointer, into: sizes.pointer)
    for start in stride(from: 0, to: columnCount, by: columnsPerChunk) {
      let columns = start..<min(start + columnsPerChunk, columnCount)
      let s = workspace.unitRows(memory, columns: columns.count * batch)
      let last = network.layers.last!
      T.fill(count: last.rows.count * s.columns, value: 0, into: s.row(last.rows.lowerBound))
      addSources(last, columns, into: s, batch: batch)
      workspace.propagateBack(s, weights: parameters.pointer) { layer in
        let row = layer.rows.lowerBound
        if !layer.derivativeIsOne {
          T.multiplyRepeated(
            rows: layer.rows.count, batch: batch, repeats: columns.count,
            r: workspace.derivatives.row(row), s: s.row(row))
        }
        addSources(layer, columns, into: s, batch: batch)
      }
      for layer in network.layers {
        T.sumSquaresRepeated(
          rows: layer.rows.count, batch: batch, repeats: columns.count,
          s: s.row(layer.rows.lowerBound), lds: s.columns,
          accumulate: start != 0, c: q.row(layer.rows.lowerBound))
      }
      if network.sharesParameters {
        matrices.addSampleSums(s, at: workspace, weight: weight)
      }
      guard isCovariance else { continue }
      for column in columns.indices {
        subtractMeans(
          of: s, column: column - columns.lowerBound, into: matrices, at: workspace,
          weight: weight)
      }
    }
  }

  /// What the units of a layer send themselves: random signs, or each unit in its own column.
  private func addSources(
    _ layer: Network.Layer, _ columns: Range<Int>, into s: Rows<T>, batch: Int
  ) {
    let first = layer.rows.lowerBound
    let size = sizes.pointer + (first - network.firstHiddenRow)
    if case .probes = propagation {
      let count = layer.rows.count * columns.count * (isCovariance ? 1 : batch)
      stream.fill(uniforms.pointer, count: count)
      T.addSigns(
        rows: layer.rows.count, batch: batch, repeats: columns.count, size: size,
        uniform: uniforms.pointer, constant: isCovariance,
        s: s.row(first))
      return
    }
    let before = network.layers.prefix { $0.rows.lowerBound < first }.reduce(0) {
      $0 + $1.rows.count
    }
    for unit in 0..<layer.rows.count where columns.contains(before + unit) {
      T.addConstant(
        count: batch, value: size[unit],
        into: s.row(first + unit) + (before + unit - columns.lowerBound) * batch)
    }
  }

  private func subtractMeans(
    of s: Rows<T>, column: Int, into matrices: any PathMatrices<T>, at workspace: Workspace<T>,
    weight: T
  ) {
    let batch = workspace.batch
    let first = network.firstHiddenRow
    T.copyColumns(
      rows: network.hiddenRowCount, columns: batch, x: s.row(first) + column * batch,
      ldx: s.columns, into: single.pointer)
    matrices.subtractMeans(
      workspace.unitRows(single, columns: batch), at: workspace, weight: weight)
  }
}
