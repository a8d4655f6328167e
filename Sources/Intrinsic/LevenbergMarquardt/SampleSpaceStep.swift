import IntrinsicMath

/// Solves (J Jᵀ + a Id + λ D) δ = G in the space of the columns of J, of which there are fewer than parameters.
///
/// With D = L Lᵀ unit by unit and U = L⁻¹J, for a = 0
///
///     δ = L⁻ᵀ (λ Id + U Uᵀ)⁻¹ L⁻¹ G
///
/// so that the Gram matrix UᵀU serves every λ; for a > 0, a Id + λ D = L Lᵀ takes the place of D, and 1 that of λ.
/// Where G = −J r with the residuals r, L⁻¹G = −U r, and nothing cancels.
///
/// Costs O(P m²) for each J, or each λ if a > 0, and O(m³) for each λ; memory for 2 P m + 2 m² scalars.
final class SampleSpaceStep<T: Scalar> {
  /// J, parameters × columns; whoever takes a new matrix writes it.
  var jacobian: Matrix<T>
  /// r; nil if G is not −J r − a θ.
  var residuals: [T]?
  private let u: Buffer<T>
  private let solver: SampleSpaceSolver<T>
  private let threads: Int
  /// L of each unit, or √D of each parameter, that `u` is divided by.
  private var root = Root.diagonal([])
  private var isCurrent = false

  enum Root {
    case diagonal([T])
    case units(UnitBlocks<T>)
  }

  init(rows: Int, columns: Int, threads: Int) {
    jacobian = Matrix(rows: rows, columns: columns)
    u = Buffer(count: rows * columns)
    solver = SampleSpaceSolver(rows: rows, columns: columns, threads: threads)
    self.threads = threads
  }

  private var rows: Int { jacobian.rows }
  private var columns: Int { jacobian.columns }

  /// The Gram matrix is that of another J or D.
  func forget() { isCurrent = false }

  /// diag(J Jᵀ).
  var diagonal: [T] { (0..<rows).map { jacobian.rowProduct($0, $0) } }

  /// r + factor · Jᵀ δ.
  func residuals(_ r: [T], adding factor: T, times step: Displacement<T>) -> [T] {
    var result = r
    jacobian.elements.withUnsafeBufferPointer {
      T.kernels.gemm(
        false, false, 1, columns, rows, factor, step.pointer, rows, $0.baseAddress!, columns, 1,
        &result, columns)
    }
    return result
  }

  /// - Parameters:
  ///   - damping: λ.
  ///   - penalty: a.
  ///   - scaling: D, by unit or by parameter.
  /// - Throws: ``MetricError`` if D or the system is singular.
  func solve(
    _ gradient: Gradient<T>, damping: T, penalty: T, places: [UnitPlace], scaling: Root
  ) throws(MetricError) -> Displacement<T> {
    let (n, m) = (rows, columns)
    if !isCurrent || penalty > 0 {
      try divide(scaling, damping: damping, penalty: penalty, places)
      solver.load(u.pointer, rows: n, columns: m)
      isCurrent = penalty == 0
    }
    let epsilon = penalty == 0 ? damping : 1
    guard epsilon > 0, solver.factor(scale: nil, columns: m, epsilon: epsilon) == 0 else {
      throw .fullMatrixNotPositiveDefinite(pivot: m, size: n, damping: Double(damping))
    }
    var result = Displacement<T>(count: n)
    let out = result.mutablePointer
    if let residuals {
      let coefficients = residuals.map { -$0 }
      solver.solve(u.pointer, rows: n, columns: m, coefficients: coefficients, into: out)
    }
    if residuals == nil || penalty > 0 {
      var rest = Displacement<T>(gradient.elements)
      if let residuals {
        // What is left of G is −a θ.
        jacobian.elements.withUnsafeBufferPointer {
          T.kernels.gemm(
            false, false, n, 1, m, 1, $0.baseAddress!, m, residuals, 1, 1, rest.mutablePointer, 1)
        }
      }
      forward(rest.mutablePointer, places)
      let more = Buffer<T>(count: n)
      solver.solve(
        u.pointer, scale: nil, rows: n, columns: m, epsilon: epsilon, rest.pointer,
        into: more.pointer)
      T.kernels.addScaled(n, out, 1, more.pointer, out)
    }
    backward(out, places)
    return result
  }

