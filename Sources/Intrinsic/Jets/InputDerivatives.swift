import IntrinsicMath

/// The activities of the outputs of a model and their derivatives with respect to the inputs, exactly: what a
/// surrogate model says of sensitivities, and a physics-informed network of its differential equation.
///
///     let surface = try model.inputDerivatives(at: points, laplacian: [1, 1])
///     let slope = surface.derivatives[0][0, 3]     // ∂_0 of output 0 at point 3
///     let residual = surface.laplacian!.map { -$0 }
public struct InputDerivatives<T: Scalar>: Sendable {
  /// u, outputs × samples.
  public let values: Matrix<T>
  /// ∂_d u for each input d, outputs × samples, a unit of the output for a unit of the input.
  public let derivatives: [Matrix<T>]
  /// Δ_κ u = Σ_d κ_d ∂_d² u, outputs × samples; nil unless asked for.
  public let laplacian: Matrix<T>?
}

/// Why the outputs of a model cannot be differentiated with respect to the inputs. Layers count from 0.
public enum InputDerivativeError: Error, Equatable, CustomStringConvertible {
  /// An activation function without s″ or s‴, of which derivatives of that order are asked.
  case notSmooth(layer: Int, activation: Activation, order: Int)
  /// A maximum pooling, which has no derivative where two pixels are alike.
  case maximumPooling(layer: Int)
  /// Batch normalization without the statistics of training: samples are not independent.
  case noStatistics(layer: Int)

  public var description: String {
    switch self {
    case .notSmooth(let layer, .custom(let activation), let order):
      "layer \(layer): “\(activation.function.name)” offers no \(order == 2 ? "second" : "third") derivative; "
        + "implement \(order == 2 ? "secondDerivative" : "thirdDerivative"), or ask for derivatives of a lower order"
    case .notSmooth(let layer, let activation, let order):
      "layer \(layer): \(activation) has no \(order == 2 ? "second" : "third") derivative everywhere; use tanh, "
        + "softplus, silu, gelu or sine, or ask for derivatives of a lower order"
    case .maximumPooling(let layer):
      "layer \(layer): a maximum pooling has no derivative where two pixels are alike; use average pooling"
    case .noStatistics(let layer):
      "layer \(layer) is normalized by the statistics of whatever batch there is, so that an output depends on "
        + "the inputs of other samples; give the model the statistics of training"
    }
  }
}

extension Model {
  /// The output activities and their derivatives with respect to the inputs, without differences.
  ///
  /// - Parameters:
  ///   - inputs: inputs × samples.
  ///   - kappa: κ of Δ_κ = Σ_d κ_d ∂_d², one for each input; nil for first derivatives only.
  ///   - batch: samples at a time.
  ///   - threads: of each pass.
  /// - Throws: ``InputDerivativeError`` if they do not exist.
  /// - Complexity: D + 1 forward passes for D inputs, one more with Δ_κ.
  public func inputDerivatives<T: Scalar>(
    at inputs: Matrix<T>, laplacian kappa: [Double]? = nil, batch: Int = 500, threads: Int = 1
  ) throws(InputDerivativeError) -> InputDerivatives<T> {
    precondition(
      inputs.rows == network.inputCount && inputs.columns >= 1,
      "inputs of \(inputs.rows) × \(inputs.columns) for \(network.inputCount) inputs")
    precondition(
      kappa == nil || kappa!.count == network.inputCount,
      "\(kappa?.count ?? 0) factors of a Laplacian for \(network.inputCount) inputs")
    precondition(batch >= 1, "batches of \(batch) samples")
    let shape = JetShape(
      inputCount: network.inputCount, kappa.map { .laplacian($0) } ?? .gradient)
    try network.checkInputDerivatives(
      order: shape.activationOrder, hasStatistics: !statistics.isEmpty)
    let plain = folded
    let parameters = Parameters<T>(plain.parameters.elements.map { T($0) })
    let (outputs, samples) = (network.outputCount, inputs.columns)
    var components = (0..<shape.componentCount).map { _ in
      Matrix<T>(rows: outputs, columns: samples)
    }
    let pass = JetPass<T>(
      plain.network, shape, maximumBatchSize: min(batch, samples), isTrained: false)
    for start in stride(from: 0, to: samples, by: batch) {
      let part = start..<min(start + batch, samples)
      pass.forward(parameters, inputs, part, threads: threads)
      for c in components.indices {
        for o in 0..<outputs {
          let jet = pass.activities.row(plain.network.outputRows.lowerBound + o) + c * part.count
          for (x, sample) in part.enumerated() { components[c][o, sample] = jet[x] }
        }
      }
    }
    return InputDerivatives(
      values: components[0], derivatives: Array(components[1...network.inputCount]),
      laplacian: kappa.map { _ in components[network.inputCount + 1] })
  }
}

extension Network {
  /// - Parameter order: the highest derivative of activation functions that is taken.
  func checkInputDerivatives(
    order: Int, hasStatistics: Bool
  ) throws(InputDerivativeError) {
    for (index, layer) in layers.enumerated() {
      if layer.maximumPooling != nil { throw .maximumPooling(layer: index) }
      if layer.normalization?.usesBatch == true && !hasStatistics {
        throw .noStatistics(layer: index)
      }
      if layer.activation.smoothness < order {
        throw .notSmooth(layer: index, activation: layer.activation, order: order)
      }
    }
  }
}
