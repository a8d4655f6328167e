import IntrinsicMath

/// Backpropagates the signed signals of a source: the columns q of a factor of the source metric at
/// the outputs, so that unit k receives s_k^q(x) = r_k Σ_o J_k^o L_oq with Σ_q s_k^q s_k′^q =
/// r_k r_k′ Φ_kk′ (Ollivier 2015, Definition 2, 14–17 and Proposition 27).
///
/// Columns are processed in chunks that fit the processor's cache.
final class SignalPass<T: Scalar> {
  /// Columns that belong together.
  private enum Sweep {
    /// The factor L of a Fisher matrix that is not diagonal.
    case factor
    /// Column o lives on output o alone: a diagonal Fisher matrix, damping included.
    case diagonalMetric
    /// √ε on output o alone: the damping of a Fisher matrix that is not diagonal.
    case damping
    /// Signals of targets drawn from the model.
    case draws
    /// ±√(ε/K) on all outputs with random signs, whose mean square is the damping ε Id.
    case dampingProbes
    /// The signals of the true targets.
    case targets

    /// Whether each column starts on one output.
    var isDiagonal: Bool { self == .diagonalMetric || self == .damping }
  }

  /// Columns for each sample.
  let columnCount: Int
  private let sweeps: [(kind: Sweep, columns: Int)]
  private let outputDamping: T
  private let chunk: Int
  private let memory: Buffer<T>
  /// d, e, v of the factor, or the entries of diagonal columns.
  private let factor: Buffer<T>
  private let uniforms: Buffer<T>
  private let staging: Buffer<T>
  private var stream: VectorRandomStream
  private let neededStage: PassStage

  /// - Parameters:
  ///   - outputDamping: ε in F_out + ε Id; Fisher sources only.
  ///   - all: whether memory for all columns at once is wanted, for `allSignals`.
  init(
    _ source: SignalSource, _ network: Network, outputDamping: Double, maximumBatchSize: Int,
    stream: RandomStream, all: Bool = false
  ) {
    let isDamped = outputDamping > 0
    let outputs = network.outputCount
    sweeps =
      switch source {
      case .fisher where network.output.fisherMatrixIsDiagonal: [(.diagonalMetric, outputs)]
      case .fisher: [(.factor, outputs)] + (isDamped ? [(.damping, outputs)] : [])
      case .monteCarlo(let draws):
        [(.draws, draws)] + (isDamped ? [(.dampingProbes, draws)] : [])
      case .empiricalFisher: [(.targets, 1)]
      }
    neededStage = source.neededStage
    columnCount = sweeps.reduce(0) { $0 + $1.columns }
    self.outputDamping = T(outputDamping)
    let column = network.hiddenRowCount * maximumBatchSize
    chunk = all ? columnCount : min(sweeps.map(\.columns).max()!, max(1, 12_288 / column))
    memory = Buffer(count: column * chunk)
    factor = Buffer(count: 3 * outputs * maximumBatchSize)
    uniforms = Buffer(count: outputs * maximumBatchSize * chunk)
    staging = Buffer(count: all && sweeps.count > 1 ? outputs * maximumBatchSize * chunk : 0)
    self.stream = VectorRandomStream(stream)
  }

  func code(_ coder: CheckpointCoder<T>) { coder.code("stream", &stream) }

  /// c_k = Σ_q (s_k^q)² for every unit.
  func modulus(at workspace: Workspace<T>, _ parameters: Parameters<T>, into c: Rows<T>) {
    let network = workspace.network
    let batch = workspace.batch
    let outputs = network.outputRows
    var accumulate = false
    for sweep in sweeps {
      prepare(sweep.kind, at: workspace)
      for start in stride(from: 0, to: sweep.columns, by: chunk) {
        let columns = start..<min(start + chunk, sweep.columns)
        let rows = workspace.unitRows(memory, columns: columns.count * batch)
        if sweep.kind.isDiagonal {
          scatter(columns, at: workspace, parameters, into: rows)
        } else {
          fill(columns, of: sweep, at: workspace, rows.row(outputs.lowerBound))
          T.sumSquaresRepeated(
            rows: outputs.count, batch: batch, repeats: columns.count,
            s: rows.row(outputs.lowerBound), lds: rows.columns,
            accumulate: accumulate, c: c.row(outputs.lowerBound))
        }
        sumSquares(
          rows, repeats: columns.count, at: workspace, parameters, accumulate: accumulate,
          outputLayerIsDone: sweep.kind.isDiagonal, into: c)
        accumulate = true
      }
      if sweep.kind.isDiagonal {
        T.scaledSquare(
          count: outputs.count * batch, scale: 1, r: factor.pointer,
          accumulate: sweep.kind == .damping,
          into: c.row(outputs.lowerBound))
      }
    }
    let first = network.layers[0]
    if network.layers.count > 1 && !first.derivativeIsOne
      && first.activation.groupNonlinearity == nil
    {
      let row = c.row(first.rows.lowerBound)
      T.multiplySquared(
        count: first.rows.count * batch, r: workspace.derivatives.row(first.rows.lowerBound),
        m: row, into: row)
    }
  }

