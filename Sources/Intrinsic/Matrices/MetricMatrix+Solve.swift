import Foundation
import IntrinsicMath

extension MetricMatrix {
  /// (A + λ Id)⁻¹ G, a displacement. λ is added to the entries that a metric keeps, so that the quasi-diagonal
  /// matrix changes elsewhere, too.
  ///
  /// - Parameters:
  ///   - gradient: G.
  ///   - damping: λ ≥ 0.
  ///   - threads: units or rows at once.
  /// - Throws: ``MetricError`` if the matrix is singular, naming the unit; if conjugate gradients, which
  ///   solve with a matrix that is not formed, do not converge.
  /// - Complexity: P³/3 operations for a full matrix, the sum of d³/3 over units for unitwise ones.
  public func solve(
    _ gradient: Gradient<T>, damping: T = 0, threads: Int = 1
  ) throws(MetricError) -> Displacement<T> {
    precondition(
      gradient.count == size, "a gradient of \(gradient.count), a matrix over \(size) parameters")
    precondition(damping >= 0 && damping.isFinite, "a damping of \(damping)")
    var result = Displacement<T>(gradient.elements)
    let x = result.mutablePointer
    switch storage {
    case .full(let matrix):
      let factor = try matrix.choleskyFactor(damping: damping) { pivot in
        .fullMatrixNotPositiveDefinite(pivot: pivot, size: self.size, damping: Double(damping))
      }
      factor.elements.withUnsafeBufferPointer {
        T.choleskySolve(n: size, factor: $0.baseAddress!, lda: size, b: x)
      }
    case .units(let units):
      let fault = Fault()
      nonisolated(unsafe) let memory = x
      Parallel.forEachPart(of: units.count, threads: threads) { part in
        for index in part {
          let unit = units[index]
          let n = unit.matrix.rows
          do throws(MetricError) {
            let factor = try unit.factor(damping: damping)
            factor.elements.withUnsafeBufferPointer {
              T.choleskySolve(
                n: n, factor: $0.baseAddress!, lda: n, b: memory + unit.place.parameters.lowerBound)
            }
          } catch { fault.record(index, error) }
        }
      }
      if let error = fault.error { throw error }
    case .quasiDiagonal(let diagonal, let row, let units):
      for unit in units {
        let range = unit.parameters
        let first = range.lowerBound
        let bias = diagonal[first] + damping
        let start = unit.hasBias ? first + 1 : first
        if unit.hasBias { try unit.requirePositive(bias, pivot: 1, damping) }
        for i in start..<range.upperBound {
          let slope = unit.hasBias ? row[i] / bias : 0
          let rest = diagonal[i] + damping - slope * row[i]
          try unit.requirePositive(rest, pivot: i - first + 1, damping)
          x[i] = (x[i] - slope * gradient[first]) / rest
        }
        if unit.hasBias {
          x[first] = gradient[first] / bias
          for i in start..<range.upperBound { x[first] -= row[i] / bias * x[i] }
        }
      }
    case .diagonal(let diagonal, let units):
      for unit in units {
        for (i, p) in unit.parameters.enumerated() {
          try unit.requirePositive(diagonal[p] + damping, pivot: i + 1, damping)
          x[p] /= diagonal[p] + damping
        }
      }
    case .products: return try conjugateGradients(gradient, damping: damping)
    }
    return result
  }

  /// ln det(A + λ Id) in nats: of a Fisher matrix twice the logarithm of Jeffreys' prior. λ is added as in
  /// ``solve(_:damping:threads:)``.
  ///
  /// - Throws: ``MetricError`` if the matrix is singular, or is not formed.
  public func logDeterminant(damping: T = 0) throws(MetricError) -> T {
    switch storage {
    case .full(let matrix):
      return try matrix.choleskyFactor(damping: damping) { pivot in
        .fullMatrixNotPositiveDefinite(pivot: pivot, size: self.size, damping: Double(damping))
      }.logDeterminantOfFactor
    case .units(let units):
      var sum: T = 0
      for unit in units { sum += try unit.factor(damping: damping).logDeterminantOfFactor }
      return sum
    case .quasiDiagonal(let diagonal, let row, let units):
      var sum = 0.0
      for unit in units {
        let first = unit.parameters.lowerBound
        let bias = diagonal[first] + damping
        for (i, p) in unit.parameters.enumerated() {
          let rest =
            diagonal[p] + damping - (i > 0 && unit.hasBias ? row[p] * row[p] / bias : 0)
          try unit.requirePositive(rest, pivot: i + 1, damping)
          sum += log(Double(rest))
        }
      }
      return T(sum)
    case .diagonal(let diagonal, let units):
      var sum = 0.0
      for unit in units {
        for (i, p) in unit.parameters.enumerated() {
          try unit.requirePositive(diagonal[p] + damping, pivot: i + 1, damping)
          sum += log(Double(diagonal[p] + damping))
        }
      }
      return T(sum)
    case .products:
      throw .tooLarge(
        parameters: size, columns: sampleCount,
        gigabytes: (Double(size) * Double(size) * Double(MemoryLayout<T>.stride) / 1e9).rounded())
    }
  }

