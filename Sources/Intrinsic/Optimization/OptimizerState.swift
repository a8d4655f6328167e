import IntrinsicMath

/// What an optimizer carries from one step to the next, by what it is: so that it can be mapped with
/// the parameters when these are written in another way. Random streams are not part of it.
public enum OptimizerState<T: Scalar>: Sendable {
  /// Nothing: each step depends on the current gradient only.
  case none
  /// A discounted sum of gradients, a covector.
  case velocity(Gradient<T>)
  /// Sums or averages of the squares of each component of the gradient.
  case squares([T])
  /// Adam's averages after some steps.
  case adam(mean: Gradient<T>, squares: [T], steps: Int)
  /// A moving average of a metric.
  case metric(MetricState<T>)
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
    if evolution.isMemoryless || estimates == 0 { return nil }
    let matrices: MetricState<T>.Matrices =
      if let full = fullMatrix() { .full(full) } else {
        .units(
          network.layers.indices.map { layer in
            (0..<network.layers[layer].unitCount).map { unitMatrix(layer: layer, unit: $0)! }
          })
      }
    return MetricState(
      matrices: matrices, outputParameters: outputParameterMatrix(), estimates: estimates)
  }
}
