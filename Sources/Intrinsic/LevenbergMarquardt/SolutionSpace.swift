import IntrinsicMath

/// Where the systems of ``LevenbergMarquardt`` and ``SpringDescent`` are solved, whichever is cheaper.
public enum SolutionSpace: String, Hashable, Sendable, Codable {
  /// (A + λ D) δ = G as it stands, P × P.
  case parameters
  /// By the Gram matrix of the columns of J with A = J Jᵀ, of which there are fewer than parameters.
  case samples

  /// Chosen before anything is allocated.
  ///
  /// - Parameter columns: of J; nil for matrices without such a factor.
  /// - Throws: ``MetricError/tooLarge(parameters:columns:gigabytes:)`` if it would not fit in memory.
  init<T: Scalar>(
    _ network: Network, columns: Int?, of type: T.Type
  ) throws(MetricError) {
    let size = network.parameterCount
    guard let columns else {
      self = .parameters
      return
    }
    self = columns < size ? .samples : .parameters
    let bytes = scalars(parameters: size, columns: columns) * Double(MemoryLayout<T>.stride)
    if bytes > Double(MetricMatrix<T>.greatestSize) {
      throw .tooLarge(
        parameters: size, columns: columns, gigabytes: (bytes / 1e8).rounded() / 10)
    }
  }

  /// What it takes memory for: A and its factor, or J, its part of D, the Gram matrix and its factor.
  private func scalars(parameters: Int, columns: Int) -> Double {
    let (p, m) = (Double(parameters), Double(columns))
    return self == .parameters ? 2 * p * p : 2 * p * m + 2 * m * m
  }
}
