import IntrinsicMath

/// What ``LevenbergMarquardt`` lowers: a mean loss whose matrix A is that of Gauss and Newton, or a metric.
protocol GaussNewtonObjective<T>: AnyObject {
  associatedtype T: Scalar

  /// Whose parameters move.
  var network: Network { get }
  /// N n_out.
  var observationCount: Int { get }
  /// Columns of J with A = J Jᵀ; nil if the metric has no such factor.
  var columnCount: Int? { get }

  /// L at a trial, in nats.
  func loss(at parameters: Parameters<T>) -> T

  /// Why the loss is not finite at the start.
  func fault(at parameters: Parameters<T>, loss: T) -> DescentError

  /// The last trial is where training starts.
  func begin()

  /// The last trial is where the next ``linearize(at:into:matrix:stream:)`` will be.
  /// - Returns: whether L is another function from now on, of fresh points.
  func accept() -> Bool

  /// G and A there: A in the sample space of the matrix if it has one, formed otherwise.
  func linearize(
    at parameters: Parameters<T>, into gradient: inout Gradient<T>,
    matrix: inout DampedMatrix<T>, stream: inout RandomStream
  ) throws(MetricError)

  /// r″ = ∂²r/∂δ² along a step and −J r″, from the residuals at θ ± hδ, h = 0.1; nil where the loss is not ½ ‖r‖² with
  /// A = J Jᵀ.
  func curvature(
    along step: Displacement<T>, at parameters: Parameters<T>
  ) -> (residuals: [T]?, covector: Gradient<T>)?
}
