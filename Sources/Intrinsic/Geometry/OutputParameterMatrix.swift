import IntrinsicMath

/// The metric of the output parameters ϑ of a softmax model, Pr(k) ∝ e^{ϑ_k a_k}, all of them
/// together (Ollivier 2015, Remark 16):
///
///     A_kk′ = E[a_k a_k′ F_kk′],  F = diag(p) − p pᵀ (+ ε Id with damping of the output metric)
///
/// or E[a_k b̃_k a_k′ b̃_k′] for the outer product. Natural, unitwise and backpropagated metrics agree
/// on it, and with n_out parameters there is nothing to reduce: O(B n_out³) an estimate.
final class OutputParameterMatrix<T: Scalar> {
  private let network: Network
  private let isFisher: Bool
  private let outputDamping: T
  private let factor: Buffer<T>
  /// Columns U with A = U Uᵀ, outputs × (columns × batch).
  private let columns: Buffer<T>
  private let average: Buffer<T>
  private let work: Buffer<T>

  init(_ network: Network, isFisher: Bool, outputDamping: Double, maximumBatchSize: Int) {
    self.network = network
    self.isFisher = isFisher
    self.outputDamping = T(outputDamping)
    let outputs = network.outputCount
    factor = Buffer(count: 3 * outputs * maximumBatchSize)
    columns = Buffer(count: outputs * maximumBatchSize * (isFisher ? outputs : 1))
    average = Buffer(count: outputs * outputs)
    work = Buffer(count: outputs * outputs)
  }

  /// A ← (1 − keep) A(x) + keep · A.
  func estimate(at workspace: Workspace<T>, keep: T) {
    let (outputs, batch) = (network.outputCount, workspace.batch)
    let repeats = isFisher ? outputs : 1
    if isFisher {
      workspace.outputFactor(into: factor)
      workspace.outputMetricColumns(0..<outputs, factor: factor, into: columns.pointer)
    } else {
      columns.pointer.update(
        from: workspace.signals.row(network.outputRows.lowerBound), count: outputs * batch)
    }
    let a = workspace.activities.row(network.layers[network.layers.count - 2].rows.lowerBound)
    T.multiplyRepeated(rows: outputs, batch: batch, repeats: repeats, r: a, s: columns.pointer)
    let width = repeats * batch
    T.syrk(
      n: outputs, k: width, alpha: (1 - keep) / T(batch), a: columns.pointer, lda: width,
      beta: keep, c: average.pointer, ldc: outputs)
    if outputDamping > 0 {
      for k in 0..<outputs {
        let square = T.dot(count: batch, x: a + k * batch, y: a + k * batch) / T(batch)
        average.pointer[k * outputs + k] += (1 - keep) * outputDamping * square
      }
    }
  }

  /// A ← A + ε Id.
  func addToDiagonal(_ epsilon: T) {
    T.addToDiagonal(
      count: network.outputCount, value: epsilon, a: average.pointer, ld: network.outputCount)
  }

  /// δϑ = (A + ε Id)⁻¹ G.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let (outputs, range) = (network.outputCount, network.layers.last!.parameters)
    work.copy(from: average)
    T.addToDiagonal(count: outputs, value: epsilon, a: work.pointer, ld: outputs)
    let failure = T.choleskyFactor(n: outputs, a: work.pointer, lda: outputs)
    if failure != 0 {
      throw .notPositiveDefinite(
        layer: network.layers.count - 1, unit: failure - 1, pivot: failure - 1,
        damping: Double(epsilon))
    }
    let out = step.mutablePointer + range.lowerBound
    out.update(from: gradient.pointer + range.lowerBound, count: outputs)
    T.choleskySolve(n: outputs, factor: work.pointer, lda: outputs, b: out)
  }

  func code(_ coder: CheckpointCoder<T>) { coder.code("average", average) }

  /// Puts a matrix in the place of the average.
  func set(_ matrix: Matrix<T>) {
    for (i, value) in matrix.elements.enumerated() { average[i] = value }
  }

  /// The whole matrix, without damping.
  var matrix: Matrix<T> {
    let count = network.outputCount
    var result = Matrix<T>(rows: count, columns: count)
    for i in 0..<count {
      for j in 0...i {
        result[i, j] = average[i * count + j]
        result[j, i] = result[i, j]
      }
    }
    return result
  }
}
