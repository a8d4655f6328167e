import IntrinsicMath

/// Why a network cannot be built.
public enum NetworkError: Error, Equatable, CustomStringConvertible {
  /// No inputs.
  case noInputs
  /// The numbers of the inputs' image are not positive, or too large.
  case invalidInputs(ImageShape)
  /// A layer without units. Layers count from 0 at the lowest that has parameters or units.
  case emptyLayer(layer: Int)
  /// An edge names a unit that is not there, or not yet.
  case unknownUnit(edge: Int, unit: Int, count: Int)
  /// An edge is there twice.
  case duplicateEdge(from: Int, to: Int)
  /// An input cannot read.
  case edgeIntoInput(from: Int, to: Int)
  /// Units that depend on themselves, in the direction of the edges.
  case cycle(units: [Int])
  /// A unit that reads nothing.
  case unitWithoutIncomingEdge(unit: Int)
  /// A hidden unit that nothing reads.
  case danglingUnit(unit: Int)
  /// An output that another unit reads.
  case outputWithOutgoingEdge(unit: Int)
  /// Outputs with different activations or biases.
  case mixedOutputs(unit: Int)
  /// The output model needs probabilities, which the activation does not give.
  case incompatibleOutput(model: OutputModel, activation: Activation)
  /// The output model has no parameters of its own.
  case noOutputParameters(model: OutputModel)
  /// A Huber loss with a threshold δ that is not a positive number.
  case invalidThreshold(Double)
  /// A power below 2, whose derivative is not finite.
  case exponentTooSmall(activation: Activation)
  /// More different partners are to be drawn than there are units.
  case sparsityTooLarge(layer: Int, links: Int, available: Int)
  /// Activities of outputs mean something to the output model.
  case outputReparametrized
  /// Only networks of dense and sparse layers can be permuted.
  case notPermutable(layer: Int)
  /// An order of units that separates those of a group.
  case groupsTorn(layer: Int)
  /// The output layer cannot be normalized.
  case outputNormalized
  /// A mean is subtracted, and there is no bias to take it up.
  case centredWithoutBias(layer: Int)
  /// A layer is normalized and reparametrized at once.
  case normalizedAndReparametrized(layer: Int)
  /// What a layer reads is no image.
  case noImage(layer: Int)
  /// The numbers of a layer's image are not positive, or too large.
  case invalidImage(layer: Int, image: ImageShape)
  /// The window has no place on the image, or places beside it.
  case windowDoesNotFit(layer: Int, window: Window, image: ImageShape)
  /// Branches to be summed have different shapes.
  case branchesDiffer(layer: Int, shapes: [String])
  /// The output layer is a maximum pooling.
  case outputIsMaximum
  /// The units of the layer have several activities, or no parameters.
  case sharedAndReparametrized(layer: Int)
  /// A normalized unit is read beside the unit that holds its gain.
  case readsBelowGains(unit: Int)
  /// The output layer cannot be dropped.
  case outputDropped
  /// The units of a layer are no whole number of groups.
  case incompleteGroup(layer: Int, units: Int, sizes: [Int])
  /// Groups with several positions, a normalization, dropout or a reparametrization.
  case groupsNotAlone(layer: Int)
  /// Outputs with a nonlinearity of groups.
  case outputGrouped
  /// A probability below 0, or not below 1.
  case invalidDropout(layer: Int, probability: Double)

