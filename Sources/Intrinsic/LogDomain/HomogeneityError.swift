/// Why the outputs of a network are not positively homogeneous in its weights. Layers count from 0.
public enum HomogeneityError: Error, Equatable, CustomStringConvertible {
  case activation(layer: Int, activation: Activation)
  case bias(layer: Int)
  case mixedDegrees(layer: Int, degrees: [Int])
  case reparametrized(layer: Int)
  case batchStatistics(layer: Int)

  public var description: String {
    switch self {
    case .activation(let layer, let activation):
      "layer \(layer): \(activation) is not positively homogeneous; use identity, relu, "
        + "positivepower or power"
    case .bias(let layer):
      "layer \(layer) has biases beside weights that multiply activities of other units, so that it is "
        + "not homogeneous; only layers that read nothing but the inputs may have biases"
    case .mixedDegrees(let layer, let degrees):
      "layer \(layer) reads units of different degrees "
        + "(\(degrees.map(String.init).joined(separator: ", "))), so that it is not homogeneous; let "
        + "it read layers of one depth"
    case .reparametrized(let layer):
      "layer \(layer) is reparametrized and has shifts, so that it is not homogeneous"
    case .batchStatistics(let layer):
      "layer \(layer) is normalized with statistics of the batch, so that its scale does not depend on "
        + "its weights alone; use a normalization of weights"
    }
  }
}
