import IntrinsicMath

/// Moving averages of unit matrices of one layer together with their inverses, which follow each
/// estimate without a new factorization (Ollivier 2015, §1.3).
///
/// With B = A⁻¹/(1 − γ), U = Ã √(γ c/m) for a batch of m samples and W = B U,
///
///     A⁻¹ ← B − W (Id + UᵀW)⁻¹ Wᵀ
///
/// which is the Woodbury identity, and for one sample that of Sherman and Morrison: O(d² m) a unit.
/// Rounding errors accumulate, so each inverse is computed anew from its average after as many
/// samples as it has rows, which adds O(d²) a sample.
final class InverseUnitMatrices<T: Scalar>: MetricMatrices {
  private let network: Network
  private let layer: Int
  private let activities: UnitActivities<T>
  private let offsets: [Int]
  private let averages: Buffer<T>
  private let inverses: Buffer<T>
  private let u: Buffer<T>
  private let w: Buffer<T>
  private let small: Buffer<T>
  private let root: Buffer<T>
  private let scratch: Buffer<T>
  /// Samples since the inverses were computed anew; nil if they have to be.
  private var age: Int?

  init(_ network: Network, layer: Int, maximumBatchSize: Int) throws(MetricError) {
    self.network = network
    self.layer = layer
    activities = UnitActivities(network, layer: layer, maximumBatchSize: maximumBatchSize)
    let units = network.layers[layer].rows.count
    let largest = activities.largestSize
    offsets = (0..<units).reduce(into: [0]) {
      let size = network.parameters(layer: layer, unit: $1).count
      $0.append($0.last! + size * size)
    }
    let bytes = 2 * Double(offsets.last! * MemoryLayout<T>.stride)
    if bytes > 8e9 {
      throw .tooLarge(
        parameters: network.layers[layer].parameters.count, columns: units,
        gigabytes: (bytes / 1e9).rounded())
    }
    averages = Buffer(count: offsets.last!)
    inverses = Buffer(count: offsets.last!)
    u = Buffer(count: largest * maximumBatchSize)
    w = Buffer(count: largest * maximumBatchSize)
    small = Buffer(count: maximumBatchSize * maximumBatchSize)
    root = Buffer(count: maximumBatchSize)
    scratch = Buffer(count: 2 * largest * largest)
  }

  func estimate(_ modulus: ReducedModulus<T>, at workspace: Workspace<T>, keep: T) {
    let c = modulus.values
    let m = workspace.batch
    activities.load(workspace)
    let rows = network.layers[layer].rows
    let isFresh = keep > 0 && age != nil && age! + m < activities.largestSize
    for unit in 0..<rows.count {
      let size = size(unit)
      let a = activities.rows(of: unit)
      T.scaleAdd(
        count: m, alpha: (1 - keep) / T(m), x: c.row(rows.lowerBound + unit), beta: 0,
        into: root.pointer)
      T.squareRoot(count: m, x: root.pointer, into: root.pointer)
      for i in 0..<size {
        T.multiply(count: m, x: a + i * m, y: root.pointer, into: u.pointer + i * m)
      }
      T.gemm(
        transposeA: false, transposeB: true, m: size, n: size, k: m, alpha: 1, a: u.pointer, lda: m,
        b: u.pointer, ldb: m, beta: keep,
        c: averages.pointer + offsets[unit], ldc: size)
      if isFresh && !update(unit, size, m, keep: keep) { age = nil }
    }
    age = isFresh && age != nil ? age! + m : nil
  }