  public var description: String {
    switch self {
    case .emptyLayer(let layer):
      "layer \(layer), counted from 0, has no units; every layer needs at least one"
    case .noInputs: "the network has no inputs; it needs at least one"
    case .invalidInputs(let image):
      "the inputs: an image of \(image) (height × width × channels); each must be at least 1, "
        + "and their product at most 100,000,000"
    case .unknownUnit(let edge, let unit, let count):
      "edge \(edge) names unit \(unit), but there are \(count) units, numbered from 0"
    case .duplicateEdge(let from, let to):
      "the edge from unit \(from) to unit \(to) is listed twice; add its weights instead"
    case .edgeIntoInput(let from, let to):
      "the edge from unit \(from) enters unit \(to), which is an input"
    case .cycle(let units):
      "units \(units.map(String.init).joined(separator: " → ")) form a cycle; "
        + "a unit may only read units that do not depend on it"
    case .unitWithoutIncomingEdge(let unit):
      "unit \(unit) reads no other unit; remove it or give it an incoming edge"
    case .danglingUnit(let unit):
      "unit \(unit) is neither an output nor read by another unit; remove it or read it"
    case .outputWithOutgoingEdge(let unit):
      "unit \(unit) is an output, but another unit reads it; copy it into an output of its own"
    case .mixedOutputs(let unit):
      "unit \(unit) differs from the first output in activation or bias; all outputs must agree"
    case .incompatibleOutput(let model, let activation):
      "the \(model) output model needs probabilities, but the output activation is "
        + "\(activation); use sigmoid, tanh or scaledtanh"
    case .noOutputParameters(let model):
      "the \(model) output model has no parameters of its own; softmax has"
    case .exponentTooSmall(let activation):
      "the activation \(activation) needs an exponent of at least 2"
    case .incompleteGroup(let layer, let units, let sizes):
      "layer \(layer), counted from 0, has \(units) units, which are no whole number of groups of "
        + sizes.map(String.init).joined(separator: " + ")
    case .groupsNotAlone(let layer):
      "layer \(layer), counted from 0, has groups of units, which take no image, normalization, dropout or "
        + "reparametrization of units"
    case .groupsTorn(let layer):
      "the units of a group of layer \(layer), counted from 0, have to stay together in their order"
    case .outputGrouped:
      "outputs have no nonlinearity of groups; use identity, with softmax as the output model for classes"
    case .sparsityTooLarge(let layer, let links, let available):
      "layer \(layer), counted from 0: \(links) different partners asked for, but only \(available) units exist"
    case .outputReparametrized:
      "the units of the output layer cannot be reparametrized or permuted: their activities have a "
        + "meaning for the output model"
    case .outputNormalized: "the output layer cannot be normalized; normalize the layers below it"
    case .centredWithoutBias(let layer):
      "layer \(layer) has a centred normalization but no bias, so that it cannot be written without "
        + "normalization; give it a bias"
    case .normalizedAndReparametrized(let layer):
      "layer \(layer) is normalized and cannot be reparametrized; fold the normalization first"
    case .noImage(let layer):
      "layer \(layer), counted from 0, reads no image; declare the shape of the inputs (--image 8x8x1 for flat pixels), or "
        + "read a convolution or a pooling"
    case .invalidImage(let layer, let image):
      "layer \(layer), counted from 0: an image of \(image) (height × width × channels); each must be at least 1, "
        + "and their product at most 100,000,000"
    case .windowDoesNotFit(let layer, let window, let image):
      "layer \(layer), counted from 0: a window of \(window) on an image of \(image) (height × width × channels); "
        + "sizes and strides must be at least 1, the window no larger than the padded image, and the "
        + "padding smaller than the window"
    case .branchesDiffer(let layer, let shapes):
      "layer \(layer), counted from 0, sums branches of \(shapes.joined(separator: ", ")); their shapes must agree"
    case .outputIsMaximum:
      "the output layer cannot be a maximum pooling, whose signals depend on the sample; let a dense "
        + "layer or an average read it"
    case .sharedAndReparametrized(let layer):
      "layer \(layer) has several activities for each unit, or no parameters, and cannot be "
        + "reparametrized"
    case .readsBelowGains(let unit):
      "unit \(unit), which is normalized, is read by another unit than the one that holds its gain; "
        + "read the layer that the builder returned"
    case .invalidThreshold(let threshold):
      "a Huber loss with the threshold \(threshold), which must be a positive number"
    case .outputDropped: "the activities of the output layer cannot be dropped; drop those below it"
    case .invalidDropout(let layer, let probability):
      "layer \(layer), counted from 0, drops its activities with probability \(probability), which must be at least 0 "
        + "and below 1"
    case .notPermutable(let layer):
      "layer \(layer) is neither dense nor sparse; only units of networks of such layers can be "
        + "permuted"
    }
  }
}