  /// Solves with products only, to a relative residual of some thousand roundings.
  private func conjugateGradients(
    _ gradient: Gradient<T>, damping: T
  ) throws(MetricError) -> Displacement<T> {
    var x = Displacement<T>(count: size)
    var residual = gradient
    var direction = Displacement<T>(gradient.elements)
    var square = T.dot(count: size, x: residual.pointer, y: residual.pointer)
    let goal = square * T.ulpOfOne * T.ulpOfOne * 1_000_000
    var iterations = 0
    while square > goal {
      guard iterations < 10 * size else {
        throw .fullMatrixNotPositiveDefinite(
          pivot: iterations, size: size, damping: Double(damping))
      }
      let image = apply(direction)
      let curvature =
        image(direction) + damping * T.dot(count: size, x: direction.pointer, y: direction.pointer)
      guard curvature > 0 else {
        throw .fullMatrixNotPositiveDefinite(
          pivot: iterations, size: size, damping: Double(damping))
      }
      let alpha = square / curvature
      T.addScaled(
        count: size, x: x.pointer, alpha: alpha, y: direction.pointer, into: x.mutablePointer)
      T.addScaled(
        count: size, x: residual.pointer, alpha: -alpha, y: image.pointer,
        into: residual.mutablePointer)
      T.addScaled(
        count: size, x: residual.pointer, alpha: -alpha * damping, y: direction.pointer,
        into: residual.mutablePointer)
      let next = T.dot(count: size, x: residual.pointer, y: residual.pointer)
      T.scaleAdd(
        count: size, alpha: 1, x: residual.pointer, beta: next / square,
        into: direction.mutablePointer)
      square = next
      iterations += 1
    }
    return x
  }
}

/// The error of the first unit that has one, whatever thread finds it.
private final class Fault: @unchecked Sendable {
  private let lock = NSLock()
  private var first: (index: Int, error: MetricError)?

  var error: MetricError? { first?.error }

  func record(_ index: Int, _ error: MetricError) {
    lock.withLock {
      if first.map({ index < $0.index }) ?? true { first = (index, error) }
    }
  }
}

extension UnitPlace {
  fileprivate func requirePositive<T: Scalar>(
    _ value: T, pivot: Int, _ damping: T
  ) throws(MetricError) {
    if !(value > 0) {
      throw .notPositiveDefinite(
        layer: layer, unit: unit, pivot: pivot, damping: Double(damping))
    }
  }
}

extension UnitMatrix {
  fileprivate func factor(damping: T) throws(MetricError) -> Matrix<T> {
    try matrix.choleskyFactor(damping: damping) { pivot in
      .notPositiveDefinite(
        layer: place.layer, unit: place.unit, pivot: pivot, damping: Double(damping))
    }
  }
}

extension Matrix {
  /// L with A + λ Id = L Lᵀ in its lower triangle. A pivot of some roundings of the diagonal entry counts as 0.
  func choleskyFactor(
    damping: Element, fault: (Int) -> MetricError
  ) throws(MetricError) -> Matrix {
    var factor = self
    for i in 0..<rows { factor[i, i] += damping }
    let before = (0..<rows).map { factor[$0, $0] }
    let failed = factor.elements.withUnsafeMutableBufferPointer {
      Element.choleskyFactor(n: rows, a: $0.baseAddress!, lda: rows)
    }
    if failed != 0 { throw fault(failed) }
    let least = Element(rows) * Element.ulpOfOne
    if let pivot = (0..<rows).first(where: {
      factor[$0, $0] * factor[$0, $0] <= least * before[$0]
    }) {
      throw fault(pivot + 1)
    }
    return factor
  }

  /// 2 Σ ln L_ii.
  fileprivate var logDeterminantOfFactor: Element {
    Element((0..<rows).reduce(0.0) { $0 + 2 * log(Double(self[$1, $1])) })
  }
}
