import Foundation
import Intrinsic

/// The architecture of a network as a short text, such as `fc500:bn fc500:tanh:dropout0.5 fc10`: a word
/// for each layer, from the first above the inputs to the outputs, with what is special about it after
/// colons.
///
/// | word | layer |
/// |---|---|
/// | `fcN` | N units that read all units of the layer below |
///
/// | after a colon | meaning |
/// |---|---|
/// | `relu`, `tanh`, … | the activation function; relu if none is given |
/// | `bn`, `wn`, … | a normalization, as in ``Normalization/named`` |
/// | `dropoutP` | activities are dropped in training with probability P |
/// | `nobias` | units have no bias |
///
/// The last layer is that of the outputs: it is linear, and takes no more than `nobias`.
public struct NetworkText: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What one word says.
  struct Layer: Sendable, Hashable {
    let word: String
    let units: Int
    var activation: Activation?
    var normalization: Normalization?
    var dropout: Double?
    var hasBias = true
  }

  public let description: String
  let layers: [Layer]

  /// - Throws: if a word has no meaning, naming it.
  public init(_ text: String) throws(NetworkTextError) {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let last = words.last else {
      throw NetworkTextError(word: "", reason: "no layer is named; write such as “fc100 fc10”")
    }
    description = words.joined(separator: " ")
    var layers: [Layer] = []
    for word in words { layers.append(try Self.layer(word)) }
    let output = layers.last!
    if output.activation != nil || output.normalization != nil || output.dropout != nil {
      throw NetworkTextError(
        word: last,
        reason: "the last layer is that of the outputs, which is linear and takes no activation, "
          + "normalization or dropout")
    }
    self.layers = layers
  }

  public init(from decoder: any Decoder) throws {
    self = try NetworkText(decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// The number of outputs.
  public var outputCount: Int { layers.last!.units }

  /// The network with as many inputs as the data have features.
  public func network(inputs: Int, output: OutputModel) throws(NetworkError) -> Network {
    var builder = NetworkBuilder(inputs: inputs)
    for (index, layer) in layers.enumerated() {
      let isOutput = index == layers.count - 1
      builder.dense(
        layer.units, isOutput ? .identity : layer.activation ?? .relu, bias: layer.hasBias,
        normalization: layer.normalization, dropout: layer.dropout ?? 0)
    }
    return try builder.build(output: output)
  }

  /// The start that suits its units: √2 for rectifiers, 1 for others.
  public var initialization: Initialization {
    layers.dropLast().allSatisfy { ($0.activation ?? .relu) == .relu }
      ? .normal(gain: 2.0.squareRoot()) : .normal(gain: 1)
  }
}

extension NetworkText {
  private static func layer(_ word: String) throws(NetworkTextError) -> Layer {
    func refuse(_ reason: String) -> NetworkTextError { .init(word: word, reason: reason) }
    let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let kind = String(parts[0].prefix { $0.isLetter })
    let number = String(parts[0].dropFirst(kind.count))
    switch kind {
    case "fc": break
    case "conv", "pool", "globalpool":
      throw refuse("convolutions and pooling are not available yet; use fcN")
    default: throw refuse("there is no layer “\(parts[0])”; write fcN, such as fc100")
    }
    guard let units = Int(number), (1...1_000_000).contains(units) else {
      throw refuse("“\(number)” is no number of units from 1 to 1,000,000")
    }
    var layer = Layer(word: word, units: units)
    for part in parts.dropFirst() {
      if part == "nobias" {
        layer.hasBias = false
      } else if let activation = Activation(part) {
        if layer.activation != nil { throw refuse("it has two activations") }
        layer.activation = activation
      } else if let own = Normalization.named.first(where: { $0.name == part }) {
        if layer.normalization != nil { throw refuse("it has two normalizations") }
        layer.normalization = own.normalization
      } else if part.hasPrefix("dropout") {
        guard let p = Double(part.dropFirst("dropout".count)), p > 0, p < 1 else {
          throw refuse("dropoutP needs a probability above 0 and below 1, such as dropout0.5")
        }
        if layer.dropout != nil { throw refuse("it has two dropouts") }
        layer.dropout = p
      } else {
        throw refuse("“\(part)” is unknown; after a colon come \(modifiers)")
      }
    }
    if layer.normalization?.isCentred == true && !layer.hasBias {
      throw refuse("a centred normalization needs a bias")
    }
    return layer
  }

  /// What may stand after a colon.
  public static var modifiers: String {
    let activations: [Activation] = [
      .relu, .tanh, .sigmoid, .softplus, .scaledTanh, .identity, .power(2), .positivePower(2),
    ]
    return
      (activations.map(\.description) + Normalization.named.map(\.name)
      + ["dropoutP", "nobias"]).joined(separator: ", ")
  }
}

/// Why a text names no network.
public struct NetworkTextError: Error, Equatable, CustomStringConvertible {
  public let word: String
  public let reason: String

  public var description: String { word.isEmpty ? reason : "“\(word)”: \(reason)" }
}
