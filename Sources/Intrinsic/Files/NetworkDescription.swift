/// The architecture of a network as text: what a network file holds beside the parameters.
///
/// Lists that are as long as the parameters, the edges of sparse layers, are not part of it; they are
/// tensors of the file.
struct NetworkDescription: Codable, Equatable {
  /// The version of this description.
  var version = 1
  var inputs: Int
  var output: OutputModel
  var layers: [Layer]
  /// For each unit the number that it has in layer order; absent if that is its own.
  var numbers: [Int]?

  struct Layer: Codable, Equatable {
    enum Kind: String, Codable {
      case dense
      case sparse
      /// Gains and shifts of the one layer that is read.
      case oneToOne = "one-to-one"
      /// The output parameters ϑ of a softmax model.
      case outputParameters = "output-parameters"
    }

    var kind: Kind
    var units: Int
    var activation: Activation
    var bias: Bool
    /// The layers that a dense one reads, in the order of its weights: `inputs`, `layers.0`, ….
    var reads: [String]?
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
    output = network.output
    layers = network.layers.map { layer in
      let (kind, blocks): (Layer.Kind, [Range<Int>]?) =
        switch layer.connection {
        case let dense as Dense: (.dense, dense.blocks)
        case let gains as OneToOne: (.oneToOne, [gains.source])
        default: (layer.holdsOutputParameters ? .outputParameters : .sparse, nil)
        }
      return Layer(
        kind: kind, units: layer.rows.count, activation: layer.activation, bias: layer.hasBias,
        reads: blocks?.map(network.name(ofBlock:)), affine: layer.affine,
        normalization: layer.normalization, dropout: layer.dropout > 0 ? layer.dropout : nil)
    }
    let order = network.unitRows.sorted()
    if network.unitRows != order {
      let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
      numbers = network.unitRows.map { places[$0]! }
    }
  }
}

extension Network {
  /// The name of the inputs or the layer whose rows end a block.
  fileprivate func name(ofBlock block: Range<Int>) -> String {
    layers.firstIndex { $0.rows.upperBound == block.upperBound }
      .map(NetworkDescription.name(ofLayer:)) ?? NetworkDescription.inputsName
  }
}
