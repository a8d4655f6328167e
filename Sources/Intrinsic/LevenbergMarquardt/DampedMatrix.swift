import Foundation
import IntrinsicMath

/// D of a Levenberg–Marquardt step, by what it keeps of A and so what it is invariant under.
///
/// D remembers: a unit that saturates makes its part of a momentary D vanish, and its step unbounded. Parameters
/// that have changed nothing so far have D = 1 (Moré 1978), as those of dead units and of features that are 0.
public enum Scaling: String, Hashable, Sendable, Codable, CaseIterable {
  /// Id (Levenberg).
  case identity
  /// The running maximum of diag A (Marquardt, Moré 1978): invariant under scalings.
  case diagonal
  /// The quasi-diagonal reduction of an average of A: invariant under affine reparametrizations of units.
  case quasiDiagonal = "quasi-diagonal"
  /// The blocks of units of an average of A: invariant under recombinations of what a unit reads, too.
  case unitwise
}

/// A + a Id + λ D, with A and D as they are kept: A is formed, or is J Jᵀ with fewer columns than rows.
struct DampedMatrix<T: Scalar> {
  /// a.
  var penalty: T = 0
  private let scaling: Scaling
  private let places: [UnitPlace]
  private let size: Int
  private let threads: Int
  /// What solves with A = J Jᵀ without forming it; nil where A is formed.
  let sampleSpace: SampleSpaceStep<T>?
  /// A where it is formed.
  private var matrix: MetricMatrix<T>?
  /// Where a full matrix is factored, with its memory.
  private var factored: Buffer<T>?
  /// The running maximum of the diagonal, or 1.
  private var diagonal: [T]
  /// S ← S + β (A − S), unit by unit.
  private var averages: [Matrix<T>] = []
  /// D of each unit.
  private var blocks: [Matrix<T>] = []

  /// β.
  private static var rate: T { 0.1 }

  /// - Parameter columns: of J where the system is solved in their space; nil where A is formed.
  init(_ scaling: Scaling, _ network: Network, columns: Int?, threads: Int) {
    self.scaling = scaling
    self.threads = threads
    places = network.unitPlaces
    size = network.parameterCount
    sampleSpace = columns.map {
      SampleSpaceStep(rows: network.parameterCount, columns: $0, threads: threads)
    }
    diagonal = [T](repeating: scaling == .identity ? 1 : 0, count: size)
  }

  /// Takes A anew, and moves D.
  mutating func take(_ matrix: MetricMatrix<T>) {
    self.matrix = matrix
    switch scaling {
    case .identity: break
    case .diagonal: raiseDiagonal(matrix.diagonal)
    case .quasiDiagonal, .unitwise: average(matrix.unitBlocks(places))
    }
  }

  /// Takes A = J Jᵀ anew from what has been written to the sample space, and moves D.
  mutating func takeSampleSpace() {
    let step = sampleSpace!
    switch scaling {
    case .identity: break
    case .diagonal: raiseDiagonal(step.diagonal)
    case .quasiDiagonal, .unitwise: average(step.unitBlocks(places))
    }
    step.forget()
  }

  private mutating func raiseDiagonal(_ values: [T]) {
    for (i, value) in values.enumerated() { diagonal[i] = max(diagonal[i], value) }
  }

  private mutating func average(_ new: [Matrix<T>]) {
    averages =
      averages.isEmpty
      ? new
      : zip(averages, new).map { $0.map { $0 * (1 - Self.rate) }.adding($1, times: Self.rate) }
    updateBlocks()
  }

  private mutating func updateBlocks() {
    blocks =
      scaling == .unitwise
      ? averages.map(\.withPositivePivots)
      : zip(places, averages).map { $1.quasiDiagonal(hasBias: $0.hasBias) }
  }

  /// D δ.
  func scaled(_ step: Displacement<T>) -> Gradient<T> {
    var result = Gradient<T>(count: size)
    let out = result.mutablePointer
    if blocks.isEmpty {
      T.kernels.multiply(size, diagonal, step.pointer, out)
      return result
    }
    for (place, block) in zip(places, blocks) {
      var image = [T](repeating: 0, count: block.rows)
      block.multiply(step.pointer + place.parameters.lowerBound, into: &image)
      (out + place.parameters.lowerBound).update(from: image, count: block.rows)
    }
    return result
  }

  /// δᵀDδ.
  func scaledSquare(_ step: Displacement<T>) -> T { scaled(step)(step) }

  /// (A + a Id + λ D)⁻¹ G.
  mutating func solve(
    _ gradient: Gradient<T>, damping: T
  ) throws(MetricError) -> Displacement<T> {
    if let sampleSpace {
      return try sampleSpace.solve(
        gradient, damping: damping, penalty: penalty, places: places,
        scaling: blocks.isEmpty ? .diagonal(diagonal.indices.map(dampedEntry)) : .units(blocks))
    }
    if case .full(let whole) = matrix!.storage {
      return try solveFull(whole, gradient, damping: damping)
    }
    return try damped(matrix!, by: damping).solve(gradient, threads: threads)
  }

