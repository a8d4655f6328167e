import IntrinsicMath

/// Unit matrices of one layer in the space of samples, for fewer samples than incoming parameters.
///
/// With Ã the incoming activities (d × B), s = √(c/B) and K = ÃᵀÃ, shared by all units that read
/// the same rows, the step is by the Woodbury identity
///
///     δ = (G − Ã (s ∘ z))/ε,   (ε Id + s sᵀ ∘ K) z = s ∘ ÃᵀG
///
/// at O(B³) a unit instead of O(d³). One step of iterative refinement removes the cancellation that
/// a small ε brings.
final class DualUnitMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  private let layer: Int
  private let activities: UnitActivities<T>
  private let roots: Buffer<T>
  private let gram: Buffer<T>
  private let system: Buffer<T>
  private let coefficients: Buffer<T>
  private let residual: Buffer<T>
  private let correction: Buffer<T>
  private var batch = 0

  init(_ network: Network, layer: Int, capacity: Int) {
    self.network = network
    self.layer = layer
    activities = UnitActivities(network, layer: layer, capacity: capacity)
    roots = Buffer(count: network.layers[layer].rows.count * capacity)
    gram = Buffer(count: capacity * capacity)
    system = Buffer(count: capacity * capacity)
    coefficients = Buffer(count: capacity)
    residual = Buffer(count: activities.largestSize)
    correction = Buffer(count: activities.largestSize)
  }

  func estimate(modulus c: Rows<T>, at workspace: Workspace<T>) {
    batch = workspace.batch
    activities.load(workspace)
    let rows = network.layers[layer].rows
    T.kernels.scaleAdd(
      rows.count * batch, 1 / T(batch), c.row(rows.lowerBound), 0, roots.pointer)
    T.kernels.squareRoot(rows.count * batch, roots.pointer, roots.pointer)
    if activities.isShared {
      formGram(activities.rows(of: 0), size: activities.largestSize)
    }
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let memory = step.mutablePointer
    for unit in 0..<network.layers[layer].rows.count {
      let range = network.parameters(layer: layer, unit: unit)
      let size = range.count
      let rows = activities.rows(of: unit)
      if !activities.isShared { formGram(rows, size: size) }
      guard epsilon > 0, factor(unit, epsilon) == 0 else {
        throw .notPositiveDefinite(
          layer: layer, unit: unit, pivot: batch, damping: Double(epsilon))
      }
      let g = gradient.pointer + range.lowerBound
      let out = memory + range.lowerBound
      apply(unit, rows, size, epsilon, g, into: out)
      refine(unit, rows, size, epsilon, g, out)
    }
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

  /// K = ÃᵀÃ.
  private func formGram(_ rows: UnsafePointer<T>, size: Int) {
    T.kernels.gemm(
      true, false, batch, batch, size, 1, rows, batch, rows, batch, 0, gram.pointer, batch)
  }

  /// The Cholesky factor of ε Id + s sᵀ ∘ K.
  private func factor(_ unit: Int, _ epsilon: T) -> Int {
    let s = roots.pointer + unit * batch
    for x in 0..<batch {
      let row = system.pointer + x * batch
      T.kernels.multiply(x + 1, gram.pointer + x * batch, s, row)
      T.kernels.scaleAdd(x + 1, s[x], row, 0, row)
    }
    T.kernels.addToDiagonal(batch, epsilon, system.pointer, batch)
    return T.kernels.choleskyFactor(batch, system.pointer, batch)
  }

  /// out = (g − Ã (s ∘ z))/ε with the factored system.
  private func apply(
    _ unit: Int, _ rows: UnsafePointer<T>, _ size: Int, _ epsilon: T, _ g: UnsafePointer<T>,
    into out: UnsafeMutablePointer<T>
  ) {
    let (s, z) = (roots.pointer + unit * batch, coefficients.pointer)
    T.kernels.gemm(false, false, 1, batch, size, 1, g, size, rows, batch, 0, z, batch)
    T.kernels.multiply(batch, s, z, z)
    T.kernels.choleskySolve(batch, system.pointer, batch, z)
    T.kernels.multiply(batch, s, z, z)
    T.kernels.gemm(false, true, 1, size, batch, -1 / epsilon, z, batch, rows, batch, 0, out, size)
    T.kernels.addScaled(size, out, 1 / epsilon, g, out)
  }

  /// out += (A + ε Id)⁻¹ (g − (A + ε Id) out).
  private func refine(
    _ unit: Int, _ rows: UnsafePointer<T>, _ size: Int, _ epsilon: T, _ g: UnsafePointer<T>,
    _ out: UnsafeMutablePointer<T>
  ) {
    let (s, z) = (roots.pointer + unit * batch, coefficients.pointer)
    T.kernels.gemm(false, false, 1, batch, size, 1, out, size, rows, batch, 0, z, batch)
    T.kernels.multiplySquared(batch, s, z, z)
    T.kernels.addScaled(size, g, -epsilon, out, residual.pointer)
    T.kernels.gemm(
      false, true, 1, size, batch, -1, z, batch, rows, batch, 1, residual.pointer, size)
    apply(unit, rows, size, epsilon, residual.pointer, into: correction.pointer)
    T.kernels.addScaled(size, out, 1, correction.pointer, out)
  }
}
