/// Why a loss cannot be followed in the log domain.
public enum LogDomainError: Error, Equatable, CustomStringConvertible {
  case notHomogeneous(HomogeneityError)
  case outputModel(OutputModel)
  case singleClass
  case label(output: Int, sample: Int, value: Double)
  case invalidRate(scale: Double, limit: Double)
  /// ln L is NaN or infinite.
  case notFinite(step: Int, logLoss: Double, origin: DescentError.Origin?)
  /// ∂ ln L/∂θ is 0, NaN or infinite.
  case noGradient(step: Int, logLoss: Double, norm: Double)

  public var description: String {
    switch self {
    case .notHomogeneous(let error): error.description
    case .outputModel(let model):
      "the \(model) output model has no loss in the log domain; use exponential or softmax"
    case .singleClass:
      "the loss of a single class is 0 and has no logarithm; use at least two outputs"
    case .label(let output, let sample, let value):
      "the label of output \(output) on sample \(sample) is \(value); exponential losses need 1 or −1"
    case .invalidRate(let scale, let limit):
      "a rate of \(scale) over the loss, with a decrease of ln L by at most \(limit) in a step; both "
        + "must be positive, and the limit finite"
    case .notFinite(let step, let logLoss, let origin):
      "ln L is \(logLoss) at step \(step)"
        + (origin.map {
          "; the first activity that is not finite is that of layer \($0.layer), unit \($0.unit) on "
            + "sample \($0.sample)"
        } ?? "; all activities are finite") + "; use a smaller rate or limit"
    case .noGradient(let step, let logLoss, let norm):
      "the gradient of ln L = \(logLoss) has the norm \(norm) at step \(step); "
        + (norm == 0
          ? "all units that matter are dead, so draw other weights" : "use a smaller rate or limit")
    }
  }
}
