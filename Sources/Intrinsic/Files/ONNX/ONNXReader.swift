import Foundation
import IntrinsicData
import IntrinsicMath
import IntrinsicProtobuf

/// Goes through the operators of an ONNX graph in their order and says what layers they amount to.
///
/// Activations are recognized by their values, however they are put together. Layers that operators change after
/// they have been computed, such as by a bias that is added or a batch normalization, take the change into their
/// parameters.
struct ONNXReader {
  /// What a layer, or the inputs, hands to the next operator.
  struct Signal {
    /// -1 for the inputs.
    let layer: Int
    var version = 0
    /// Of the pre-activations.
    var function = PointwiseFunction.identity
    /// Whether an image has become one row of numbers.
    var isFlat: Bool
    /// Whether the channels of an image are its fastest index, not its slowest.
    var channelsAreLast = false
    /// What the inputs have gone through.
    var map = ONNXInputMap()
  }

  /// What is known of a value.
  enum Value {
    case constant(ONNXConstant)
    case signal(Signal)
    /// One after the other.
    case several([Signal])
    /// Sizes that the graph works out.
    case sizes
    /// What is made of the outputs: probabilities, labels.
    case outcome
  }

  let url: URL
  var values: [String: Value]
  var layers: ONNXLayers
  /// The sizes of the inputs of a sample, as the file says them.
  let inputSizes: [Int]
  /// What the inputs go through before the first layer, once one has read them.
  var map: ONNXInputMap?
  /// The order of the inputs if they are an image.
  var inputChannelsAreLast = false
  /// What the outputs are, once the graph has said it.
  var output: (signal: Signal, isSoftmax: Bool)?
  var classes: [String]?

  /// - Parameter image: the shape of the inputs, if the file leaves it open.
  /// - Throws: `DataError` if there are several inputs, or sizes are not known.
  init(_ graph: ONNXGraphProto, image: ImageShape?, in url: URL) throws(DataError) {
    self.url = url
    var constants: [String: Value] = [:]
    for tensor in graph.initializer {
      constants[tensor.name] = .constant(try ONNXConstant(tensor, in: url))
    }
    let inputs = graph.input.filter { constants[$0.name] == nil }
    guard let input = inputs.first, inputs.count == 1 else {
      throw .unsupported(
        .init(file: url.path),
        found: "it has \(inputs.count) inputs: \(inputs.map(\.name).joined(separator: ", "))",
        remedy:
          "Only networks of one input are read. If Intrinsic wrote the file, use the network file that it was made of."
      )
    }
    var sizes = input.type.tensorType.shape.dim.dropFirst().map { Int(clamping: $0.dimValue) }
    if let image {
      sizes = sizes.count == 3 ? [image.channels, image.height, image.width] : [image.count]
    }
    guard !sizes.isEmpty, sizes.allSatisfy({ (1...100_000_000).contains($0) }),
      sizes.reduce(1, { Double($0) * Double($1) }) <= 1e8
    else {
      throw .unsupported(
        .init(file: url.path, member: input.name),
        found: "the sizes of the inputs of a sample are not known: \(sizes)",
        remedy: "Say --image, such as 28x28x1, or export the network with fixed sizes.")
    }
    inputSizes = sizes
    layers = ONNXLayers(inputs: sizes.reduce(1, *))
    values = constants
    values[input.name] = .signal(Signal(layer: -1, isFlat: sizes.count == 1))
  }

  /// Goes through all operators.
  mutating func read(_ graph: ONNXGraphProto) throws(DataError) {
    for node in graph.node {
      let value = try value(of: ONNXOperator(node, in: url))
      for name in node.output where !name.isEmpty { values[name] = value }
    }
    if output == nil {
      for result in graph.output {
        guard case .signal(let signal)? = values[result.name] else { continue }
        output = (signal, false)
        break
      }
    }
  }

