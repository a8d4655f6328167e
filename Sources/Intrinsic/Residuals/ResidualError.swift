/// Why a network cannot be trained on residuals.
public indirect enum ResidualError: Error, Equatable, CustomStringConvertible {
  /// The operator of a set asks for derivatives that the network does not have.
  case noDerivative(set: String, InputDerivativeError)
  /// A normalized network, whose activities depend on other points or on lengths of weights.
  case normalized(layer: Int)
  /// A layer that drops activities.
  case dropout(layer: Int)
  /// A residual is NaN or infinite.
  case notFinite(set: String, point: Int, inputs: [Double])
  /// The metric has no meaning for residuals; the reason.
  case metric(String)

  public var description: String {
    switch self {
    case .noDerivative(let set, let error): "the set “\(set)”: \(error)"
    case .normalized(let layer):
      "layer \(layer) is normalized; physics-informed training needs a plain network, as `folded` makes it"
    case .dropout(let layer):
      "layer \(layer) drops activities, so that its derivatives are those of another network at each pass"
    case .notFinite(let set, let point, let inputs):
      "the residual of the set “\(set)” is not finite at point \(point), "
        + "(\(inputs.map { "\($0)" }.joined(separator: ", "))); lower the scale of the initial weights or of "
        + "the operator's coefficients"
    case .metric(let reason): reason
    }
  }
}
