import IntrinsicMath

/// The state of a descent in the log domain.
public struct LogDomainRecord: Sendable {
  /// A unit by the weights that compute its function, bias included: w_u = g v/‖v‖ where they are
  /// normalized.
  public struct Unit: Sendable {
    /// ‖w_u‖
    public let norm: Double
    /// ‖∂ ln L/∂w_u‖ = ‖∂L/∂w_u‖/L
    public let gradientNorm: Double
  }

  /// Steps taken.
  public let step: Int
  /// ln L, L in nats.
  public let logLoss: Double
  /// ln t; −∞ at the start.
  public let logTime: Double
  /// ‖∂ ln L/∂θ‖ with respect to the parameters that are trained.
  public let gradientNorm: Double
  /// The least margin of a sample.
  public let margin: Double
  /// Layers × units of the network without normalization.
  public let units: [[Unit]]

  /// The norms of all units from the gradient of ln L.
  static func units(_ model: Model, _ gradient: Gradient<Double>) -> [[Unit]] {
    func norm(_ vector: UnsafePointer<Double>, _ range: Range<Int>) -> Double {
      let start = vector + range.lowerBound
      return Double.dot(count: range.count, x: start, y: start).squareRoot()
    }
    return model.network.layers.enumerated().map { index, layer in
      (0..<layer.connection.unitCount).map { unit in
        let range = model.network.parameters(layer: index, unit: unit)
        return Unit(
          norm: norm(model.parameters.pointer, range),
          gradientNorm: norm(gradient.pointer, range))
      }
    }
  }
}
