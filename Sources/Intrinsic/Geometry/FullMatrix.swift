import IntrinsicMath

/// The metric over all parameters at once: A = U Uᵀ, where the columns of U are the gradients
/// ã_i s_k^q(x)/√B of every sample x and signal column q (Ollivier 2015, 101–104).
///
/// Solved in the space of parameters (P³) or of columns (the Woodbury identity), whichever is
/// smaller.
final class FullMatrix<T: Scalar> {
  private let network: Network
  private let signals: SignalPass<T>
  private let u: Buffer<T>
  /// The matrix itself, where it is smaller than its dual, averaged or pseudo-inverted.
  private let work: Buffer<T>?
  private let average: Buffer<T>?
  private let solver: SampleSpaceSolver<T>?
  private let pseudoInverse: PseudoInverse<T>?
  /// The number of columns of U.
  private var columns = 0

  init(
    _ source: SignalSource, _ network: Network, damping: Damping, averaging: MetricAveraging,
    maximumBatchSize: Int, stream: RandomStream
  ) throws(MetricError) {
    self.network = network
    let count = network.parameterCount
    let perSample = source.columnCount(network) * (damping.output > 0 ? 2 : 1)
    let columns = perSample * maximumBatchSize
    // Without damping the matrix over fewer columns than parameters is singular anyway.
    let isDual =
      columns < count && damping.additive > 0 && damping.pseudoInverse == nil
      && averaging.isMemoryless
    let squares = isDual ? 2 * columns * columns : (averaging.isMemoryless ? 1 : 2) * count * count
    let bytes = Double(count * columns + squares) * Double(MemoryLayout<T>.stride)
    if bytes > 8e9 {
      throw .tooLarge(parameters: count, columns: columns, gigabytes: (bytes / 1e9).rounded())
    }
    signals = SignalPass(
      source, network, outputDamping: damping.output, maximumBatchSize: maximumBatchSize,
      stream: stream,
      all: true)
    u = Buffer(count: count * columns)
    work = isDual ? nil : Buffer(count: count * count)
    average = averaging.isMemoryless ? nil : Buffer(count: count * count)
    solver = isDual ? SampleSpaceSolver(rows: count, columns: columns) : nil
    pseudoInverse = damping.pseudoInverse.map {
      PseudoInverse(cutoff: T($0), values: Buffer(count: count), vector: Buffer(count: count))
    }
  }

  /// A ← (1 − keep) A(x) + keep · A.
  func estimate(at workspace: Workspace<T>, _ parameters: Parameters<T>, keep: T) {
    let rows = signals.allSignals(at: workspace, parameters)
    columns = rows.columns
    for layer in network.layers {
      layer.connection.perSampleOuter(
        units: 0..<layer.unitCount, rows.row(layer.rows.lowerBound), workspace.activities,
        repeats: signals.columnCount,
        scale: 1 / T(workspace.batch).squareRoot(),
        into: u.pointer + layer.parameters.lowerBound * columns)
    }
    if let average {
      let count = network.parameterCount
      T.syrk(
        n: count, k: columns, alpha: 1 - keep, a: u.pointer, lda: columns, beta: keep,
        c: average.pointer, ldc: count)
    }
  }

  /// A ← A + ε Id.
  func addToDiagonal(_ epsilon: T) {
    guard let average else { preconditionFailure("only averages have an initial damping") }
    T.addToDiagonal(
      count: network.parameterCount, value: epsilon, a: average.pointer, ld: network.parameterCount)
  }

  /// δθ = (A + ε Id)⁻¹ G.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let count = network.parameterCount
    let out = step.mutablePointer
    if let solver {
      solver.load(u.pointer, rows: count, columns: columns)
      try check(solver.factor(scale: nil, columns: columns, epsilon: epsilon), columns, epsilon)
      solver.solve(
        u.pointer, scale: nil, rows: count, columns: columns, epsilon: epsilon, gradient.pointer,
        into: out)
      return
    }
    let matrix = work!.pointer
    formMatrix(into: matrix)
    T.addToDiagonal(count: count, value: epsilon, a: matrix, ld: count)
    out.update(from: gradient.pointer, count: count)
    if let pseudoInverse {
      if !pseudoInverse.solve(count, matrix, out) {
        throw .eigenvaluesNotFound(layer: nil, unit: nil)
      }
      return
    }
    try check(T.choleskyFactor(n: count, a: matrix, lda: count), count, epsilon)
    T.choleskySolve(n: count, factor: matrix, lda: count, b: out)
  }

  /// The lower triangle of the matrix.
  private func formMatrix(into matrix: UnsafeMutablePointer<T>) {
    let count = network.parameterCount
    if let average {
      matrix.update(from: average.pointer, count: count * count)
    } else {
      T.syrk(
        n: count, k: columns, alpha: 1, a: u.pointer, lda: columns, beta: 0, c: matrix, ldc: count)
    }
  }

  private func check(_ failure: Int, _ size: Int, _ epsilon: T) throws(MetricError) {
    if failure != 0 {
      throw .fullMatrixNotPositiveDefinite(
        pivot: failure - 1, size: size, damping: Double(epsilon))
    }
  }

  /// Carries what later estimates and solves depend on.
  ///
  /// - Parameter source: the workspace that the last estimate was made at, if solves may follow
  ///   without another one.
  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    if let average {
      coder.code("average", average)
    } else if let source {
      coder.code("u", u)
      columns = signals.columnCount * source.batch
    }
    coder.within("signals") { signals.code(coder) }
  }

  /// Puts a matrix in the place of the average.
  func set(_ matrix: Matrix<T>) {
    guard let average else { preconditionFailure("only averages can be set") }
    for (i, value) in matrix.elements.enumerated() { average[i] = value }
  }

  /// The whole matrix, parameters × parameters, without damping.
  func matrix() -> Matrix<T> {
    let count = network.parameterCount
    var result = Matrix<T>(rows: count, columns: count)
    result.elements.withUnsafeMutableBufferPointer { formMatrix(into: $0.baseAddress!) }
    for i in 0..<count {
      for j in 0..<i { result[j, i] = result[i, j] }
    }
    return result
  }
}
