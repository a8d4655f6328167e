import IntrinsicMath

/// Unit matrices of one layer, formed and factored one unit at a time by BLAS and LAPACK.
final class LargeUnitMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  private let layer: Int
  private let activities: UnitActivities<T>
  private let scaled: Buffer<T>
  private let work: Buffer<T>
  /// The modulus of the layer, units × batch.
  private let modulus: Buffer<T>
  private var batch = 0

  init(_ network: Network, layer: Int, capacity: Int) {
    self.network = network
    self.layer = layer
    activities = UnitActivities(network, layer: layer, capacity: capacity)
    scaled = Buffer(count: activities.largestSize * capacity + capacity)
    work = Buffer(count: activities.largestSize * activities.largestSize)
    modulus = Buffer(count: network.layers[layer].rows.count * capacity)
  }

  func estimate(modulus c: Rows<T>, at workspace: Workspace<T>) {
    batch = workspace.batch
    activities.load(workspace)
    let rows = network.layers[layer].rows
    modulus.pointer.update(from: c.row(rows.lowerBound), count: rows.count * batch)
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let memory = step.mutablePointer
    for unit in 0..<network.layers[layer].rows.count {
      let range = network.parameters(layer: layer, unit: unit)
      let size = range.count
      form(unit, size)
      T.kernels.addToDiagonal(size, epsilon, work.pointer, size)
      let failure = T.kernels.choleskyFactor(size, work.pointer, size)
      if failure != 0 {
        throw .notPositiveDefinite(
          layer: layer, unit: unit, pivot: failure - 1, damping: Double(epsilon))
      }
      (memory + range.lowerBound).update(from: gradient.pointer + range.lowerBound, count: size)
      T.kernels.choleskySolve(size, work.pointer, size, memory + range.lowerBound)
    }
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    let size = network.parameters(layer: layer, unit: unit).count
    form(unit, size)
    var result = Matrix<T>(rows: size, columns: size)
    for i in 0..<size {
      for j in 0...i {
        result[i, j] = work[i * size + j]
        result[j, i] = result[i, j]
      }
    }
    return result
  }

  /// The lower triangle of A = (1/B) Σ_x c ã ãᵀ, as the product of ã √(c/B) with itself.
  private func form(_ unit: Int, _ size: Int) {
    let root = scaled.pointer + activities.largestSize * batch
    T.kernels.scaleAdd(batch, 1 / T(batch), modulus.pointer + unit * batch, 0, root)
    T.kernels.squareRoot(batch, root, root)
    let rows = activities.rows(of: unit)
    for i in 0..<size {
      T.kernels.multiply(batch, rows + i * batch, root, scaled.pointer + i * batch)
    }
    T.kernels.syrk(size, batch, 1, scaled.pointer, batch, 0, work.pointer, size)
  }
}
