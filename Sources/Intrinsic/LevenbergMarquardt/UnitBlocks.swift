import Foundation
import IntrinsicMath

/// A symmetric matrix for each unit, over its incoming parameters, one after the other in memory.
final class UnitBlocks<T: Scalar> {
  let places: [UnitPlace]
  let memory: Buffer<T>
  private let offsets: [Int]

  /// Zeros.
  init(_ places: [UnitPlace]) {
    self.places = places
    var offset = 0
    offsets = places.map { place in
      defer { offset += place.parameters.count * place.parameters.count }
      return offset
    }
    memory = Buffer(count: offset)
  }

  func block(_ index: Int) -> UnsafeMutablePointer<T> { memory.pointer + offsets[index] }
  func size(_ index: Int) -> Int { places[index].parameters.count }

  /// The blocks that a metric keeps; those of a quasi-diagonal one are of the matrix that its inverse inverts.
  func take(_ matrix: MetricMatrix<T>) {
    switch matrix.storage {
    case .full(let whole):
      whole.elements.withUnsafeBufferPointer { source in
        for (index, place) in places.enumerated() {
          let (n, first) = (size(index), place.parameters.lowerBound)
          for i in 0..<n {
            (block(index) + i * n).update(
              from: source.baseAddress! + (first + i) * whole.columns + first, count: n)
          }
        }
      }
    case .units(let units):
      for (index, unit) in units.enumerated() {
        unit.matrix.elements.withUnsafeBufferPointer {
          block(index).update(from: $0.baseAddress!, count: $0.count)
        }
      }
    case .diagonal(let diagonal, _):
      T.fill(count: memory.count, value: 0, into: memory.pointer)
      for (index, place) in places.enumerated() {
        let (s, n) = (block(index), size(index))
        for (i, p) in place.parameters.enumerated() { s[i * n + i] = diagonal[p] }
      }
    case .quasiDiagonal(let diagonal, let biasRow, _):
      T.fill(count: memory.count, value: 0, into: memory.pointer)
      forEachComponent { index, range, corner in
        let (s, ld, n) = (block(index) + corner, size(index), range.count)
        let bias = diagonal[range.lowerBound]
        if places[index].hasBias && bias > 0 {
          biasRow.withUnsafeBufferPointer {
            s.update(from: $0.baseAddress! + range.lowerBound, count: n)
          }
          s[0] = bias
          for i in 1..<n {
            T.scaleAdd(count: n, alpha: s[i] / bias, x: s, beta: 0, into: s + i * ld)
          }
        }
        for (i, p) in range.enumerated() { s[i * ld + i] = diagonal[p] }
      }
    case .products: preconditionFailure("a matrix that is not formed has no blocks")
    }
  }

  /// J_k J_kᵀ with the rows J_k of each unit.
  func take(rowsOf j: Matrix<T>, threads: Int) {
    j.elements.withUnsafeBufferPointer { source in
      nonisolated(unsafe) let source = source.baseAddress!
      Parallel.forEachPart(of: places.count, threads: threads) { part in
        for index in part {
          let n = size(index)
          T.syrk(
            n: n, k: j.columns, alpha: 1,
            a: source + places[index].parameters.lowerBound * j.columns, lda: j.columns, beta: 0,
            c: block(index), ldc: n)
          T.mirrorLower(n: n, a: block(index), ld: n)
        }
      }
    }
  }

  /// S ← S + rate (A − S).
  func move(toward other: UnitBlocks, rate: T) {
    T.scaleAdd(
      count: memory.count, alpha: rate, x: other.memory.pointer, beta: 1 - rate,
      into: memory.pointer)
  }

  /// The blocks of units, or groups, of those of S with 1 for each 0 of the diagonal and, where one is singular, as
  /// of softmax groups or of features that repeat, a matrix of its null space more: what changes nothing is not
  /// stepped along, and the rest of the step does not know.
  func takePositive(_ other: UnitBlocks) {
    T.fill(count: memory.count, value: 0, into: memory.pointer)
    let largest = places.flatMap(\.groups).map(\.count).max() ?? 0
    let (scratch, values) = (Buffer<T>(count: largest * largest), Buffer<T>(count: largest))
    for (index, place) in places.enumerated() {
      let ld = size(index)
      for range in place.groups {
        let (corner, n) = ((range.lowerBound - place.parameters.lowerBound) * (ld + 1), range.count)
        let (s, source) = (block(index) + corner, other.block(index) + corner)
        for i in 0..<n {
          (s + i * ld).update(from: source + i * ld, count: n)
          if s[i * ld + i] <= 0 { s[i * ld + i] = 1 }
        }
        if !Self.isRegular(s, n, ld, scratch) { Self.addNullSpace(s, n, ld, scratch, values) }
      }
    }
  }

