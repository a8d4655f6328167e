import IntrinsicMath

/// The unitwise reduction of a layer whose activities are vectors: the matrix A = E[C ⊗ ã ãᵀ] over all P d
/// parameters of each group, component after component, factored by Cholesky or by its eigenvalues.
final class GroupMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  private let layer: Int
  private let places: [UnitPlace]
  private let offsets: [Int]
  /// The matrices of all groups one after the other.
  private let matrices: Buffer<T>
  /// What one thread works in.
  private final class Scratch {
    /// The incoming activities of a component.
    let activities: Buffer<T>
    /// Those of all components before it, times moduli.
    let scaled: Buffer<T>
    let solver: DampedSolver<T>

    init(fanIn: Int, size: Int, maximumBatchSize: Int, pseudoInverse: Double?) {
      activities = Buffer(count: fanIn * maximumBatchSize)
      scaled = Buffer(count: size * maximumBatchSize)
      solver = DampedSolver(size: size, pseudoInverse: pseudoInverse)
    }
  }
  private let work: SharedWork<Scratch>

  init(
    _ network: Network, layer: Int, maximumBatchSize: Int, pseudoInverse: Double?, threads: Int
  ) throws(MetricError) {
    self.network = network
    self.layer = layer
    places = network.places(.groups).filter { $0.layer == layer }
    offsets = places.reduce(into: [0]) {
      $0.append($0.last! + $1.parameters.count * $1.parameters.count)
    }
    let bytes = Double(offsets.last! * MemoryLayout<T>.stride)
    if bytes > 8e9 {
      throw .tooLarge(
        parameters: network.layers[layer].parameters.count, columns: places.count,
        gigabytes: (bytes / 1e9).rounded())
    }
    matrices = Buffer(count: offsets.last!)
    let connection = network.layers[layer].connection
    let fanIn = (0..<connection.unitCount).map { connection.parameters(of: $0).count }.max()!
    let size = places.map(\.parameters.count).max()!
    work = SharedWork(threads: threads, count: places.count) {
      Scratch(
        fanIn: fanIn, size: size, maximumBatchSize: maximumBatchSize, pseudoInverse: pseudoInverse)
    }
  }

  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    let c = modulus.groups!.of(layer: layer)
    work.forEach(places.count) { group, scratch in
      form(group, c, at: workspace, keep: keep, scratch)
    }
  }

  /// A = (1 − keep)/B Σ_x C_cd ã ãᵀ + keep A, a product for each component c: its ã with C_cd ã of all d ≤ c.
  private func form(
    _ group: Int, _ c: UnsafePointer<T>, at workspace: Workspace<T>, keep: T, _ scratch: Scratch
  ) {
    let connection = network.layers[layer].connection
    let (layout, batch) = (network.layers[layer].groups!, workspace.batch)
    let (n, activities) = (places[group].parameters.count, workspace.activities)
    var matrix = matrices.pointer + offsets[group]
    for unit in layout.groups[group] {
      let rows = connection.incomingRows(of: unit)
      for (i, row) in rows.enumerated() {
        (scratch.activities.pointer + i * batch).update(from: activities.row(row), count: batch)
      }
      var columns = 0
      for partner in layout.groups[group].lowerBound...unit {
        for row in connection.incomingRows(of: partner) {
          T.multiply(
            count: batch, x: activities.row(row), y: c + layout.row(unit, partner) * batch,
            into: scratch.scaled.pointer + columns * batch)
          columns += 1
        }
      }
      T.gemm(
        transposeA: false, transposeB: true, m: rows.count, n: columns, k: batch,
        alpha: (1 - keep) / T(batch), a: scratch.activities.pointer, lda: batch,
        b: scratch.scaled.pointer, ldb: batch, beta: keep, c: matrix, ldc: n)
      matrix += rows.count * n
    }
    T.mirrorLower(n: n, a: matrices.pointer + offsets[group], ld: n)
  }

  func addToDiagonal(_ epsilon: T) {
    for (group, place) in places.enumerated() {
      T.addToDiagonal(
        count: place.parameters.count, value: epsilon, a: matrices.pointer + offsets[group],
        ld: place.parameters.count)
    }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let (memory, g) = (step.mutablePointer, gradient.pointer)
    try work.forEach(places.count) { group, scratch -> MetricError? in
      let range = places[group].parameters
      let out = memory + range.lowerBound
      out.update(from: g + range.lowerBound, count: range.count)
      scratch.solver.matrix.pointer.update(
        from: matrices.pointer + offsets[group], count: range.count * range.count)
      return scratch.solver.solve(range.count, epsilon: epsilon, out, layer: layer, unit: group)
    }
  }

  func matrix(layer: Int, unit group: Int) -> Matrix<T> {
    let n = places[group].parameters.count
    return Matrix(
      rows: n, columns: n, elements: Array(matrices.elements[offsets[group]..<offsets[group + 1]]))
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit group: Int) {
    for (i, value) in matrix.elements.enumerated() { matrices[offsets[group] + i] = value }
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    coder.code("matrices", matrices)
  }
}