  func addToDiagonal(_ epsilon: T) {
    for unit in 0..<network.layers[layer].rows.count {
      T.addToDiagonal(
        count: size(unit), value: epsilon, a: averages.pointer + offsets[unit], ld: size(unit))
    }
    age = nil
  }

  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    precondition(epsilon == 0, "an updated inverse takes no damping at the solve")
    if age == nil { try invert() }
    let memory = step.mutablePointer
    for unit in 0..<network.layers[layer].rows.count {
      let range = network.parameters(layer: layer, unit: unit)
      T.gemm(
        transposeA: false, transposeB: false, m: range.count, n: 1, k: range.count, alpha: 1,
        a: inverses.pointer + offsets[unit],
        lda: range.count, b: gradient.pointer + range.lowerBound, ldb: 1, beta: 0,
        c: memory + range.lowerBound, ldc: 1)
    }
  }

  func code(_ coder: CheckpointCoder<T>, source: Workspace<T>?) {
    coder.code("averages", averages)
    coder.code("inverses", inverses)
    var number = age ?? -1
    coder.code("age", &number)
    age = number < 0 ? nil : number
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    for (i, value) in matrix.elements.enumerated() { averages[offsets[unit] + i] = value }
    age = nil
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> { matrix(unit, of: averages) }

  /// The inverse of the matrix of one unit, as it stands.
  func inverse(unit: Int) throws(MetricError) -> Matrix<T> {
    if age == nil { try invert() }
    return matrix(unit, of: inverses)
  }

  private func matrix(_ unit: Int, of buffer: Buffer<T>) -> Matrix<T> {
    Matrix(
      rows: size(unit), columns: size(unit),
      elements: Array(buffer.elements[offsets[unit]..<offsets[unit + 1]]))
  }

  private func size(_ unit: Int) -> Int { network.parameters(layer: layer, unit: unit).count }

  /// The Woodbury update of one inverse.
  /// - Returns: false if rounding made Id + UᵀW indefinite.
  private func update(_ unit: Int, _ n: Int, _ m: Int, keep: T) -> Bool {
    let inverse = inverses.pointer + offsets[unit]
    T.gemm(
      transposeA: false, transposeB: false, m: n, n: m, k: n, alpha: 1 / keep, a: inverse, lda: n,
      b: u.pointer, ldb: m, beta: 0, c: w.pointer, ldc: m)
    T.gemm(
      transposeA: true, transposeB: false, m: m, n: m, k: n, alpha: 1, a: u.pointer, lda: m,
      b: w.pointer, ldb: m, beta: 0, c: small.pointer, ldc: m)
    T.addToDiagonal(count: m, value: 1, a: small.pointer, ld: m)
    guard T.choleskyFactor(n: m, a: small.pointer, lda: m) == 0 else { return false }
    T.solveTriangular(m: n, n: m, factor: small.pointer, ldl: m, x: w.pointer, ldx: m)
    T.gemm(
      transposeA: false, transposeB: true, m: n, n: n, k: m, alpha: -1, a: w.pointer, lda: m,
      b: w.pointer, ldb: m, beta: 1 / keep, c: inverse, ldc: n)
    return true
  }

  /// All inverses anew: A = L Lᵀ, X = L⁻ᵀ from Id, A⁻¹ = X Xᵀ.
  private func invert() throws(MetricError) {
    for unit in 0..<network.layers[layer].rows.count {
      let n = size(unit)
      let (factor, x) = (scratch.pointer, scratch.pointer + n * n)
      factor.update(from: averages.pointer + offsets[unit], count: n * n)
      let failure = T.choleskyFactor(n: n, a: factor, lda: n)
      if failure != 0 {
        throw .notPositiveDefinite(layer: layer, unit: unit, pivot: failure - 1, damping: 0)
      }
      T.fill(count: n * n, value: 0, into: x)
      T.addToDiagonal(count: n, value: 1, a: x, ld: n)
      T.solveTriangular(m: n, n: n, factor: factor, ldl: n, x: x, ldx: n)
      T.gemm(
        transposeA: false, transposeB: true, m: n, n: n, k: n, alpha: 1, a: x, lda: n, b: x, ldb: n,
        beta: 0, c: inverses.pointer + offsets[unit], ldc: n)
    }
    age = 0
  }
}
