import IntrinsicMath

/// Backpropagates the signed signals of a source: the columns q of a factor of the source metric at
/// the outputs, so that unit k receives s_k^q(x) = r_k Σ_o J_k^o L_oq with Σ_q s_k^q s_k′^q =
/// r_k r_k′ Φ_kk′ (Ollivier 2015, Definition 2, 14–17 and Proposition 27).
///
/// Columns are processed in chunks that fit the processor's cache.
final class SignalPass<T: Scalar> {
  let source: SignalSource
  /// Columns for each sample: the number of outputs, or of draws.
  let columnCount: Int
  private let chunk: Int
  private let memory: Buffer<T>
  private let factor: Buffer<T>
  private let uniforms: Buffer<T>
  private var stream: VectorRandomStream

  /// - Parameter all: whether memory for all columns at once is wanted, for `allSignals`.
  init(
    _ source: SignalSource, _ network: Network, capacity: Int, stream: RandomStream,
    all: Bool = false
  ) {
    self.source = source
    columnCount = source.columnCount(network)
    let column = network.hiddenRowCount * capacity
    let fitting = max(1, 12_288 / column)
    chunk = all ? columnCount : min(columnCount, fitting)
    memory = Buffer(count: column * chunk)
    factor = Buffer(count: source == .fisher ? 3 * network.outputCount * capacity : 0)
    uniforms = Buffer(count: source == .fisher ? 0 : network.outputCount * capacity * chunk)
    self.stream = VectorRandomStream(stream)
  }

  /// c_k = Σ_q (s_k^q)² for every unit.
  func modulus(at workspace: Workspace<T>, _ parameters: Parameters<T>, into c: Rows<T>) {
    let network = workspace.network
    let batch = workspace.batch
    let isDiagonal = source == .fisher && workspace.outputMetricIsDiagonal
    let first = network.layers[0]
    let outputs = network.outputRows
    prepare(at: workspace, into: c)
    for start in stride(from: 0, to: columnCount, by: chunk) {
      let columns = start..<min(start + chunk, columnCount)
      let accumulate: Int32 = start == 0 ? 0 : 1
      let rows = workspace.unitRows(memory, columns: columns.count * batch)
      if isDiagonal {
        scatter(columns, at: workspace, parameters, c, into: rows)
      } else {
        fill(columns, at: workspace, rows)
        T.kernels.sumSquaresRepeated(
          outputs.count, batch, columns.count, rows.row(outputs.lowerBound), rows.columns,
          accumulate, c.row(outputs.lowerBound))
      }
      workspace.propagateBack(
        rows, weights: parameters.pointer, outputLayerIsDone: isDiagonal
      ) { layer in
        let (s, sum) = (rows.row(layer.rows.lowerBound), c.row(layer.rows.lowerBound))
        if layer.derivativeIsOne || layer.rows == first.rows {
          // Nothing below the first layer reads its signals: r² is a factor of the sum.
          T.kernels.sumSquaresRepeated(
            layer.rows.count, batch, columns.count, s, rows.columns, accumulate, sum)
        } else {
          T.kernels.multiplyRepeatedSquares(
            layer.rows.count, batch, columns.count,
            workspace.derivatives.row(layer.rows.lowerBound),
            s, accumulate, sum)
        }
      }
    }
    if isDiagonal {
      let row = c.row(outputs.lowerBound)
      T.kernels.square(outputs.count * batch, row, row)
    }
    if network.layers.count > 1 && !first.derivativeIsOne {
      let row = c.row(first.rows.lowerBound)
      T.kernels.multiplySquared(
        first.rows.count * batch, workspace.derivatives.row(first.rows.lowerBound), row, row)
    }
  }

  /// The signals of all units for all columns, units × (columns × batch).
  func allSignals(at workspace: Workspace<T>, _ parameters: Parameters<T>) -> Rows<T> {
    precondition(chunk == columnCount, "memory for \(chunk) of \(columnCount) columns")
    let rows = workspace.unitRows(memory, columns: columnCount * workspace.batch)
    let output = rows.row(workspace.network.outputRows.lowerBound)
    if source == .fisher && workspace.outputMetricIsDiagonal {
      fillDiagonal(at: workspace, output)
    } else {
      prepareFactor(at: workspace)
      fill(0..<columnCount, at: workspace, rows)
    }
    workspace.backpropagate(rows, repeats: columnCount, parameters)
    return rows
  }

  private func prepareFactor(at workspace: Workspace<T>) {
    if source == .fisher { workspace.outputFactor(into: factor) }
  }

  /// Leaves r √F_out in the output rows of `c` if F_out is diagonal, and the factor of F_out
  /// otherwise.
  private func prepare(at workspace: Workspace<T>, into c: Rows<T>) {
    guard source == .fisher else { return }
    guard workspace.outputMetricIsDiagonal else { return prepareFactor(at: workspace) }
    let row = c.row(workspace.network.outputRows.lowerBound)
    workspace.outputModulus(into: row)
    T.kernels.squareRoot(workspace.network.outputCount * workspace.batch, row, row)
  }

  /// Writes columns of the source into the output rows.
  private func fill(_ columns: Range<Int>, at workspace: Workspace<T>, _ rows: Rows<T>) {
    let network = workspace.network
    let output = rows.row(network.outputRows.lowerBound)
    switch source {
    case .fisher:
      workspace.outputMetricColumns(columns, factor: factor, into: output)
    case .monteCarlo:
      workspace.sampledOutputSignals(
        columns.count, scale: 1 / T(columnCount).squareRoot(), using: &stream, uniforms: uniforms,
        into: output)
    case .outerProduct:
      output.update(
        from: workspace.signals.row(network.outputRows.lowerBound),
        count: network.outputCount * workspace.batch)
    }
  }

  /// Column o of a diagonal factor is r_o √F_oo on output o alone, for all outputs at once.
  private func fillDiagonal(at workspace: Workspace<T>, _ output: UnsafeMutablePointer<T>) {
    let (outputs, batch) = (workspace.network.outputCount, workspace.batch)
    T.kernels.fill(outputs * outputs * batch, 0, output)
    workspace.outputModulus(into: factor.pointer)
    T.kernels.squareRoot(outputs * batch, factor.pointer, factor.pointer)
    for o in 0..<outputs {
      (output + (o * outputs + o) * batch).update(from: factor.pointer + o * batch, count: batch)
    }
  }

  /// The same columns past the output layer: each output's signal spreads over the units that this
  /// output reads.
  private func scatter(
    _ columns: Range<Int>, at workspace: Workspace<T>, _ parameters: Parameters<T>, _ c: Rows<T>,
    into rows: Rows<T>
  ) {
    let network = workspace.network
    let last = network.layers.last!
    for range in network.rowsToClearForScatter {
      T.kernels.fill(range.count * rows.columns, 0, rows.row(range.lowerBound))
    }
    for output in columns {
      last.connection.applyTransposed(
        unit: output, parameters.pointer + last.parameters.lowerBound,
        c.row(last.rows.lowerBound + output), count: workspace.batch, into: rows,
        firstColumn: (output - columns.lowerBound) * workspace.batch)
    }
  }
}
