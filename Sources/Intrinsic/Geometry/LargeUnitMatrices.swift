import IntrinsicMath

/// Unit matrices of one layer, factored one unit at a time by LAPACK: by Cholesky, or by their
/// eigenvalues where a pseudo-inverse is wanted.
///
/// Without averages a matrix exists only while its unit is solved; with them all are kept.
final class LargeUnitMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  private let layer: Int
  private let activities: UnitActivities<T>
  private let pseudoInverse: Double?
  /// ã √(c/B) of some positions, or the products of ã with signals.
  private var scaled: Buffer<T>
  private let root: Buffer<T>
  /// The positions whose columns are multiplied at once.
  private let chunk: Int
  private let work: Buffer<T>
  private let values: Buffer<T>
  private let vector: Buffer<T>
  /// The modulus of the layer, units × batch.
  private let modulus: Buffer<T>
  /// The matrices of all units one after the other, if they are averages.
  private let averages: Buffer<T>?
  private let offsets: [Int]
  private var batch = 0
  /// Signals and activities, where products with them are squared after their sum over positions.
  private var sampleSums: (signals: Rows<T>, activities: Rows<T>)?
  /// Memory of signals that came from a checkpoint.
  private var restoredSignals: Buffer<T>?

  init(
    _ network: Network, layer: Int, maximumBatchSize: Int, averages: Bool, pseudoInverse: Double?
  ) throws(MetricError) {
    self.network = network
    self.layer = layer
    self.pseudoInverse = pseudoInverse
    activities = UnitActivities(network, layer: layer, maximumBatchSize: maximumBatchSize)
    let largest = activities.largestSize
    chunk = min(network.layers[layer].positions, max(1, 2_048 / maximumBatchSize))
    scaled = Buffer(count: largest * maximumBatchSize * chunk)
    root = Buffer(count: maximumBatchSize)
    work = Buffer(count: largest * largest)
    values = Buffer(count: largest)
    vector = Buffer(count: largest)
    let units = network.layers[layer].unitCount
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

  func estimate(modulus c: Rows<T>, signals: Rows<T>?, at workspace: Workspace<T>, keep: T) {
    load(modulus: c, at: workspace)
    if network.layers[layer].connection.sharesParameters { load(signals: signals, at: workspace) }
    guard let averages else { return }
    for unit in offsets.indices.dropLast() {
      form(unit, size(unit), weight: 1 - keep, keep: keep, into: averages.pointer + offsets[unit])
    }
  }

  private func load(signals: Rows<T>?, at workspace: Workspace<T>) {
    batch = workspace.batch
    sampleSums = signals.map { ($0, workspace.activities) }
    guard let signals else { return }
    let count = activities.largestSize * signals.columns
    if scaled.count < count { scaled = Buffer(count: count) }
  }

  private func load(modulus c: Rows<T>, at workspace: Workspace<T>) {
    batch = workspace.batch
    sampleSums = nil
    activities.load(workspace)
    let rows = network.layers[layer].rows
    modulus.pointer.update(from: c.row(rows.lowerBound), count: rows.count * batch)
  }

  /// A ← keep · A.
  func fade(keep: T) {
    T.kernels.scaleAdd(offsets.last!, keep, averages!.pointer, 0, averages!.pointer)
  }

  /// A ← A + weight · E[ã ãᵀ c].
  func add(modulus c: Rows<T>, at workspace: Workspace<T>, weight: T) {
    load(modulus: c, at: workspace)
    for unit in offsets.indices.dropLast() {
      form(unit, size(unit), weight: weight, keep: 1, into: averages!.pointer + offsets[unit])
    }
  }

  /// A ← A + weight · E[Σ_q u uᵀ] with u = Σ_positions s^q ã.
  func addSampleSums(_ s: Rows<T>, at workspace: Workspace<T>, weight: T) {
    load(signals: s, at: workspace)
    for unit in offsets.indices.dropLast() {
      form(unit, size(unit), weight: weight, keep: 1, into: averages!.pointer + offsets[unit])
    }
  }

  /// A ← A + weight · v vᵀ for each unit, with one number for each parameter of the network.
  func addProducts(of v: Buffer<T>, weight: T) {
    for unit in offsets.indices.dropLast() {
      let part = v.pointer + network.parameters(layer: layer, unit: unit).lowerBound
      T.kernels.syrk(
        size(unit), 1, weight, part, 1, 1, averages!.pointer + offsets[unit], size(unit))
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
      T.kernels.addToDiagonal(
        size(unit), epsilon, averages.pointer + offsets[unit], size(unit))
    }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let memory = step.mutablePointer
    for unit in 0..<network.layers[layer].unitCount {
      let range = network.parameters(layer: layer, unit: unit)
      let size = range.count
      copyMatrix(unit)
      T.kernels.addToDiagonal(size, epsilon, work.pointer, size)
      let out = memory + range.lowerBound
      out.update(from: gradient.pointer + range.lowerBound, count: size)
      if let pseudoInverse {
        let solver = PseudoInverse(cutoff: T(pseudoInverse), values: values, vector: vector)
        if !solver.solve(size, work.pointer, out) {
          throw .eigenvaluesNotFound(layer: layer, unit: unit)
        }
        continue
      }
      let failure = T.kernels.choleskyFactor(size, work.pointer, size)
      if failure != 0 {
        throw .notPositiveDefinite(
          layer: layer, unit: unit, pivot: failure - 1, damping: Double(epsilon))
      }
      T.kernels.choleskySolve(size, work.pointer, size, out)
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
    if let own = sampleSums?.signals, own.columns == columns {
      memory.pointer.update(from: own.row(rows.lowerBound), count: memory.count)
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
    copyMatrix(unit)
    var result = Matrix<T>(rows: size, columns: size)
    for i in 0..<size {
      for j in 0...i {
        result[i, j] = work[i * size + j]
        result[j, i] = result[i, j]
      }
    }
    return result
  }

  private func size(_ unit: Int) -> Int { network.parameters(layer: layer, unit: unit).count }

  /// Leaves the lower triangle of A in `work`.
  private func copyMatrix(_ unit: Int) {
    let size = size(unit)
    if let averages {
      work.pointer.update(from: averages.pointer + offsets[unit], count: size * size)
    } else {
      form(unit, size, weight: 1, keep: 0, into: work.pointer)
    }
  }

  /// The lower triangle of A = (weight/B) Σ_x c ã ãᵀ + keep A, summed over positions, as products of
  /// ã √(c/B) with themselves.
  private func form(
    _ unit: Int, _ size: Int, weight: T, keep: T, into matrix: UnsafeMutablePointer<T>
  ) {
    let layer = network.layers[layer]
    if let sampleSums {
      let columns = sampleSums.signals.columns
      layer.connection.perSampleOuter(
        units: unit..<unit + 1, sampleSums.signals.row(layer.rows.lowerBound),
        sampleSums.activities, repeats: columns / batch, scale: 1 / T(batch).squareRoot(),
        into: scaled.pointer)
      T.kernels.syrk(size, columns, weight, scaled.pointer, columns, keep, matrix, size)
      return
    }
    for start in stride(from: 0, to: layer.positions, by: chunk) {
      let positions = start..<min(start + chunk, layer.positions)
      let columns = positions.count * batch
      for position in positions {
        let c = modulus.pointer + (position * layer.unitCount + unit) * batch
        T.kernels.scaleAdd(batch, 1 / T(batch), c, 0, root.pointer)
        T.kernels.squareRoot(batch, root.pointer, root.pointer)
        let rows = activities.rows(of: unit, at: position)
        let own = scaled.pointer + (position - start) * batch
        for i in 0..<size {
          T.kernels.multiply(batch, rows + i * batch, root.pointer, own + i * columns)
        }
      }
      T.kernels.syrk(
        size, columns, weight, scaled.pointer, columns, start == 0 ? keep : 1, matrix, size)
    }
  }
}
