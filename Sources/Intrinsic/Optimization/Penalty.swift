import IntrinsicMath

/// A term of the loss that does not come from samples one by one, such as a norm of the parameters.
///
/// Losses that training reports leave it out; gradients, and so steps, have it.
public protocol Penalty<T>: AnyObject {
  /// What it computes in.
  associatedtype T: Scalar

  /// Adds −∂penalty/∂θ to the gradient that was computed at the workspace.
  ///
  /// - Parameters:
  ///   - gradient: G = −∂L/∂θ of the mean loss over the batch.
  ///   - workspace: what the passes at these parameters left.
  ///   - parameters: θ.
  /// - Returns: the penalty in nats.
  @discardableResult
  func add(
    to gradient: inout Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>
  ) -> T
}
