import IntrinsicMath

/// What a rule carries from one step to the next, by what it is: so that it can be mapped with the
/// parameters when these are written in another way.
public struct OptimizerState<T: Scalar>: Sendable {
  /// One part of the state.
  public enum Component: Sendable {
    /// A tangent vector, such as a sum of steps.
    case displacement(Displacement<T>)
    /// A covector, such as a sum of gradients.
    case gradient(Gradient<T>)
    /// Sums or averages of the squares of each component of the gradient.
    case squares(GradientSquares<T>)
    /// A moving average of a metric; nil before the first estimate and for those without memory.
    case metric(MetricState<T>?)
    /// Whole numbers, which do not depend on how parameters are written.
    case counts([Int])
    /// Numbers that do not depend on how parameters are written.
    case numbers([T])
  }

  /// The parts by the names under which the rule codes them.
  public var components: [String: Component]

  public init(components: [String: Component]) { self.components = components }

  /// Whether steps depend on the current gradient only.
  public var isEmpty: Bool { components.isEmpty }
}

/// Sums or averages of the squares of the gradient, component by component: neither a vector nor a
/// covector, but what changes by the square of a change of units.
public struct GradientSquares<Element: Scalar>: ParameterVector {
  public var storage: Buffer<Element>
  public init(count: Int) { storage = Buffer(count: count) }
}

/// A moving average of a metric over some estimates.
public struct MetricState<T: Scalar>: Sendable {
  /// What is averaged.
  public enum Matrices: Sendable {
    /// Over all parameters.
    case full(Matrix<T>)
    /// Of each unit of each layer, with zeros where the reduction keeps nothing.
    case units([[Matrix<T>]])
  }

  /// The averages, without damping.
  public let matrices: Matrices
  /// That of the output parameters ϑ, if there are any.
  public let outputParameters: Matrix<T>?
  /// Estimates so far.
  public let estimates: Int

  public init(matrices: Matrices, outputParameters: Matrix<T>?, estimates: Int) {
    self.matrices = matrices
    self.outputParameters = outputParameters
    self.estimates = estimates
  }
}

extension MetricEstimator {
  /// The moving average; nil for metrics without memory, and before the first estimate.
  var state: MetricState<T>? {
    if averaging.isMemoryless || estimates == 0 { return nil }
    let matrices: MetricState<T>.Matrices =
      if let full = fullMatrix() { .full(full) } else {
        .units(
          network.layers.indices.map { layer in
            self.matrices(of: layer).indices.map { unitMatrix(layer: layer, unit: $0)! }
          })
      }
    return MetricState(
      matrices: matrices, outputParameters: outputParameterMatrix(), estimates: estimates)
  }
}
