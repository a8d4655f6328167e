import IntrinsicMath

/// The metric over all parameters at once, or its diagonal blocks over those of each layer: A = U Uᵀ, where the
/// columns of U are the gradients ã_i s_k^q(x)/√B of every sample x and signal column q (Ollivier 2015, 101–104).
///
/// Each block is solved in the space of parameters (P³) or of columns (the Woodbury identity), whichever is
/// smaller.
final class ParameterBlocks<T: Scalar> {
  private let network: Network
  private let signals: SignalPass<T>
  private let u: Buffer<T>
  private let blocks: [Block]
  /// For matrices that are smaller than their duals, averaged or pseudo-inverted.
  private let solver: DampedSolver<T>
  /// The number of columns of U.
  private var columns = 0

  private struct Block {
    /// Nil for the block of all parameters.
    let layer: Int?
    let parameters: Range<Int>
    let average: Buffer<T>?
    /// Where the block is solved in the space of columns.
    let dual: SampleSpaceSolver<T>?
    var size: Int { parameters.count }
  }

  /// - Parameter isLayerwise: whether the blocks are those of layers.
  init(
    _ source: SignalSource, _ network: Network, isLayerwise: Bool, damping: Damping,
    averaging: MetricAveraging, maximumBatchSize: Int, stream: RandomStream
  ) throws(MetricError) {
    self.network = network
    let count = network.parameterCount
    let perSample = source.columnCount(network) * (damping.output > 0 ? 2 : 1)
    let columns = perSample * maximumBatchSize
    let places: [(layer: Int?, parameters: Range<Int>)] =
      isLayerwise
      ? network.places(.layers).map { ($0.layer, $0.parameters) } : [(nil, 0..<count)]
    // Without damping the matrix over fewer columns than parameters is singular anyway.
    let mayBeDual =
      damping.additive > 0 && damping.pseudoInverse == nil && averaging.isMemoryless
    func isDual(_ size: Int) -> Bool { mayBeDual && columns < size }
    let sizes = places.map(\.parameters.count)
    let largest = sizes.filter { !isDual($0) }.max() ?? 0
    let squares =
      sizes.reduce(largest * largest) {
        $0 + (isDual($1) ? 2 * columns * columns : averaging.isMemoryless ? 0 : $1 * $1)
      }
    let bytes = Double(count * columns + squares) * Double(MemoryLayout<T>.stride)
    if bytes > 8e9 {
      throw .tooLarge(parameters: count, columns: columns, gigabytes: (bytes / 1e9).rounded())
    }
    signals = SignalPass(
      source, network, outputDamping: damping.output, maximumBatchSize: maximumBatchSize,
      stream: stream,
      all: true)
    u = Buffer(count: count * columns)
    solver = DampedSolver(size: largest, pseudoInverse: damping.pseudoInverse)
    blocks = places.map { layer, parameters in
      let size = parameters.count
      return Block(
        layer: layer, parameters: parameters,
        average: averaging.isMemoryless ? nil : Buffer(count: size * size),
        dual: isDual(size) ? SampleSpaceSolver(rows: size, columns: columns) : nil)
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
    for block in blocks {
      guard let average = block.average else { continue }
      T.syrk(
        n: block.size, k: columns, alpha: 1 - keep, a: factor(of: block), lda: columns, beta: keep,
        c: average.pointer, ldc: block.size)
    }
  }

  private func factor(of block: Block) -> UnsafePointer<T> {
    UnsafePointer(u.pointer + block.parameters.lowerBound * columns)
  }

  /// A ← A + ε Id.
  func addToDiagonal(_ epsilon: T) {
    for block in blocks {
      guard let average = block.average else {
        preconditionFailure("only averages have an initial damping")
      }
      T.addToDiagonal(count: block.size, value: epsilon, a: average.pointer, ld: block.size)
    }
  }

  /// δθ = (A + ε Id)⁻¹ G.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let out = step.mutablePointer
    for block in blocks {
      let first = block.parameters.lowerBound
      try solve(block, gradient.pointer + first, epsilon: epsilon, into: out + first)
    }
  }

  private func solve(
    _ block: Block, _ gradient: UnsafePointer<T>, epsilon: T, into out: UnsafeMutablePointer<T>
  ) throws(MetricError) {
    let count = block.size
    if let dual = block.dual {
      dual.load(factor(of: block), rows: count, columns: columns)
      let failure = dual.factor(scale: nil, columns: columns, epsilon: epsilon)
      if failure != 0 {
        throw .notPositiveDefinite(
          pivot: failure - 1, of: columns, damping: Double(epsilon), layer: block.layer, unit: nil)
      }
      dual.solve(
        factor(of: block), scale: nil, rows: count, columns: columns, epsilon: epsilon, gradient,
        into: out)
      return
    }
    form(block, into: solver.matrix.pointer)
    out.update(from: gradient, count: count)
    if let failure = solver.solve(count, epsilon: epsilon, out, layer: block.layer, unit: nil) {
      throw failure
    }
  }

  /// The lower triangle of a matrix.
  private func form(_ block: Block, into matrix: UnsafeMutablePointer<T>) {
    let count = block.size
    if let average = block.average {
      matrix.update(from: average.pointer, count: count * count)
    } else {
      T.syrk(
        n: count, k: columns, alpha: 1, a: factor(of: block), lda: columns, beta: 0, c: matrix,
        ldc: count)
    }
  }

  /// Carries what later estimates and solves depend on.
  ///
  /// - Parameter source: the workspace that the last estimate was made at, if solves may follow
  ///   without another one.
  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    if blocks[0].average != nil {
      for block in blocks {
        coder.code(block.layer.map { "average.\($0)" } ?? "average", block.average!)
      }
    } else if let source {
      coder.code("u", u)
      columns = signals.columnCount * source.batch
    }
    coder.within("signals") { signals.code(coder) }
  }

  /// Puts matrices in the place of the averages.
  func set(_ matrices: [Matrix<T>]) {
    for (block, matrix) in zip(blocks, matrices) {
      guard let average = block.average else { preconditionFailure("only averages can be set") }
      precondition(
        matrix.rows == block.size, "a matrix of \(matrix.rows) over \(block.size) parameters")
      for (i, value) in matrix.elements.enumerated() { average[i] = value }
    }
  }

  /// The matrix of a layer, or that over all parameters, without damping.
  func matrix(layer: Int? = nil) -> Matrix<T> {
    guard let block = blocks.first(where: { $0.layer == layer }) else {
      return Matrix(rows: 0, columns: 0)
    }
    var result = Matrix<T>(rows: block.size, columns: block.size)
    result.elements.withUnsafeMutableBufferPointer { form(block, into: $0.baseAddress!) }
    result.mirrorLowerTriangle()
    return result
  }
}
