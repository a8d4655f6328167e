import Foundation
import IntrinsicMath

extension MetricMatrix {
  /// All eigenvalues, increasing: of reduced metrics those of all units.
  ///
  /// - Throws: ``MetricError`` if they do not converge, or the matrix is not formed.
  /// - Complexity: 4P³/3 operations for a full matrix.
  public func eigenvalues() throws(MetricError) -> [T] {
    switch storage {
    case .full(let matrix):
      guard let values = matrix.symmetricEigenvalues() else {
        throw .eigenvaluesNotFound(layer: nil, unit: nil)
      }
      return values
    case .diagonal(let diagonal, _): return diagonal.sorted()
    case .units, .quasiDiagonal:
      var all: [T] = []
      for unit in blocks {
        guard let values = unit.matrix.symmetricEigenvalues() else {
          throw .eigenvaluesNotFound(layer: unit.place.layer, unit: unit.place.unit)
        }
        all += values
      }
      return all.sorted()
    case .products:
      throw .tooLarge(
        parameters: size, columns: sampleCount,
        gigabytes: (Double(size) * Double(size) * Double(MemoryLayout<T>.stride) / 1e9).rounded())
    }
  }

  /// The largest eigenvalues, decreasing, by the Lanczos method with full reorthogonalization, which needs
  /// products only. Of equal eigenvalues it may find one
  /// only.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - stream: where the first vector comes from.
  ///   - tolerance: the bound on the error of each, relative to the largest.
  /// - Throws: ``MetricError`` if they do not converge within as many iterations as parameters.
  /// - Complexity: some times `count` products, and as many vectors of memory.
  public func largestEigenvalues(
    _ count: Int, stream: RandomStream = RandomStream(seed: 0), tolerance: T? = nil
  ) throws(MetricError) -> [T] {
    precondition((1...size).contains(count), "\(count) eigenvalues of \(size)")
    let tolerance = tolerance ?? T.ulpOfOne.squareRoot()
    var lanczos = Lanczos<T>(size, using: stream)
    while true {
      lanczos.extend(by: lanczos.steps == 0 ? 2 * count + 10 : max(10, lanczos.steps / 2)) {
        apply($0)
      }
      guard let ritz = lanczos.ritzValues() else {
        throw .eigenvaluesNotFound(layer: nil, unit: nil)
      }
      let best = ritz.suffix(count).reversed()
      let scale = max(ritz.last?.value ?? 0, 0)
      let isDone = best.allSatisfy { $0.residual <= tolerance * scale }
      if best.count == count && isDone || lanczos.isExhausted {
        let found = best.map { max($0.value, 0) }
        // An invariant subspace without the rest of the vectors: what is not met is 0.
        return found + [T](repeating: 0, count: count - found.count)
      }
    }
  }

  /// The density of eigenvalues by stochastic Lanczos quadrature (Ubaru, Chen and Saad 2017): products
  /// only.
  ///
  /// - Parameters:
  ///   - probes: random vectors; the relative error of a smooth mean of eigenvalues is of the order of
  ///     √(2/(probes · parameters)).
  ///   - steps: Lanczos steps for each, at most as many as parameters.
  ///   - stream: where the vectors come from.
  public func spectralDensity(
    probes: Int = 10, steps: Int = 80, stream: RandomStream = RandomStream(seed: 0)
  ) throws(MetricError) -> SpectralDensity {
    precondition(probes >= 1 && steps >= 1, "\(probes) probes of \(steps) steps")
    var nodes: [SpectralDensity.Node] = []
    for probe in 0..<probes {
      var lanczos = Lanczos<T>(size, using: stream.child("probe", probe))
      lanczos.extend(by: min(steps, size)) { apply($0) }
      guard let ritz = lanczos.ritzValues() else {
        throw .eigenvaluesNotFound(layer: nil, unit: nil)
      }
      nodes += ritz.map { .init(value: Double($0.value), weight: $0.weight / Double(probes)) }
    }
    return SpectralDensity(nodes: nodes.sorted { $0.value < $1.value })
  }
}

/// A density of eigenvalues as a sum of weighted points.
public struct SpectralDensity: Codable, Sendable {
  public struct Node: Codable, Sendable {
    public let value: Double
    /// All weights add up to 1.
    public let weight: Double
  }