  /// The signals of all units for all columns, units × (columns × batch).
  func allSignals(at workspace: Workspace<T>, _ parameters: Parameters<T>) -> Rows<T> {
    let rows = outputColumns(at: workspace)
    workspace.backpropagate(rows, repeats: columnCount, parameters)
    return rows
  }

  /// The signals of the outputs for all columns, in memory for those of all units.
  func outputColumns(at workspace: Workspace<T>) -> Rows<T> {
    workspace.require(neededStage, for: "a pass of signals")
    precondition(chunk == columnCount, "memory for \(chunk) of \(columnCount) columns")
    let (network, batch) = (workspace.network, workspace.batch)
    let rows = workspace.unitRows(memory, columns: columnCount * batch)
    var done = 0
    for sweep in sweeps {
      prepare(sweep.kind, at: workspace)
      let width = sweep.columns * batch
      // One sweep fills the rows in place; several are written apart and put side by side.
      let output = rows.row(network.outputRows.lowerBound)
      let target = sweeps.count == 1 ? output : staging.pointer
      if sweep.kind.isDiagonal {
        T.fill(count: network.outputCount * width, value: 0, into: target)
        for o in 0..<network.outputCount {
          (target + o * width + o * batch).update(from: factor.pointer + o * batch, count: batch)
        }
      } else {
        fill(0..<sweep.columns, of: sweep, at: workspace, target)
      }
      if target != output {
        for o in 0..<network.outputCount {
          (output + o * rows.columns + done * batch).update(from: target + o * width, count: width)
        }
      }
      done += sweep.columns
    }
    return rows
  }

  /// Backpropagates one chunk and adds its squares to c, but for the r² of the first layer.
  private func sumSquares(
    _ rows: Rows<T>, repeats: Int, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    accumulate: Bool, outputLayerIsDone: Bool, into c: Rows<T>
  ) {
    let first = workspace.network.layers[0].rows
    workspace.propagateBack(
      rows, weights: parameters.pointer, outputLayerIsDone: outputLayerIsDone
    ) { layer in
      let (s, sum) = (rows.row(layer.rows.lowerBound), c.row(layer.rows.lowerBound))
      let isDone =
        layer.derivativeIsOne || workspace.reduceGroups(of: layer, rows, repeats: repeats)
      if isDone || layer.rows == first {
        // Nothing below the first layer reads its signals: r² is a factor of the sum.
        T.sumSquaresRepeated(
          rows: layer.rows.count, batch: workspace.batch, repeats: repeats, s: s, lds: rows.columns,
          accumulate: accumulate, c: sum)
      } else {
        T.multiplyRepeatedSquares(
          rows: layer.rows.count, batch: workspace.batch, repeats: repeats,
          r: workspace.derivatives.row(layer.rows.lowerBound), s: s, accumulate: accumulate, c: sum)
      }
    }
  }

  /// Computes what all columns of a sweep share.
  private func prepare(_ kind: Sweep, at workspace: Workspace<T>) {
    let count = workspace.network.outputCount * workspace.batch
    switch kind {
    case .factor: workspace.outputFactor(into: factor)
    case .diagonalMetric:
      workspace.outputModulus(damping: outputDamping, into: factor.pointer)
      T.squareRoot(count: count, x: factor.pointer, into: factor.pointer)
    case .damping:
      let r = workspace.derivatives.row(workspace.network.outputRows.lowerBound)
      T.scaleAdd(
        count: count, alpha: outputDamping.squareRoot(), x: r, beta: 0, into: factor.pointer)
      workspace.weight(factor.pointer, by: workspace.rootWeights, repeats: 1)
    case .draws, .dampingProbes, .targets: break
    }
  }

  /// Writes columns of a sweep that is not diagonal, outputs × (columns × batch).
  private func fill(
    _ columns: Range<Int>, of sweep: (kind: Sweep, columns: Int), at workspace: Workspace<T>,
    _ output: UnsafeMutablePointer<T>
  ) {
    switch sweep.kind {
    case .factor: workspace.outputMetricColumns(columns, factor: factor, into: output)
    case .draws:
      workspace.sampledOutputSignals(
        columns.count, scale: 1 / T(sweep.columns).squareRoot(), using: &stream,
        uniforms: uniforms, into: output)
    case .dampingProbes:
      workspace.signProbes(
        columns.count, scale: (outputDamping / T(sweep.columns)).squareRoot(), using: &stream,
        into: output)
    case .targets:
      output.update(
        from: workspace.signals.row(workspace.network.outputRows.lowerBound),
        count: workspace.network.outputCount * workspace.batch)
    case .diagonalMetric, .damping: preconditionFailure("diagonal columns are scattered")
    }
  }

  /// Diagonal columns past the output layer: each output's signal spreads over the units that this
  /// output reads.
  private func scatter(
    _ columns: Range<Int>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into rows: Rows<T>
  ) {
    let network = workspace.network
    let last = network.layers.last!
    for range in network.rowsToClearForScatter {
      T.fill(count: range.count * rows.columns, value: 0, into: rows.row(range.lowerBound))
    }
    for output in columns {
      last.connection.applyTransposed(
        row: output, parameters.pointer + last.parameters.lowerBound,
        factor.pointer + output * workspace.batch, count: workspace.batch, into: rows,
        firstColumn: (output - columns.lowerBound) * workspace.batch)
    }
  }
}
