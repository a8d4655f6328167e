import Intrinsic

/// Why a transformation does not apply to a model. Layers count from 0, units within the layer.
public enum TransformationError: Error, Equatable, CustomStringConvertible {
  /// There is no such hidden layer, or it has another number of units.
  case noSuchLayer(layer: Int, units: Int)
  /// The network has another number of inputs.
  case inputCount(expected: Int, actual: Int)
  /// Rescaling needs a positively homogeneous activation.
  case notHomogeneous(layer: Int, unit: Int, activation: Activation)
  /// A shift has nowhere to go in a unit without bias.
  case needsBias(layer: Int, unit: Int)
  /// Inputs are recombined only where every unit that reads one reads all of them.
  case readsPartOfInputs(layer: Int, unit: Int)
  /// The matrix of a recombination has no inverse.
  case singularMatrix(pivot: Int)
  /// No layer has the activation that is to be replaced.
  case noLayerOf(Activation)
  /// A layer has the new activation already, so that the way back would be ambiguous.
  case alreadyPresent(layer: Int, activation: Activation)
  /// The activities of the output layer have a meaning for the output model.
  case outputWouldChange(layer: Int)
  /// A unit whose incoming or outgoing parameters are all 0 has no scale.
  case noScale(layer: Int, unit: Int)
  /// No hidden layer has groups of one size.
  case noGroups
  /// The squared weights of paths through a layer leave the range of numbers.
  case pathsNotFinite(layer: Int)
  /// Squares of gradient components do not say what those of a mixture of them are.
  case squaresMix(layer: Int, unit: Int)
  /// The scale of normalized units has no effect, and most transformations do not know their
  /// statistics.
  case normalizedNetwork
  case notNormalized(layer: Int, units: Int)
  /// Positions that share parameters, or branches and pixels that are combined, would have different
  /// signals, or shifts that zeros beside an image do not have.
  case sharedSignals(layer: Int)
  /// What is sought counts every edge as a parameter, but those of convolutions share theirs.
  case sharedParameters
  case network(NetworkError)

  public var description: String {
    switch self {
    case .noSuchLayer(let layer, let units):
      "there is no hidden layer \(layer) of \(units) units"
    case .inputCount(let expected, let actual):
      "a transformation of \(expected) inputs for a network of \(actual)"
    case .notHomogeneous(let layer, let unit, let activation):
      "layer \(layer), unit \(unit): \(activation) is not positively homogeneous, so the unit cannot "
        + "be rescaled"
    case .needsBias(let layer, let unit):
      "layer \(layer), unit \(unit) has no bias, which would have to take up a shift"
    case .readsPartOfInputs(let layer, let unit):
      "layer \(layer), unit \(unit) reads some of the inputs, but not all of them, so they cannot be "
        + "recombined"
    case .singularMatrix(let pivot):
      "the matrix of the recombination is singular (pivot \(pivot))"
    case .noLayerOf(let activation): "no layer has the activation \(activation)"
    case .alreadyPresent(let layer, let activation):
      "layer \(layer) already has the activation \(activation)"
    case .outputWouldChange(let layer):
      "layer \(layer) is the output layer, whose activities have a meaning for the output model"
    case .noGroups:
      "no hidden layer has groups of units, all of one size, whose activity is a vector"
    case .noScale(let layer, let unit):
      "layer \(layer), unit \(unit): incoming or outgoing parameters are all 0"
    case .pathsNotFinite(let layer):
      "layer \(layer): the squared weights of paths are not finite; a smaller scale of the weights, "
        + "or double precision, may help"
    case .squaresMix(let layer, let unit):
      "layer \(layer), unit \(unit): its parameters mix, and averages of squared gradients say nothing "
        + "about mixtures; only permutations and scalings map them"
    case .normalizedNetwork:
      "the network is normalized, which leaves changes of the length of its weights "
        + "(direction-scaling); fold the normalization into its weights first"
    case .notNormalized(let layer, let units):
      "layer \(layer) is no normalized layer of \(units) units, so that the length of its weights "
        + "matters"
    case .sharedSignals(let layer):
      "layer \(layer) combines signals, or reads them with shared parameters, which would have "
        + "different scales, or shifts that do not pass; rescale whole channels by positive factors, "
        + "and the branches of a sum alike"
    case .sharedParameters:
      "the network has convolutions, poolings or sums, for which this transformation is not defined"
    case .network(let error): error.description
    }
  }
}