  /// The same for a full matrix, by the Cholesky factorization of its lower triangle.
  private mutating func solveFull(
    _ matrix: Matrix<T>, _ gradient: Gradient<T>, damping: T
  ) throws(MetricError) -> Displacement<T> {
    let n = size
    if factored == nil { factored = Buffer(count: n * n) }
    let s = factored!.pointer
    matrix.elements.withUnsafeBufferPointer { a in
      for i in 0..<n { (s + i * n).update(from: a.baseAddress! + i * n, count: i + 1) }
    }
    T.kernels.addToDiagonal(n, penalty, s, n)
    for (index, place) in places.enumerated() {
      for (i, p) in place.parameters.enumerated() {
        let row = s + p * n + place.parameters.lowerBound
        if blocks.isEmpty {
          row[i] += damping * dampedEntry(p)
        } else {
          for j in 0...i { row[j] += damping * blocks[index][i, j] }
        }
      }
    }
    // However small a pivot is: the gain ratio judges the step.
    let failed = SymmetricAlgebra<T>.factor(n, s, n, threads: threads)
    if failed != 0 {
      throw .fullMatrixNotPositiveDefinite(pivot: failed, size: n, damping: Double(damping))
    }
    var result = Displacement<T>(gradient.elements)
    T.kernels.choleskySolve(n, s, n, result.mutablePointer)
    return result
  }

  /// A reduction with a Id + λ D added to what it keeps.
  private func damped(_ matrix: MetricMatrix<T>, by damping: T) -> MetricMatrix<T> {
    var result = matrix
    result.storage = .units(
      zip(places, result.unitBlocks(places)).enumerated().map { index, unit in
        var block = unit.1
        for (i, parameter) in unit.0.parameters.enumerated() {
          block[i, i] += penalty + (blocks.isEmpty ? damping * dampedEntry(parameter) : 0)
          guard !blocks.isEmpty else { continue }
          for j in 0..<block.rows { block[i, j] += damping * blocks[index][i, j] }
        }
        return UnitMatrix(place: unit.0, matrix: block)
      })
    return result
  }

  private func dampedEntry(_ parameter: Int) -> T {
    diagonal[parameter] > 0 ? diagonal[parameter] : 1
  }

  /// With H = A + a Id and the noise variance 2L·N/(N n_out − γ): a ← γ/‖θ‖² · 2L/(N n_out − γ), where
  /// γ = P − a tr H⁻¹ (MacKay 1992).
  ///
  /// - Parameters:
  ///   - a: the penalty so far.
  ///   - loss: L in nats, without the penalty.
  ///   - observations: N n_out.
  ///   - squaredNorm: ‖θ‖².
  /// - Returns: nil if H is singular, or there are no more observations than γ.
  func evidence(
    for a: T, loss: T, observations: Int, squaredNorm: T
  ) -> (penalty: T, effectiveParameters: T)? {
    guard let trace = traceOfInverse(adding: a) else { return nil }
    let gamma = T(size) - a * trace
    let free = T(observations) - gamma
    guard free > 0, gamma > 0 else { return nil }
    return (max(gamma / squaredNorm * 2 * loss / free, T.leastNormalMagnitude), gamma)
  }

  /// Carries what it remembers, for checkpoints.
  mutating func code(_ coder: CheckpointCoder<T>) {
    coder.codeExactly("diagonal", &diagonal)
    // Blocks exist from the first matrix on.
    var count = averages.isEmpty ? 0 : 1
    coder.code("averaged", &count)
    if coder.isRestoring && count == 1 && averages.isEmpty {
      averages = places.map {
        Matrix(rows: $0.parameters.count, columns: $0.parameters.count)
      }
    }
    for index in averages.indices {
      coder.codeExactly("average.\(index)", &averages[index].elements)
    }
    if coder.isRestoring { updateBlocks() }
  }

  /// tr((A + a Id)⁻¹); nil if that is singular.
  private func traceOfInverse(adding a: T) -> T? {
    if let sampleSpace { return sampleSpace.traceOfInverse(adding: a) }
    let blocks: [Matrix<T>] =
      if case .full(let whole) = matrix!.storage { [whole] } else { matrix!.unitBlocks(places) }
    var trace: T = 0
    for block in blocks {
      guard let part = block.traceOfInverse(adding: a, threads: threads) else { return nil }
      trace += part
    }
    return trace
  }
}

extension MetricMatrix {
  /// The blocks of all units.
  fileprivate func unitBlocks(_ places: [UnitPlace]) -> [Matrix<T>] {
    guard case .full(let whole) = storage else { return blocks.map(\.matrix) }
    return places.map { place in
      let (n, first) = (place.parameters.count, place.parameters.lowerBound)
      var block = Matrix<T>(rows: n, columns: n)
      for i in 0..<n {
        for j in 0..<n { block[i, j] = whole[first + i, first + j] }
      }
      return block
    }
  }
}

extension Matrix {
  /// The same with 1 for each 0 of the diagonal, and a ridge of ε^⅔ A_ii: what a unit reads may be all but dependent,
  /// and D with it.
  fileprivate var withPositivePivots: Matrix {
    let ridge = 1 + Element(cbrt(Double(Element.ulpOfOne) * Double(Element.ulpOfOne)))
    var result = self
    for i in 0..<rows { result[i, i] = self[i, i] > 0 ? self[i, i] * ridge : 1 }
    return result
  }

  /// The matrix that the quasi-diagonal inverse of this one inverts: A_ij = A_0i A_0j/A_00 for i ≠ j.
  fileprivate func quasiDiagonal(hasBias: Bool) -> Matrix {
    var result = Matrix(rows: rows, columns: columns)
    for i in 0..<rows {
      // What has changed nothing so far has 1; what follows the bias exactly, a little of its own.
      result[i, i] = self[i, i] > 0 ? self[i, i] : 1
      guard hasBias, self[0, 0] > 0 else { continue }
      if i > 0 {
        let shared = self[0, i] * self[0, i] / self[0, 0]
        result[i, i] = max(result[i, i], shared + Element.ulpOfOne.squareRoot() * self[i, i])
      }
      for j in 0..<rows where j != i {
        result[i, j] = i == 0 || j == 0 ? self[i, j] : self[0, i] * self[0, j] / self[0, 0]
      }
    }
    return result
  }
}
