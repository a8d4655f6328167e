import IntrinsicMath

/// Unit matrices of one layer in the space of samples, for fewer samples than incoming parameters.
///
/// A = U Uᵀ with U = Ã diag(√(c/B)), where the incoming activities Ã (d × B), and so the Gram matrix
/// ÃᵀÃ, are shared by all units that read the same rows: O(B³) a unit instead of O(d³).
final class DualUnitMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  private let layer: Int
  private let activities: UnitActivities<T>
  private let solvers: SharedWork<SampleSpaceSolver<T>>
  /// √(c/B), units × batch.
  private let roots: Buffer<T>
  private var batch = 0

  init(_ network: Network, layer: Int, maximumBatchSize: Int, threads: Int) {
    self.network = network
    self.layer = layer
    activities = UnitActivities(network, layer: layer, maximumBatchSize: maximumBatchSize)
    let (rows, units) = (activities.largestSize, network.layers[layer].unitCount)
    solvers = SharedWork(threads: threads, count: units) {
      SampleSpaceSolver(rows: rows, columns: maximumBatchSize)
    }
    roots = Buffer(count: network.layers[layer].rows.count * maximumBatchSize)
  }

  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    precondition(keep == 0, "sample space holds no averages")
    batch = workspace.batch
    let rows = network.layers[layer].rows
    T.scaleAdd(
      count: rows.count * batch, alpha: 1 / T(batch), x: modulus.values.row(rows.lowerBound),
      beta: 0,
      into: roots.pointer)
    T.squareRoot(count: rows.count * batch, x: roots.pointer, into: roots.pointer)
    loadActivities(workspace)
  }

  private func loadActivities(_ workspace: Workspace<T>) {
    activities.load(workspace)
    guard activities.isShared else { return }
    Parallel.forEachPart(of: solvers.memories.count, threads: solvers.memories.count) { range in
      for part in range {
        solvers.memories[part].load(
          activities.rows(of: 0), rows: activities.largestSize, columns: batch)
      }
    }
  }

  func addToDiagonal(_ epsilon: T) {
    preconditionFailure("sample space holds no averages")
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let (memory, g) = (step.mutablePointer, gradient.pointer)
    try solvers.forEach(network.layers[layer].unitCount) { unit, solver -> MetricError? in
      let range = network.parameters(layer: layer, unit: unit)
      return solve(
        unit, range.count, g + range.lowerBound, epsilon: epsilon, with: solver,
        into: memory + range.lowerBound)
    }
  }

  /// Solves for one unit; an error if its matrix is singular.
  private func solve(
    _ unit: Int, _ size: Int, _ gradient: UnsafePointer<T>, epsilon: T,
    with solver: SampleSpaceSolver<T>, into out: UnsafeMutablePointer<T>
  ) -> MetricError? {
    let v = activities.rows(of: unit)
    let s = UnsafePointer(roots.pointer + unit * batch)
    if !activities.isShared { solver.load(v, rows: size, columns: batch) }
    guard epsilon > 0, solver.factor(scale: s, columns: batch, epsilon: epsilon) == 0 else {
      return .notPositiveDefinite(
        layer: layer, unit: unit, pivot: batch, damping: Double(epsilon))
    }
    solver.solve(
      v, scale: s, rows: size, columns: batch, epsilon: epsilon, gradient, into: out)
    return nil
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    guard let source else { return }
    coder.code("roots", roots)
    if coder.isRestoring {
      batch = source.batch
      loadActivities(source)
    }
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    preconditionFailure("sample space holds no averages")
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    let size = network.parameters(layer: layer, unit: unit).count
    let rows = activities.rows(of: unit)
    var result = Matrix<T>(rows: size, columns: size)
    for i in 0..<size {
      for j in 0..<size {
        for x in 0..<batch {
          let s = roots[unit * batch + x]
          result[i, j] += s * s * rows[i * batch + x] * rows[j * batch + x]
        }
      }
    }
    return result
  }
}