  /// Increasing.
  public let nodes: [Node]

  /// The density at λ, each point spread to a Gaussian of standard deviation `width`.
  public func callAsFunction(_ lambda: Double, width: Double) -> Double {
    nodes.reduce(0) { sum, node in
      let z = (lambda - node.value) / width
      return sum + node.weight * exp(-z * z / 2) / (width * (2 * Double.pi).squareRoot())
    }
  }

  /// The mean of a function of the eigenvalues, such as λ, whose mean is trace/size.
  public func mean(_ function: (Double) -> Double) -> Double {
    nodes.reduce(0) { $0 + $1.weight * function($1.value) }
  }
}

/// The Lanczos method for a symmetric matrix that is known by its products.
struct Lanczos<T: Scalar> {
  /// An eigenvalue of the tridiagonal matrix.
  struct RitzValue {
    let value: T
    /// The square of the first component of its eigenvector.
    let weight: Double
    /// ‖A v − value · v‖.
    let residual: T
  }

  private let size: Int
  private var vectors: [Displacement<T>] = []
  private var alpha: [T] = []
  private var beta: [T] = []
  private var next: Displacement<T>
  /// Whether the vectors span an invariant subspace.
  private(set) var isExhausted = false

  var steps: Int { alpha.count }

  init(_ size: Int, using stream: RandomStream) {
    self.size = size
    var stream = stream
    // Signs: each vector has the mean square of its components.
    next = Displacement(
      (0..<size).map { _ in T(Bool.random(using: &stream) ? 1 : -1) / T(size).squareRoot() })
  }

  mutating func extend(by count: Int, _ product: (Displacement<T>) -> Gradient<T>) {
    for _ in 0..<count where !isExhausted {
      let vector = next
      vectors.append(vector)
      var w = Displacement<T>(product(vector).elements)
      let length = T.dot(count: size, x: w.pointer, y: w.pointer).squareRoot()
      alpha.append(T.dot(count: size, x: w.pointer, y: vector.pointer))
      // Twice: once leaves what rounding brings back.
      for _ in 0..<2 {
        for other in vectors {
          let overlap = T.dot(count: size, x: w.pointer, y: other.pointer)
          T.addScaled(
            count: size, x: w.pointer, alpha: -overlap, y: other.pointer, into: w.mutablePointer)
        }
      }
      let rest = T.dot(count: size, x: w.pointer, y: w.pointer).squareRoot()
      beta.append(rest)
      isExhausted =
        steps == size || !(rest > 100 * T.ulpOfOne * max(length, alpha.map(abs).max()!))
      if !isExhausted {
        T.scaleAdd(count: size, alpha: 0, x: vector.pointer, beta: 1 / rest, into: w.mutablePointer)
        next = w
      }
    }
  }

  /// Increasing; nil if they do not converge.
  func ritzValues() -> [RitzValue]? {
    let n = steps
    var matrix = Matrix<T>(rows: n, columns: n)
    for i in 0..<n {
      matrix[i, i] = alpha[i]
      if i > 0 { (matrix[i, i - 1], matrix[i - 1, i]) = (beta[i - 1], beta[i - 1]) }
    }
    guard let values = matrix.diagonalize() else { return nil }
    return (0..<n).map { i in
      RitzValue(
        value: values[i], weight: Double(matrix[i, 0] * matrix[i, 0]),
        residual: isExhausted ? 0 : abs(beta[n - 1] * matrix[i, n - 1]))
    }
  }
}

extension Matrix {
  /// The eigenvalues of a symmetric matrix, increasing; nil if they do not converge.
  func symmetricEigenvalues() -> [Element]? {
    var copy = self
    return copy.diagonalize()
  }

  /// Replaces a symmetric matrix by its eigenvectors, one a row.
  /// - Returns: the eigenvalues, increasing; nil if they do not converge.
  fileprivate mutating func diagonalize() -> [Element]? {
    precondition(rows == columns, "eigenvalues of a matrix of \(rows) × \(columns)")
    var values = [Element](repeating: 0, count: rows)
    let n = rows
    let failed = elements.withUnsafeMutableBufferPointer {
      Element.eigen(n: n, a: $0.baseAddress!, lda: n, values: &values)
    }
    return failed == 0 ? values : nil
  }
}
