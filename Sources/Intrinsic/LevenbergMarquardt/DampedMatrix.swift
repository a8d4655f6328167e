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
  /// A where it is a full matrix.
  private var full: Matrix<T>?
  /// The blocks of A where it is a reduction, or D is one of it.
  private var blocks: UnitBlocks<T>?
  /// Where a matrix is factored, with its memory.
  private var factored: Buffer<T>?
  /// The running maximum of the diagonal, or 1.
  private var diagonal: [T]
  /// S ← S + β (A − S), unit by unit.
  private var averages: UnitBlocks<T>?
  /// D of each unit, made of the averages.
  private var damping: UnitBlocks<T>?

  /// β.
  private static var rate: T { 0.1 }

  /// - Parameter columns: of J where the system is solved in their space; nil where A is formed.
  init(
    _ scaling: Scaling, _ metric: Metric, _ network: Network, columns: Int?, threads: Int
  ) {
    self.scaling = scaling
    self.threads = threads
    places = network.places(metric.partition == .layers ? .layers : .groups)
    size = network.parameterCount
    sampleSpace = columns.map {
      SampleSpaceStep(rows: network.parameterCount, columns: $0, threads: threads)
    }
    diagonal = [T](repeating: scaling == .identity ? 1 : 0, count: size)
  }

  private var averagesUnits: Bool { scaling == .quasiDiagonal || scaling == .unitwise }

  /// Takes A anew, and moves D.
  mutating func take(_ matrix: MetricMatrix<T>) {
    full = if case .full(let whole) = matrix.storage { whole } else { nil }
    if full == nil || averagesUnits { allocatedBlocks().take(matrix) }
    moveScaling { matrix.diagonal }
  }

  /// Takes A = J Jᵀ anew from what has been written to the sample space, and moves D.
  mutating func takeSampleSpace() {
    let step = sampleSpace!
    if averagesUnits { allocatedBlocks().take(rowsOf: step.jacobian, threads: threads) }
    moveScaling { step.diagonal }
    step.forget()
  }

  private mutating func allocatedBlocks() -> UnitBlocks<T> {
    if blocks == nil { blocks = UnitBlocks(places) }
    return blocks!
  }

  private mutating func moveScaling(diagonal values: () -> [T]) {
    if scaling == .diagonal {
      for (i, value) in values().enumerated() { diagonal[i] = max(diagonal[i], value) }
    }
    guard averagesUnits else { return }
    if let averages {
      averages.move(toward: blocks!, rate: Self.rate)
    } else {
      averages = UnitBlocks(places)
      averages!.memory.copy(from: blocks!.memory)
    }
    updateScaling()
  }

  private mutating func updateScaling() {
    if damping == nil { damping = UnitBlocks(places) }
    if scaling == .unitwise {
      damping!.takePositive(averages!)
    } else {
      damping!.takeQuasiDiagonal(averages!)
    }
  }

  /// D δ.
  func scaled(_ step: Displacement<T>) -> Gradient<T> {
    var result = Gradient<T>(count: size)
    if let damping {
      damping.apply(step.pointer, into: result.mutablePointer)
    } else {
      T.multiply(count: size, x: diagonal, y: step.pointer, into: result.mutablePointer)
    }
    return result
  }

  /// δᵀDδ.
  func scaledSquare(_ step: Displacement<T>) -> T { scaled(step)(step) }

  /// (A + a Id + λ D)⁻¹ G. However small a pivot is: the gain ratio judges the step.
  /// - Throws: ``MetricError`` where there is no Cholesky factor.
  mutating func solve(
    _ gradient: Gradient<T>, damping lambda: T
  ) throws(MetricError) -> Displacement<T> {
    if let sampleSpace {
      return try sampleSpace.solve(
        gradient, damping: lambda, penalty: penalty, places: places,
        scaling: damping.map { .units($0) } ?? .diagonal(diagonal.indices.map(dampedEntry)))
    }
    var result = Displacement<T>(gradient.elements)
    if let full {
      try solve(full, damping: lambda, result.mutablePointer)
    } else {
      try solveBlocks(damping: lambda, result.mutablePointer)
    }
    return result
  }

  /// The same for another G with the last λ, by the factor that there is.
  ///
  /// - Parameter residuals: r if G = −J r, for the sample space.
  func solveAgain(_ gradient: Gradient<T>, residuals: [T]?) -> Displacement<T> {
    if let sampleSpace {
      return sampleSpace.solveAgain(gradient, residuals: residuals, places: places)
    }
    var result = Displacement<T>(gradient.elements)
    let (x, s) = (result.mutablePointer, factored!.pointer)
    if full != nil {
      T.choleskySolve(n: size, factor: s, lda: size, b: x)
      return result
    }
    var first = s
    for place in places {
      let n = place.parameters.count
      T.choleskySolve(n: n, factor: first, lda: n, b: x + place.parameters.lowerBound)
      first += n * n
    }
    return result
  }

  private mutating func solve(
    _ full: Matrix<T>, damping lambda: T, _ x: UnsafeMutablePointer<T>
  ) throws(MetricError) {
    let n = size
    if factored == nil { factored = Buffer(count: n * n) }
    let s = factored!.pointer
    full.elements.withUnsafeBufferPointer { a in
      for i in 0..<n { (s + i * n).update(from: a.baseAddress! + i * n, count: i + 1) }
    }
    for index in places.indices {
      let first = places[index].parameters.lowerBound
      add(index, damping: lambda, to: s + first * n + first, rowsApart: n)
    }
    let failed = SymmetricAlgebra<T>.factor(n, s, n, threads: threads)
    if failed != 0 {
      throw .fullMatrixNotPositiveDefinite(pivot: failed, size: n, damping: Double(lambda))
    }
    T.choleskySolve(n: n, factor: s, lda: n, b: x)
  }

  private mutating func solveBlocks(
    damping lambda: T, _ x: UnsafeMutablePointer<T>
  ) throws(MetricError) {
    if factored == nil { factored = Buffer(count: blocks!.memory.count) }
    factored!.copy(from: blocks!.memory)
    var first = factored!.pointer
    for (index, place) in places.enumerated() {
      let n = place.parameters.count
      add(index, damping: lambda, to: first, rowsApart: n)
      let failed = T.choleskyFactor(n: n, a: first, lda: n)
      if failed != 0 {
        throw .notPositiveDefinite(
          layer: place.layer, unit: place.unit, pivot: failed, damping: Double(lambda))
      }
      T.choleskySolve(n: n, factor: first, lda: n, b: x + place.parameters.lowerBound)
      first += n * n
    }
  }

  /// Adds a Id + λ D of a unit to the lower triangle of a block.
  private func add(
    _ index: Int, damping lambda: T, to block: UnsafeMutablePointer<T>, rowsApart: Int
  ) {
    let place = places[index]
    for (i, p) in place.parameters.enumerated() {
      let row = block + i * rowsApart
      if let damping {
        let dampingRow = damping.block(index) + i * place.parameters.count
        T.addScaled(count: i + 1, x: row, alpha: lambda, y: dampingRow, into: row)
        row[i] += penalty
      } else {
        row[i] += penalty + lambda * dampedEntry(p)
      }
    }
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

  /// tr((A + a Id)⁻¹); nil if that is singular.
  private func traceOfInverse(adding a: T) -> T? {
    if let sampleSpace { return sampleSpace.traceOfInverse(adding: a) }
    if let full { return full.traceOfInverse(adding: a, threads: threads) }
    var trace: T = 0
    for index in places.indices {
      let n = blocks!.size(index)
      let block = Matrix(
        rows: n, columns: n,
        elements: Array(UnsafeBufferPointer(start: blocks!.block(index), count: n * n)))
      guard let part = block.traceOfInverse(adding: a) else { return nil }
      trace += part
    }
    return trace
  }

  /// Carries what it remembers, for checkpoints.
  mutating func code(_ coder: CheckpointCoder<T>) {
    coder.codeExactly("diagonal", &diagonal)
    // Averages exist from the first matrix on.
    var count = averages == nil ? 0 : 1
    coder.code("averaged", &count)
    if coder.isRestoring && count == 1 && averages == nil { averages = UnitBlocks(places) }
    guard let averages else { return }
    var elements = averages.memory.elements
    coder.codeExactly("averages", &elements)
    if coder.isRestoring {
      averages.memory.copy(from: Buffer(elements))
      updateScaling()
    }
  }
}
