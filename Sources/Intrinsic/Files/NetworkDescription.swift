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
      /// A connection of the caller's own, which no file holds.
      case own
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
  }

  static let inputsName = "inputs"

  static func name(ofLayer index: Int) -> String { "layers.\(index)" }

  init(_ network: Network) {
    inputs = network.inputCount
    image = network.inputImage
    output = network.output
    layers = network.layers.map { layer in
      let (kind, firstRows, window) = Self.wiring(layer)
      return Layer(
        kind: layer.holdsOutputParameters ? .outputParameters : kind, units: layer.unitCount,
        activation: layer.activation, bias: layer.hasBias,
        reads: firstRows.map { $0.map(network.name(ofLayerWith:)) }, window: window,
        affine: layer.affine, normalization: layer.normalization,
        dropout: layer.dropout > 0 ? layer.dropout : nil)
    }
    let order = network.unitRows.sorted()
    if network.unitRows != order {
      let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
      numbers = network.unitRows.map { places[$0]! }
    }
  }
}

extension NetworkDescription {
  /// How a layer reads others, a row of each of which is given.
  fileprivate static func wiring(
    _ layer: Network.Layer
  ) -> (kind: Layer.Kind, rows: [Int]?, window: Window?) {
    switch layer.connection {
    case let dense as Dense: (.dense, dense.blocks.map { $0.upperBound - 1 }, nil)
    case let convolution as Convolution:
      (.convolution, [convolution.inputRow], convolution.grid.window)
    case let pooling as Pooling:
      (
        pooling.isMaximum ? .maximumPooling : .averagePooling, [pooling.inputRow],
        pooling.grid.window
      )
    case let gains as OneToOne: (.oneToOne, [gains.source.lowerBound], nil)
    case let gains as ChannelGains: (.oneToOne, [gains.firstRow], nil)
    case let sum as Summation: (.sum, sum.sources, nil)
    case is Sparse: (.sparse, nil, nil)
    default: (.own, nil, nil)
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
    switch layers[index].connection {
    case let convolution as Convolution:
      return Self.channelsFirst(
        positions: convolution.grid.window.count, channels: convolution.grid.input.channels)
    case let dense as Dense:
      var order: [Int] = []
      for (position, block) in dense.blocks.enumerated() {
        let image =
          layers.first { $0.rows.contains(block.upperBound - 1) }.map(\.image) ?? inputImage
        let count = block.count - (position == 0 && layers[index].hasBias ? 1 : 0)
        let own = image.map {
          Self.channelsFirst(positions: $0.positions, channels: $0.channels)
        }
        let start = order.count
        order += (own ?? Array(0..<count)).map { start + $0 }
      }
      return order
    default: return nil
    }
  }

  /// Where the channels of pixels are, channel after channel.
  private static func channelsFirst(positions: Int, channels: Int) -> [Int] {
    (0..<channels).flatMap { channel in (0..<positions).map { $0 * channels + channel } }
  }
}
