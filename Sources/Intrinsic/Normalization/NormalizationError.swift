/// Why units cannot be normalized, or not as asked for.
public enum NormalizationError: Error, Equatable, CustomStringConvertible {
  /// There is nothing to keep the scale of units in.
  case withoutGains
  /// The layer is normalized. Layers count from 0 above the inputs, units within the layer.
  case alreadyNormalized(layer: Int)
  /// The layer is reparametrized.
  case reparametrized(layer: Int)
  /// A unit whose activity does not vary, or is 0, has no scale.
  case constantUnit(layer: Int, unit: Int)
  /// Weights without a direction.
  case zeroWeights(layer: Int, unit: Int)
  /// One sample has no variance.
  case batchOfOne(layer: Int)
  /// ζ is negative or no number.
  case invalidCoefficient(Double)
  /// There are no batches of so few samples.
  case invalidBatch(Int)

  public var description: String {
    switch self {
    case .withoutGains:
      "a normalization without gains cannot keep the function of a network; choose one with gains"
    case .alreadyNormalized(let layer):
      "layer \(layer) is normalized already; fold the normalization first"
    case .reparametrized(let layer):
      "layer \(layer) is reparametrized, which excludes normalization"
    case .constantUnit(let layer, let unit):
      "unit \(unit) of layer \(layer) has the same pre-activation on all samples, or no weights, so "
        + "that it cannot be scaled to 1; give other samples or leave the layer out"
    case .zeroWeights(let layer, let unit):
      "all weights of unit \(unit) of layer \(layer), which is normalized, are 0, so that they have no "
        + "direction; draw them at random"
    case .batchOfOne(let layer):
      "layer \(layer) is normalized over the samples of a batch, which has only one; use larger "
        + "batches, a normalization of weights, or statistics of a population"
    case .invalidCoefficient(let zeta): "the coefficient ζ is \(zeta); it must be a number ≥ 0"
    case .invalidBatch(let samples): "the noise of batches of \(samples) samples; at least 1"
    }
  }
}
