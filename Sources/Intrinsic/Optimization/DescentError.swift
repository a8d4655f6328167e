import IntrinsicMath

/// Why training cannot go on.
public enum DescentError: Error, Equatable, CustomStringConvertible {
  /// The metric does not exist, or its matrix cannot be inverted.
  case metric(MetricError)
  /// A rule of the caller's has thrown an error.
  case rule(any Error)
  /// Units cannot be normalized, or not on such a batch.
  case normalization(NormalizationError)
  /// A physics-informed network cannot be trained, or its residual is not finite somewhere.
  indirect case residual(ResidualError)
  /// The loss is NaN or infinite.
  case lossNotFinite(step: Int, loss: Double, origin: Origin?)
  /// The step that a method computed has a NaN or infinite component.
  case stepNotFinite(step: Int, layer: Int, unit: Int)

  /// The first unit in order of evaluation with an activity that is not finite.
  public struct Origin: Equatable, Sendable {
    public let layer: Int
    public let unit: Int
    public let sample: Int
  }

  /// The error that a rule has thrown.
  init(rule error: any Error) {
    self =
      switch error {
      case let error as MetricError: .metric(error)
      case let error as ResidualError: .residual(error)
      case let error as DescentError: error
      default: .rule(error)
      }
  }

  /// Errors of rules are equal if they say the same.
  public static func == (a: DescentError, b: DescentError) -> Bool {
    switch (a, b) {
    case (.metric(let a), .metric(let b)): a == b
    case (.rule(let a), .rule(let b)): "\(a)" == "\(b)"
    case (.normalization(let a), .normalization(let b)): a == b
    case (.residual(let a), .residual(let b)): a == b
    case (.lossNotFinite(let s, let a, let o), .lossNotFinite(let t, let b, let p)):
      s == t && a == b && o == p
    case (.stepNotFinite(let s, let l, let u), .stepNotFinite(let t, let m, let v)):
      s == t && l == m && u == v
    default: false
    }
  }

  public var description: String {
    switch self {
    case .rule(let error): "\(error)"
    case .metric(let error): error.description
    case .normalization(let error): error.description
    case .residual(let error): error.description
    case .lossNotFinite(let step, let loss, let origin):
      "the loss is \(loss) at step \(step)"
        + (origin.map {
          "; the first activity that is not finite is that of layer \($0.layer), unit \($0.unit) "
            + "on sample \($0.sample)"
        } ?? "; all activities are finite") + "; use a smaller step size or more damping"
    case .stepNotFinite(let step, let layer, let unit):
      "step \(step) is not finite at layer \(layer), unit \(unit); use more damping"
    }
  }
}

extension Workspace {
  /// Where activities stop being finite.
  func firstNotFinite() -> DescentError.Origin? {
    for (index, layer) in network.layers.enumerated() {
      let row = activities.row(layer.rows.lowerBound)
      let position = T.firstNotFinite(count: layer.rows.count * batch, x: row)
      if position >= 0 {
        return .init(layer: index, unit: position / batch, sample: position % batch)
      }
    }
    return nil
  }
}

extension Network {
  /// The layer and the unit that own a parameter.
  func owner(ofParameter parameter: Int) -> (layer: Int, unit: Int) {
    let layer = layers.firstIndex { $0.parameters.contains(parameter) }!
    let local = parameter - layers[layer].parameters.lowerBound
    let connection = layers[layer].connection
    let unit = (0..<connection.unitCount).first { connection.parameters(of: $0).contains(local) }!
    return (layer, unit)
  }
}
