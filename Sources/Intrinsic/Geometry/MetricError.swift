import IntrinsicMath

/// Why a metric cannot be computed or inverted.
public enum MetricError: Error, Equatable, CustomStringConvertible {
  /// The output model has no Fisher matrix.
  case noFisherMetric(OutputModel)
  /// The matrix of one unit has no Cholesky factor. Layers count from 0, units within the layer.
  case notPositiveDefinite(layer: Int, unit: Int?, pivot: Int, damping: Double)
  /// The matrix over all parameters has no Cholesky factor.
  case fullMatrixNotPositiveDefinite(pivot: Int, size: Int, damping: Double)
  /// The matrix over all parameters would not fit in memory.
  case tooLarge(parameters: Int, columns: Int, gigabytes: Double)
  /// Monte Carlo needs at least one draw for each sample.
  case noMonteCarloSamples
  /// Path measures are of networks as their weights say.
  case normalizedNetwork
  /// Path measures are of units whose activity is a number.
  case pathOfGroups(layer: Int)
  /// The backpropagated modulus of groups is of dense and sparse layers.
  case backpropagatedBesideGroups
  /// Outputs of normalized networks depend on parameters through statistics or lengths of weights.
  case jacobianOfNormalizedNetwork
  /// An entry of the matrix is NaN or infinite.
  case notFinite(layer: Int, unit: Int)
  /// The backpropagated influence of a path measure has no signals whose means could be subtracted
  /// where parameters are shared.
  case noCovarianceOfSharedParameters
  /// The weight of the data in a path measure is not in [0, 1].
  case invalidAlpha(Double)
  /// Damping is not a number ≥ 0.
  case invalidDamping(Double)
  /// A kind of damping has no meaning for the metric; the reason.
  case dampingDoesNotApply(String)
  /// A rate, interval or fraction is out of its range.
  case invalidAveraging(String)
  /// Losses before and after a step cannot be compared.
  case lossChangesByDropout
  /// The eigenvalues of a matrix did not converge.
  case eigenvaluesNotFound(layer: Int?, unit: Int?)

  /// A pivot of the matrix of a unit, of a layer, or of all parameters.
  static func notPositiveDefinite(
    pivot: Int, of size: Int, damping: Double, layer: Int?, unit: Int?
  ) -> MetricError {
    guard let layer else {
      return .fullMatrixNotPositiveDefinite(pivot: pivot, size: size, damping: damping)
    }
    return .notPositiveDefinite(layer: layer, unit: unit, pivot: pivot, damping: damping)
  }

  public var description: String {
    switch self {
    case .noFisherMetric(let model):
      "the \(model) output model is no probability model and has no Fisher metric; "
        + "use gradient descent or an empirical Fisher metric"
    case .notPositiveDefinite(let layer, let unit, let pivot, let damping):
      "the metric of layer \(layer)" + (unit.map { ", unit \($0)" } ?? "")
        + " is not positive definite (pivot \(pivot), "
        + "damping \(damping)); use more damping, or more samples than incoming parameters"
    case .fullMatrixNotPositiveDefinite(let pivot, let size, let damping):
      "the full metric over \(size) dimensions is not positive definite (pivot \(pivot), damping "
        + "\(damping)); use more damping, or more samples than parameters"
    case .tooLarge(let parameters, let columns, let gigabytes):
      "the full metric over \(parameters) parameters from \(columns) signal columns needs "
        + "\(gigabytes) GB; use a unitwise or quasi-diagonal reduction"
    case .noMonteCarloSamples:
      "Monte Carlo and path probes need at least one draw for each sample"
    case .normalizedNetwork:
      "a path metric needs a network without normalization; fold it, or use another metric"
    case .pathOfGroups(let layer):
      "a path metric needs units whose activity is a number; those of layer \(layer), counted from 0, are "
        + "groups whose activity is a vector; use a Fisher metric"
    case .backpropagatedBesideGroups:
      "the backpropagated modulus of groups is of networks of dense and sparse layers without normalization or "
        + "output parameters; use the exact one, `expand`"
    case .jacobianOfNormalizedNetwork:
      "the outputs of a normalized network depend on its parameters through statistics or lengths of "
        + "weights, which a Jacobian would hold fixed; fold the model, or use finite differences"
    case .notFinite(let layer, let unit):
      "the metric is not finite at layer \(layer), unit \(unit): activities or weights overflow there"
    case .noCovarianceOfSharedParameters:
      "a path covariance by backpropagation is not defined for convolutions, whose positions share "
        + "parameters; use probes, the exact propagation or the second moment"
    case .invalidAlpha(let value): "α is the weight of the data, from 0 to 1, not \(value)"
    case .dampingDoesNotApply(let reason): reason
    case .invalidAveraging(let what): "the metric cannot be averaged with \(what)"
    case .eigenvaluesNotFound(let layer, let unit):
      "the eigenvalues of the metric"
        + (layer.map { " of layer \($0), unit \(unit ?? 0)" } ?? "")
        + " did not converge; it may hold NaN"
    case .lossChangesByDropout:
      "Levenberg–Marquardt and SPRING compare losses before and after a step, which dropout draws anew; leave "
        + "dropout out of the network, or use another method"
    case .invalidDamping(let value): "damping must be a finite number ≥ 0, not \(value)"
    }
  }
}
