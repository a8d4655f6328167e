import Foundation
import Intrinsic
import IntrinsicMath

/// The architecture of a network as a short text, such as `conv32:bn pool fc500:tanh:dropout0.5 fc10`:
/// a word for each layer, from the first above the inputs to the outputs, with what is special about it
/// after colons.
///
/// | word | layer |
/// |---|---|
/// | `fcN` | N units that read all units of the layer below |
/// | `convN` | a convolution of N channels under windows of 3 × 3, with a border of zeros |
/// | `pool`, `poolN` | the largest of each channel in squares of 2 × 2 or N × N |
/// | `globalpool` | the mean of each channel |
///
/// | after a colon | meaning |
/// |---|---|
/// | `relu`, `tanh`, … | the activation function; relu if none is given |
/// | `bn`, `wn`, … | a normalization, as in `Normalization.named` |
/// | `dropoutP` | activities are dropped in training with probability P |
/// | `nobias` | units have no bias |
/// | `kernelN`, `strideN`, `paddingN` | of a convolution: its window |
/// | `average`, `maximum` | of a pooling: what it keeps |
///
/// The last layer is that of the outputs: it is linear, and takes no more than `nobias`.
package struct NetworkText: Sendable, Hashable, Codable, CustomStringConvertible {
  package let description: String
  let layers: [NetworkWord]

  /// - Throws: if a word has no meaning, naming it.
  package init(_ text: String) throws(NetworkTextError) {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let last = words.last else {
      throw NetworkTextError(word: "", reason: "no layer is named; write such as “fc100 fc10”")
    }
    description = words.joined(separator: " ")
    var layers: [NetworkWord] = []
    for word in words { layers.append(try NetworkWord(word)) }
    let output = layers.last!
    guard output.kind == .dense, output.activation?.isIdentityOfGroups ?? true,
      output.normalization == nil, output.dropout == nil
    else {
      throw NetworkTextError(
        word: last,
        reason: "the last layer is that of the outputs, fcN, which is linear and takes no "
          + "activation but identityP, normalization or dropout")
    }
    self.layers = layers
  }

  package init(from decoder: any Decoder) throws {
    self = try NetworkText(decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// The number of outputs.
  package var outputCount: Int { layers.last!.number }
  /// Whether inputs must form an image.
  package var needsImage: Bool { layers.contains { $0.kind != .dense } }

  /// The network with as many inputs as the data have features.
  ///
  /// - Parameters:
  ///   - inputs: the number of features.
  ///   - output: what the activities of the last layer mean.
  ///   - image: the shape of the inputs, if they form an image.
  /// - Throws: if a layer does not fit.
  package func network(
    inputs: Int, image: ImageShape? = nil, output: OutputModel
  ) throws(NetworkError) -> Network {
    var builder =
      needsImage && image != nil ? NetworkBuilder(image: image!) : NetworkBuilder(inputs: inputs)
    for (index, layer) in layers.enumerated() {
      let isOutput = index == layers.count - 1
      let activation = layer.activation ?? (isOutput ? .identity : .relu)
      switch layer.kind {
      case .dense:
        builder.dense(
          layer.number, activation, bias: layer.hasBias, normalization: layer.normalization,
          dropout: layer.dropout ?? 0)
      case .convolution:
        let kernel = layer.kernel ?? 3
        try builder.convolution(
          layer.number, kernel: kernel, stride: layer.stride ?? 1,
          padding: layer.padding ?? (kernel - 1) / 2, activation, bias: layer.hasBias,
          normalization: layer.normalization, dropout: layer.dropout ?? 0)
      case .pool:
        try builder.pool(layer.pooling ?? .maximum, size: layer.number, stride: layer.stride)
      case .globalPool: try builder.globalPool(layer.pooling ?? .average)
      }
    }
    return try builder.build(output: output)
  }

  /// The start that suits its units: √2 for rectifiers, 1 for others.
  package var initialization: Initialization {
    layers.dropLast().allSatisfy { ($0.activation ?? .relu) == .relu }
      ? .normal(gain: 2.0.squareRoot()) : .normal(gain: 1)
  }
}

/// Why a text names no network.
package struct NetworkTextError: Error, Equatable, CustomStringConvertible {
  package let word: String
  package let reason: String

  package var description: String { word.isEmpty ? reason : "“\(word)”: \(reason)" }
}