  /// The network.
  ///
  /// - Parameter meaning: what the outputs mean; nil for what the graph says: classes if it ends in a softmax, or
  ///   has several outputs.
  mutating func network(_ meaning: OutputModel?) throws(DataError) -> ImportedNetwork {
    guard let (signal, isSoftmax) = output, signal.layer >= 0 else {
      throw .unsupported(
        .init(file: url.path), found: "no output of the graph is that of a layer",
        remedy: "Export the network itself, from its inputs to its outputs.")
    }
    let last = try reference(to: signal, for: "the output")
    guard last.layer == layers.layers.count - 1 else {
      throw .unsupported(
        .init(file: url.path, member: layers.layers.last!.name),
        found: "this layer comes after that of the outputs",
        remedy: "Export the network without layers that nothing reads.")
    }
    let units = layers.layers[last.layer].count
    let (model, matches) = try layers.model(
      meaning ?? (isSoftmax || units > 1 ? .softmax : .square), file: url.path)
    var network = ImportedNetwork(model: model, matches: matches)
    if let map, !map.isIdentity {
      (network.shift, network.scale) = try map.standardization(
        image: layers.image, channelsAreLast: inputChannelsAreLast, file: url.path)
    }
    if let classes, classes.count == units { network.classes = classes }
    return network
  }

  /// The activities that a signal is, for an operator that reads them.
  mutating func reference(to signal: Signal, for reader: String) throws(DataError)
    -> ONNXLayers.Reference
  {
    var place = DataError.Place(file: url.path, member: reader)
    guard signal.layer >= 0 else {
      guard signal.function.isIdentity else {
        throw .unsupported(
          place,
          found: "the inputs go through \(signal.function.operators.joined(separator: ", ")) first",
          remedy: "Only a standardization of the inputs is read.")
      }
      if let map, map != signal.map {
        throw .unsupported(
          place, found: "the inputs are read in two different ways",
          remedy: "Export the network with one standardization of its inputs.")
      }
      map = signal.map
      if !signal.isFlat || inputSizes.count == 3, layers.image == nil { try settle(signal, reader) }
      return .init(layer: -1)
    }
    let layer = layers.layers[signal.layer]
    place.member = layer.name
    guard signal.version == layer.version else {
      throw .unsupported(
        place, found: "this layer is read by “\(reader)” without what others add to it",
        remedy:
          "Only networks whose layers are read after their bias and normalization can be imported.")
    }
    if let activation = signal.function.activation {
      if !layer.activations.contains(activation) {
        layers.layers[signal.layer].activations.append(activation)
      }
      return .init(layer: signal.layer, activation: activation)
    }
    if let affine = signal.function.affine, layer.activations.isEmpty, !layer.weights.isEmpty {
      let units = layer.units
      layers.layers[signal.layer].compose(
        [Double](repeating: affine.a, count: units), [Double](repeating: affine.b, count: units))
      layers.layers[signal.layer].activations = [.identity]
      return .init(layer: signal.layer)
    }
    throw .unsupported(
      place,
      found:
        "its activation, out of \(signal.function.operators.joined(separator: ", ")), is none of those known here",
      remedy:
        "Known are relu, sigmoid, tanh, softplus, gelu, silu, elu, leakyrelu, sine and powers, which `intrinsic train --help` lists."
    )
  }

  /// Decides on the shape of the inputs as an image: as they are read, or with few channels last.
  mutating func settle(_ signal: Signal, _ reader: String) throws(DataError) {
    guard inputSizes.count <= 3 else {
      throw .unsupported(
        .init(file: url.path, member: reader), found: "inputs of the sizes \(inputSizes)",
        remedy: "Only rows of numbers and images are read.")
    }
    let padded = inputSizes.count == 2 ? [1] + inputSizes : inputSizes
    if inputSizes.count == 1 { return }
    inputChannelsAreLast =
      signal.channelsAreLast || signal.isFlat && padded[2] <= 4 && padded[0] > 4
    layers.image =
      inputChannelsAreLast
      ? ImageShape(height: padded[0], width: padded[1], channels: padded[2])
      : ImageShape(height: padded[1], width: padded[2], channels: padded[0])
  }

  /// The image that a signal is; nil for rows of numbers.
  mutating func image(of signal: Signal, for reader: String) throws(DataError) -> ImageShape? {
    if signal.isFlat { return nil }
    if signal.layer >= 0 { return layers.layers[signal.layer].image }
    if layers.image == nil { try settle(signal, reader) }
    return layers.image
  }
}