  /// Whether a matrix has a Cholesky factor whose pivots are more than rounding.
  private static func isRegular(
    _ s: UnsafePointer<T>, _ n: Int, _ ld: Int, _ scratch: Buffer<T>
  ) -> Bool {
    for i in 0..<n { (scratch.pointer + i * n).update(from: s + i * ld, count: n) }
    return T.choleskyFactor(n: n, a: scratch.pointer, lda: n) == 0
      && (0..<n).allSatisfy { i in
        let pivot = scratch[i * n + i] * scratch[i * n + i]
        return pivot > 64 * T(n) * .ulpOfOne * s[i * ld + i]
      }
  }

  /// S + Δ V Vᵀ Δ with Δ = (diag S)^½ and V the eigenvectors of Δ⁻¹ S Δ⁻¹ that belong to 0.
  private static func addNullSpace(
    _ s: UnsafeMutablePointer<T>, _ n: Int, _ ld: Int, _ scratch: Buffer<T>, _ values: Buffer<T>
  ) {
    let roots = (0..<n).map { s[$0 * ld + $0].squareRoot() }
    for i in 0..<n {
      for j in 0..<n { scratch[i * n + j] = s[i * ld + j] / (roots[i] * roots[j]) }
    }
    guard T.eigen(n: n, a: scratch.pointer, lda: n, values: values.pointer) == 0 else { return }
    for k in 0..<n where values[k] < 64 * T(n) * .ulpOfOne {
      for i in 0..<n {
        for j in 0..<n {
          s[i * ld + j] += roots[i] * scratch[k * n + i] * scratch[k * n + j] * roots[j]
        }
      }
    }
  }

  /// The matrices that the quasi-diagonal inverses of those of S invert: S_0i S_0j/S_00 for i ≠ j.
  func takeQuasiDiagonal(_ other: UnitBlocks) {
    T.fill(count: memory.count, value: 0, into: memory.pointer)
    let little = T(cbrt(Double(T.ulpOfOne)))
    forEachComponent { index, range, corner in
      let (s, d) = (other.block(index) + corner, block(index) + corner)
      let (ld, n) = (size(index), range.count)
      let isShared = places[index].hasBias && s[0] > 0
      if isShared {
        for i in 0..<n {
          T.scaleAdd(count: n, alpha: i == 0 ? 1 : s[i] / s[0], x: s, beta: 0, into: d + i * ld)
        }
      }
      for i in 0..<n {
        // What has changed nothing so far has 1; what follows the bias exactly, a little of its own, by which
        // rounding is multiplied.
        let entry = s[i * ld + i] > 0 ? s[i * ld + i] : 1
        d[i * ld + i] =
          isShared && i > 0 ? max(entry, d[i * ld + i] + little * s[i * ld + i]) : entry
      }
    }
  }

  /// Calls `body` with each unit of each block: its parameters, and where its own block starts in that.
  private func forEachComponent(_ body: (_ index: Int, _ range: Range<Int>, _ corner: Int) -> Void)
  {
    for (index, place) in places.enumerated() {
      for range in place.components {
        body(index, range, (range.lowerBound - place.parameters.lowerBound) * (size(index) + 1))
      }
    }
  }

  /// out = S x.
  func apply(_ x: UnsafePointer<T>, into out: UnsafeMutablePointer<T>) {
    for (index, place) in places.enumerated() {
      let n = size(index)
      T.gemm(
        transposeA: false, transposeB: false, m: n, n: 1, k: n, alpha: 1, a: block(index), lda: n,
        b: x + place.parameters.lowerBound, ldb: 1, beta: 0,
        c: out + place.parameters.lowerBound, ldc: 1)
    }
  }
}
