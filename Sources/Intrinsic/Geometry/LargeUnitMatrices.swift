import IntrinsicMath

/// Unit matrices of one layer, factored one unit at a time by LAPACK: by Cholesky, or by their
/// eigenvalues where a pseudo-inverse is wanted.
///
/// Without averages a matrix exists only while its unit is solved; with them all are kept.
final class LargeUnitMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  private let layer: Int
  private let activities: UnitActivities<T>
  /// What one thread works in.
  private final class Scratch {
    /// ã √(c/B) of some positions, or the products of ã with signals.
    var scaled: Buffer<T>
    let root: Buffer<T>
    let solver: DampedSolver<T>

    init(largest: Int, maximumBatchSize: Int, chunk: Int, pseudoInverse: Double?) {
      scaled = Buffer(count: largest * maximumBatchSize * chunk)
      root = Buffer(count: maximumBatchSize)
      solver = DampedSolver(size: largest, pseudoInverse: pseudoInverse)
    }
  }

  private let work: SharedWork<Scratch>
  /// The positions whose columns are multiplied at once.
  private let chunk: Int
  /// The modulus of the layer, units × batch.
  private let modulus: Buffer<T>
  /// The matrices of all units one after the other, if they are averages.
  private let averages: Buffer<T>?
  private let offsets: [Int]
  private var batch = 0
  /// Signals and activities, where products with them are squared after their sum over positions.
  private var sampleSums: (signals: Rows<T>, pass: KeptPass<T>)?
  /// Memory of signals that came from a checkpoint.
  private var restoredSignals: Buffer<T>?

  init(
    _ network: Network, layer: Int, maximumBatchSize: Int, averages: Bool, pseudoInverse: Double?,
    threads: Int
  ) throws(MetricError) {
    self.network = network
    self.layer = layer
    activities = UnitActivities(network, layer: layer, maximumBatchSize: maximumBatchSize)
    let largest = activities.largestSize
    chunk = min(network.layers[layer].positions, max(1, 2_048 / maximumBatchSize))
    let units = network.layers[layer].unitCount
    // Threads are worth their cost from about a thousand products each.
    let isLarge = units * largest * largest > 1 << 14
    work = SharedWork(threads: isLarge ? threads : 1, count: units) { [chunk] in
      Scratch(
        largest: largest, maximumBatchSize: maximumBatchSize, chunk: chunk,
        pseudoInverse: pseudoInverse)
    }
    modulus = Buffer(count: network.layers[layer].rows.count * maximumBatchSize)
    offsets = (0..<units).reduce(into: [0]) {
      let size = network.parameters(layer: layer, unit: $1).count
      $0.append($0.last! + size * size)
    }
    let bytes = Double(offsets.last! * MemoryLayout<T>.stride)
    if averages && bytes > 8e9 {
      throw .tooLarge(
        parameters: network.layers[layer].parameters.count, columns: units,
        gigabytes: (bytes / 1e9).rounded())
    }
    self.averages = averages ? Buffer(count: offsets.last!) : nil
  }

  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    load(modulus: modulus.values, at: workspace)
    if network.layers[layer].connection.sharesParameters {
      load(signals: modulus.signals, at: workspace)
    }
    guard let averages else { return }
    form(weight: 1 - keep, keep: keep, into: averages)
  }

  private func load(signals: Rows<T>?, at workspace: Workspace<T>) {
    batch = workspace.batch
    sampleSums = signals.map { ($0, KeptPass(workspace)) }
    guard let signals else { return }
    let count = activities.largestSize * signals.columns
    for scratch in work.memories where scratch.scaled.count < count {
      scratch.scaled = Buffer(count: count)
    }
  }

  private func load(modulus c: Rows<T>, at workspace: Workspace<T>) {
    batch = workspace.batch
    sampleSums = nil
    activities.load(workspace)
    let rows = network.layers[layer].rows
    modulus.pointer.update(from: c.row(rows.lowerBound), count: rows.count * batch)
  }

  private func form(weight: T, keep: T, into averages: Buffer<T>) {
    work.forEach(network.layers[layer].unitCount) { unit, scratch in
      form(
        unit, size(unit), weight: weight, keep: keep, into: averages.pointer + offsets[unit],
        scratch)
    }
  }

  /// A ← keep · A.
  func fade(keep: T) {
    T.scaleAdd(
      count: offsets.last!, alpha: keep, x: averages!.pointer, beta: 0, into: averages!.pointer)
  }

  /// A ← A + weight · E[ã ãᵀ c].
  func add(modulus c: Rows<T>, at workspace: Workspace<T>, weight: T) {
    load(modulus: c, at: workspace)
    form(weight: weight, keep: 1, into: averages!)
  }

  /// A ← A + weight · E[Σ_q u uᵀ] with u = Σ_positions s^q ã.
  func addSampleSums(_ s: Rows<T>, at workspace: Workspace<T>, weight: T) {
    load(signals: s, at: workspace)
    form(weight: weight, keep: 1, into: averages!)
  }

  /// A ← A + weight · v vᵀ for each unit, with one number for each parameter of the network.
  func addProducts(of v: Buffer<T>, weight: T) {
    for unit in offsets.indices.dropLast() {
      let part = v.pointer + network.parameters(layer: layer, unit: unit).lowerBound
      T.syrk(
        n: size(unit), k: 1, alpha: weight, a: part, lda: 1, beta: 1,
        c: averages!.pointer + offsets[unit], ldc: size(unit))
    }
  }

  /// A ← A + diag(d), with one number for each parameter of the network.
  func addDiagonal(_ d: Buffer<T>) {
    for unit in offsets.indices.dropLast() {
      let (size, range) = (size(unit), network.parameters(layer: layer, unit: unit))
      for i in 0..<size {
        averages![offsets[unit] + i * size + i] += d[range.lowerBound + i]
      }
    }
  }

  func addToDiagonal(_ epsilon: T) {
    guard let averages else { preconditionFailure("only averages have an initial damping") }
    for unit in 0..<network.layers[layer].unitCount {
      T.addToDiagonal(
        count: size(unit), value: epsilon, a: averages.pointer + offsets[unit], ld: size(unit))
    }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let (memory, g) = (step.mutablePointer, gradient.pointer)
    try work.forEach(network.layers[layer].unitCount) { unit, scratch -> MetricError? in
      let range = network.parameters(layer: layer, unit: unit)
      let out = memory + range.lowerBound
      out.update(from: g + range.lowerBound, count: range.count)
      copyMatrix(unit, scratch)
      return scratch.solver.solve(range.count, epsilon: epsilon, out, layer: layer, unit: unit)
    }
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    if let averages {
      coder.code("averages", averages)
    } else if let source {
      coder.code("modulus", modulus)
      if coder.isRestoring {
        batch = source.batch
        activities.load(source)
      }
      codeSignals(coder, source)
    }
  }

  /// Carries the signals that are squared after their sum over positions, if there are any.
  private func codeSignals(_ coder: CheckpointCoder<T>, _ source: Workspace<T>) {
    var columns = sampleSums?.signals.columns ?? 0
    coder.code("signal_columns", &columns)
    guard (0...1 << 24).contains(columns) else { return coder.refuse("signal_columns") }
    if columns == 0 { return }
    let rows = network.layers[layer].rows
    let memory = Buffer<T>(count: rows.count * columns)
    if let kept = sampleSums?.signals, kept.columns == columns {
      memory.pointer.update(from: kept.row(rows.lowerBound), count: memory.count)
    }
    coder.code("signals", memory)
    guard coder.isRestoring else { return }
    restoredSignals = memory
    load(
      signals: Rows(memory.pointer, firstRow: rows.lowerBound, columns: columns), at: source)
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    guard let averages else { preconditionFailure("only averages can be set") }
    for (i, value) in matrix.elements.enumerated() { averages[offsets[unit] + i] = value }
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    let size = size(unit)
    let scratch = work.memories[0]
    copyMatrix(unit, scratch)
    let matrix = scratch.solver.matrix
    var result = Matrix<T>(rows: size, columns: size)
    for i in 0..<size {
      for j in 0...i {
        result[i, j] = matrix[i * size + j]
        result[j, i] = result[i, j]
      }
    }
    return result
  }

  private func size(_ unit: Int) -> Int { network.parameters(layer: layer, unit: unit).count }

  /// Leaves the lower triangle of A in the memory of a thread.
  private func copyMatrix(_ unit: Int, _ scratch: Scratch) {
    let size = size(unit)
    if let averages {
      scratch.solver.matrix.pointer.update(
        from: averages.pointer + offsets[unit], count: size * size)
    } else {
      form(unit, size, weight: 1, keep: 0, into: scratch.solver.matrix.pointer, scratch)
    }
  }

  /// The lower triangle of A = (weight/B) Σ_x c ã ãᵀ + keep A, summed over positions, as products of
  /// ã √(c/B) with themselves.
  private func form(
    _ unit: Int, _ size: Int, weight: T, keep: T, into matrix: UnsafeMutablePointer<T>,
    _ scratch: Scratch
  ) {
    let (scaled, root) = (scratch.scaled, scratch.root)
    let layer = network.layers[layer]
    if let sampleSums {
      let columns = sampleSums.signals.columns
      layer.connection.perSampleOuter(
        units: unit..<unit + 1, sampleSums.signals.row(layer.rows.lowerBound),
        sampleSums.pass.activities, repeats: columns / batch, scale: 1 / T(batch).squareRoot(),
        into: scaled.pointer)
      T.syrk(
        n: size, k: columns, alpha: weight, a: scaled.pointer, lda: columns, beta: keep, c: matrix,
        ldc: size)
      return
    }
    for start in stride(from: 0, to: layer.positions, by: chunk) {
      let positions = start..<min(start + chunk, layer.positions)
      let columns = positions.count * batch
      for position in positions {
        let c = modulus.pointer + (position * layer.unitCount + unit) * batch
        T.scaleAdd(count: batch, alpha: 1 / T(batch), x: c, beta: 0, into: root.pointer)
        T.squareRoot(count: batch, x: root.pointer, into: root.pointer)
        let rows = activities.rows(of: unit, at: position)
        let kept = scaled.pointer + (position - start) * batch
        for i in 0..<size {
          T.multiply(count: batch, x: rows + i * batch, y: root.pointer, into: kept + i * columns)
        }
      }
      T.syrk(
        n: size, k: columns, alpha: weight, a: scaled.pointer, lda: columns,
        beta: start == 0 ? keep : 1, c: matrix, ldc: size)
    }
  }
}
