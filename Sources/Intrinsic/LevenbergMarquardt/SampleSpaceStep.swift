import Foundation
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
  /// ε of the last system.
  private var lastEpsilon: T = 0

  enum Root {
    case diagonal([T])
    case units(UnitBlocks<T>)
  }

  /// ε^⅔.
  private static var ridge: T { T(cbrt(Double(T.ulpOfOne) * Double(T.ulpOfOne))) }

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
      T.gemm(
        transposeA: false, transposeB: false, m: 1, n: columns, k: rows, alpha: factor,
        a: step.pointer, lda: rows, b: $0.baseAddress!, ldb: columns, beta: 1,
        c: &result, ldc: columns)
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
    lastEpsilon = epsilon
    guard epsilon > 0, solver.factor(scale: nil, columns: m, epsilon: epsilon) == 0 else {
      throw .fullMatrixNotPositiveDefinite(pivot: m, size: n, damping: Double(damping))
    }
    var result = Displacement<T>(count: n)
    guard let residuals else {
      solve(gradient, epsilon, places, into: &result)
      // Once more for what is left of G, which an ill-conditioned D makes more than rounding.
      var rest = Displacement<T>(count: n)
      solve(
        remainder(of: gradient, result, damping, penalty, places, scaling), epsilon, places,
        into: &rest)
      T.addScaled(
        count: n, x: result.pointer, alpha: 1, y: rest.pointer, into: result.mutablePointer)
      return result
    }
    solve(residuals, places, into: &result)
    if penalty > 0 {
      // What is left of G is −a θ.
      var rest = gradient
      multiply(residuals, adding: 1, to: &rest)
      var more = Displacement<T>(count: n)
      solve(rest, epsilon, places, into: &more)
      T.addScaled(
        count: n, x: result.pointer, alpha: 1, y: more.pointer, into: result.mutablePointer)
    }
    return result
  }

  /// The same for another G, or for −J r, with the last system.
  func solveAgain(
    _ gradient: Gradient<T>, residuals: [T]?, places: [UnitPlace]
  ) -> Displacement<T> {
    var result = Displacement<T>(count: rows)
    if let residuals {
      solve(residuals, places, into: &result)
    } else {
      solve(gradient, lastEpsilon, places, into: &result)
    }
    return result
  }

  /// out = −L⁻ᵀ (ε Id + U Uᵀ)⁻¹ U r.
  private func solve(_ r: [T], _ places: [UnitPlace], into out: inout Displacement<T>) {
    let coefficients = r.map { -$0 }
    solver.solve(
      u.pointer, rows: rows, columns: columns, coefficients: coefficients, into: out.mutablePointer)
    backward(out.mutablePointer, places)
  }

  /// out = L⁻ᵀ (ε Id + U Uᵀ)⁻¹ L⁻¹ G.
  private func solve(
    _ gradient: Gradient<T>, _ epsilon: T, _ places: [UnitPlace], into out: inout Displacement<T>
  ) {
    var right = Displacement<T>(gradient.elements)
    forward(right.mutablePointer, places)
    solver.solve(
      u.pointer, scale: nil, rows: rows, columns: columns, epsilon: epsilon, right.pointer,
      into: out.mutablePointer)
    backward(out.mutablePointer, places)
  }

  /// G − (J Jᵀ + a Id + λ D) δ.
  private func remainder(
    of gradient: Gradient<T>, _ step: Displacement<T>, _ damping: T, _ penalty: T,
    _ places: [UnitPlace], _ scaling: Root
  ) -> Gradient<T> {
    var rest = gradient
    let out = rest.mutablePointer
    switch scaling {
    case .diagonal(let values):
      for (i, value) in values.enumerated() { out[i] -= damping * value * step.pointer[i] }
    case .units(let blocks):
      let image = Buffer<T>(count: rows)
      blocks.apply(step.pointer, into: image.pointer)
      T.addScaled(count: rows, x: out, alpha: -damping, y: image.pointer, into: out)
    }
    T.addScaled(count: rows, x: out, alpha: -penalty, y: step.pointer, into: out)
    multiply(
      residuals([T](repeating: 0, count: columns), adding: 1, times: step), adding: -1, to: &rest)
    return rest
  }

  /// G ← G + factor · J c.
  private func multiply(_ c: [T], adding factor: T, to gradient: inout Gradient<T>) {
    jacobian.elements.withUnsafeBufferPointer {
      T.gemm(
        transposeA: false, transposeB: false, m: rows, n: 1, k: columns, alpha: factor,
        a: $0.baseAddress!, lda: columns, b: c, ldb: 1, beta: 1,
        c: gradient.mutablePointer, ldc: 1)
    }
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
        for i in part {
          T.scaleAdd(
            count: m, alpha: 0, x: target + i * m, beta: 1 / roots[i], into: target + i * m)
        }
      }
      root = .diagonal(roots)
    case .units(let blocks):
      let factors = UnitBlocks<T>(places)
      T.scaleAdd(
        count: factors.memory.count, alpha: lambda, x: blocks.memory.pointer, beta: 0,
        into: factors.memory.pointer)
      for (index, place) in places.enumerated() {
        let (s, n) = (factors.block(index), factors.size(index))
        if penalty > 0 { T.addToDiagonal(count: n, value: penalty, a: s, ld: n) }
        var failed = T.choleskyFactor(n: n, a: s, lda: n)
        if failed != 0 {
          // What a unit reads may be all but dependent, and D with it, which is to be inverted here.
          T.scaleAdd(count: n * n, alpha: lambda, x: blocks.block(index), beta: 0, into: s)
          for i in 0..<n { s[i * n + i] = s[i * n + i] * (1 + Self.ridge) + penalty }
          failed = T.choleskyFactor(n: n, a: s, lda: n)
        }
        if failed != 0 {
          throw .notPositiveDefinite(
            layer: place.layer, unit: place.unit, pivot: failed, damping: Double(damping))
        }
      }
      Parallel.forEachPart(of: places.count, threads: threads) { part in
        for index in part {
          let n = factors.size(index)
          T.solveLower(
            m: n, n: m, factor: factors.block(index), ldl: n,
            x: target + places[index].parameters.lowerBound * m, ldx: m)
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
        T.solveLower(
          m: n, n: 1, factor: factors.block(index), ldl: n, x: x + place.parameters.lowerBound,
          ldx: 1)
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
        let solution = x + place.parameters.lowerBound
        for i in (0..<n).reversed() {
          solution[i] /= l[i * n + i]
          T.addScaled(count: i, x: solution, alpha: -solution[i], y: l + i * n, into: solution)
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