  /// U = L⁻¹ J.
  private func divide(
    _ scaling: Root, damping: T, penalty: T, _ places: [UnitPlace]
  ) throws(MetricError) {
    let (m, target) = (columns, u.pointer)
    jacobian.elements.withUnsafeBufferPointer {
      target.update(from: $0.baseAddress!, count: rows * m)
    }
    let lambda = penalty == 0 ? 1 : damping
    switch scaling {
    case .diagonal(let values):
      let roots = values.map { (lambda * $0 + penalty).squareRoot() }
      Parallel.forEachPart(of: rows, threads: threads) { part in
        for i in part { T.kernels.scaleAdd(m, 0, target + i * m, 1 / roots[i], target + i * m) }
      }
      root = .diagonal(roots)
    case .units(let blocks):
      let factors = UnitBlocks<T>(places)
      factors.memory.copy(from: blocks.memory)
      T.kernels.scaleAdd(
        factors.memory.count, 0, blocks.memory.pointer, lambda, factors.memory.pointer)
      for (index, place) in places.enumerated() {
        let (s, n) = (factors.block(index), factors.size(index))
        if penalty > 0 { T.kernels.addToDiagonal(n, penalty, s, n) }
        let failed = T.kernels.choleskyFactor(n, s, n)
        if failed != 0 {
          throw .notPositiveDefinite(
            layer: place.layer, unit: place.unit, pivot: failed, damping: Double(damping))
        }
      }
      Parallel.forEachPart(of: places.count, threads: threads) { part in
        for index in part {
          let n = factors.size(index)
          T.kernels.solveLower(
            n, m, factors.block(index), n, target + places[index].parameters.lowerBound * m, m)
        }
      }
      root = .units(factors)
    }
  }

  /// x ← L⁻¹ x.
  private func forward(_ x: UnsafeMutablePointer<T>, _ places: [UnitPlace]) {
    switch root {
    case .diagonal(let roots): for i in roots.indices { x[i] /= roots[i] }
    case .units(let factors):
      for (index, place) in places.enumerated() {
        let n = factors.size(index)
        T.kernels.solveLower(
          n, 1, factors.block(index), n, x + place.parameters.lowerBound, 1)
      }
    }
  }

  /// x ← L⁻ᵀ x.
  private func backward(_ x: UnsafeMutablePointer<T>, _ places: [UnitPlace]) {
    switch root {
    case .diagonal(let roots): for i in roots.indices { x[i] /= roots[i] }
    case .units(let factors):
      for (index, place) in places.enumerated() {
        let (l, n) = (factors.block(index), factors.size(index))
        let own = x + place.parameters.lowerBound
        for i in (0..<n).reversed() {
          own[i] /= l[i * n + i]
          T.kernels.addScaled(i, own, -own[i], l + i * n, own)
        }
      }
    }
  }

  /// tr((J Jᵀ + a Id)⁻¹) = (P − m)/a + tr((JᵀJ + a Id)⁻¹); nil if that is singular.
  func traceOfInverse(adding a: T) -> T? {
    let (n, m) = (rows, columns)
    var gram = Matrix<T>(rows: m, columns: m)
    gram.elements.withUnsafeMutableBufferPointer { s in
      jacobian.elements.withUnsafeBufferPointer {
        SymmetricAlgebra<T>.columnProducts(
          m, n, 1, $0.baseAddress!, m, 0, s.baseAddress!, m, threads: threads)
      }
    }
    guard a > 0, let trace = gram.traceOfInverse(adding: a, threads: threads) else { return nil }
    return T(n - m) / a + trace
  }
}
