import IntrinsicMath

/// The architecture of a network as text: what a network file holds beside the parameters.
///
/// Lists that are as long as the parameters, the edges of sparse layers, are not part of it; they are
/// tensors of the file.
struct NetworkDescription: Codable, Equatable {
  /// The version of this description.
  var version = 1
  var inputs: Int
  /// The shape of the inputs, if they form an image.
  var image: ImageShape?
  var output: OutputModel
  var layers: [Layer]
  /// For each unit the number that it has in layer order; absent if that is its own.
  var numbers: [Int]?

  struct Layer: Codable, Equatable {
    enum Kind: String, Codable {
      case dense
      case sparse
      case convolution
      case maximumPooling = "maximum-pooling"
      case averagePooling = "average-pooling"
      case sum
      /// Gains and shifts of the one layer that is read.
      case oneToOne = "one-to-one"
      /// The output parameters ϑ of a softmax model.
      case outputParameters = "output-parameters"
      /// One of the caller's.
      case custom
    }

    var kind: Kind
    /// The number of units: of channels where activities form images.
    var units: Int
    var activation: Activation
    var bias: Bool
    /// The layers that it reads, unless it is sparse, in the order of its weights: `inputs`,
    /// `layers.0`, ….
    var reads: [String]?
    /// How it reads an image.
    var window: Window?
    /// How its units are reparametrized.
    var affine: UnitAffine?
    /// How its pre-activations are normalized.
    var normalization: Normalization?
    /// The probability that an activity is dropped in training; absent for 0.
    var dropout: Double?
    /// What the caller says of a custom layer.
    var custom: CustomLayerDescription?
  }

  static let inputsName = "inputs"

  static func name(ofLayer index: Int) -> String { "layers.\(index)" }

  init(inputs: Int, image: ImageShape?, output: OutputModel, layers: [Layer]) {
    (self.inputs, self.image, self.output, self.layers) = (inputs, image, output, layers)
  }

  init(_ network: Network) {
    inputs = network.inputCount
    image = network.inputImage
    output = network.output
    layers = network.layers.map { layer in
      let filed = layer.filedConnection
      return Layer(
        kind: layer.holdsOutputParameters ? .outputParameters : filed.kind,
        units: layer.unitCount, activation: layer.activation, bias: layer.hasBias,
        reads: filed.readRows.map { $0.map(network.name(ofLayerWith:)) }, window: filed.window,
        affine: layer.affine, normalization: layer.normalization,
        dropout: layer.dropout > 0 ? layer.dropout : nil, custom: filed.custom)
    }
    let order = network.unitRows.sorted()
    if network.unitRows != order {
      let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
      numbers = network.unitRows.map { places[$0]! }
    }
  }
}

extension Network {
  /// The name of the inputs or the layer to which a row belongs.
  fileprivate func name(ofLayerWith row: Int) -> String {
    layers.firstIndex { $0.rows.contains(row) }
      .map(NetworkDescription.name(ofLayer:)) ?? NetworkDescription.inputsName
  }

  /// The weights of a unit of a layer, bias left out, in the order of files, which for images is by
  /// channel, then height, then width, as PyTorch has it; nil if that is their own.
  func fileOrder(ofLayer index: Int) -> [Int]? {
    layers[index].filedConnection.fileOrder { row in
      layers.first { $0.rows.contains(row) }.map(\.image) ?? inputImage
    }
  }
}

extension Network.Layer {
  /// The connection as files see it: those of the caller's are wrapped when a network is built.
  var filedConnection: any FiledConnection { connection as! any FiledConnection }
}
