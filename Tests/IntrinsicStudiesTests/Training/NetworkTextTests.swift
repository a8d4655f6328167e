import Foundation
import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct NetworkTextTests {
  @Test func `words become layers`() throws {
    let text = try NetworkText("  fc20:bn:tanh   fc7:dropout0.25 fc5:nobias:sigmoid fc3 ")
    #expect(text.description == "fc20:bn:tanh fc7:dropout0.25 fc5:nobias:sigmoid fc3")
    #expect(text.outputCount == 3)
    let network = try text.network(inputs: 4, output: .softmax)
    // Gains are a layer of their own.
    #expect(network.layers.map(\.rows.count) == [20, 20, 7, 5, 3])
    #expect(network.layers.map(\.activation) == [.identity, .tanh, .relu, .sigmoid, .identity])
    #expect(network.layers[0].normalization == .batch)
    #expect(network.layers.map(\.dropout) == [0, 0, 0.25, 0, 0])
    #expect(network.layers.map(\.hasBias) == [false, true, true, false, true])
    #expect(network.inputCount == 4 && network.output == .softmax)
  }

  @Test func `images are convolved and pooled`() throws {
    let text = try NetworkText("conv4:bn:kernel5:stride2 pool conv6:padding0 globalpool fc3")
    #expect(text.needsImage)
    let network = try text.network(
      inputs: 16 * 16 * 2, image: ImageShape(height: 16, width: 16, channels: 2), output: .softmax)
    // 16 → 8 by stride 2 with padding 2, → 4 by pooling, → 2 without padding; gains are a layer.
    let images = network.layers.map { $0.image.map { "\($0)" } ?? "none" }
    #expect(images == ["8 × 8 × 4", "8 × 8 × 4", "4 × 4 × 4", "2 × 2 × 6", "1 × 1 × 6", "none"])
    #expect(network.outputCount == 3)
    let small = ImageShape(height: 1, width: 1, channels: 2)
    #expect(throws: NetworkError.self) {
      try text.network(inputs: 2, image: small, output: .softmax)
    }
    #expect(throws: NetworkError.noImage(layer: 0)) {
      try text.network(inputs: 512, output: .softmax)
    }
  }

  @Test func `every normalization and activation has its word`() throws {
    for (name, _, normalization) in Normalization.named {
      let network = try NetworkText("fc3:\(name) fc2").network(inputs: 2, output: .square)
      #expect(network.layers[0].normalization == normalization, "\(name)")
    }
    for name in ["relu", "tanh", "sigmoid", "softplus", "scaledtanh", "identity", "power3"] {
      let network = try NetworkText("fc3:\(name) fc2").network(inputs: 2, output: .square)
      #expect(network.layers[0].activation == Activation(name), "\(name)")
      #expect(NetworkText.modifiers.contains(name.prefix { $0.isLetter }), "\(name)")
    }
  }

  @Test(arguments: [
    ("", "no layer is named"), ("fc10 dense5 fc2", "“dense5”"), ("fc fc2", "“fc”"),
    ("fc0 fc2", "“0” is no number"), ("fc-5 fc2", "“-5” is no number"),
    ("fc99999999999999999999 fc2", "no number"),
    ("fc10:swish fc2", "“swish” does not belong to fc"),
    ("fc10: fc2", "“” does not belong"), ("fc10:relu:tanh fc2", "two activations"),
    ("fc10:bn:wn fc2", "two normalizations"), ("fc10:dropout1 fc2", "dropoutP"),
    ("fc10:dropout fc2", "dropoutP"), ("fc10:dropout0.1:dropout0.2 fc2", "two dropouts"),
    ("fc10:bn:nobias fc2", "needs a bias"), ("fc10 fc2:tanh", "the last layer"),
    ("fc10 fc2:bn", "the last layer"), ("fc10 conv3", "the last layer"),
    ("conv3:kernel0 fc2", "kernelN"), ("fc3:kernel2 fc2", "“kernel2” does not belong to fc"),
    ("pool:tanh fc2", "“tanh” does not belong to pool"), ("globalpool3 fc2", "no number"),
    ("pool:average:maximum fc2", "two kinds"), ("conv3:stride1:stride2 fc2", "two strides"),
  ])
  func `what has no meaning is refused, naming the word`(_ text: String, _ words: String) {
    let error = #expect(throws: NetworkTextError.self) { try NetworkText(text) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test func `it is kept in JSON as its text`() throws {
    let text = try NetworkText("fc20:bn fc3")
    let data = try JSONEncoder().encode([text])
    #expect(String(decoding: data, as: UTF8.self) == #"["fc20:bn fc3"]"#)
    #expect(try JSONDecoder().decode([NetworkText].self, from: data) == [text])
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode([NetworkText].self, from: Data(#"["fcx"]"#.utf8))
    }
  }

  /// Pieces in any order, with a small image in half of the cases.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func `any text is a network or is refused`(seed: UInt64) {
    let pieces = [
      "fc", "conv", "pool", "globalpool", ":", " ", "1", "2", "3", "10", "0", "-1", "1000000",
      "99999999999999999999", "bn", "wn", "ewn", "mean-bn", "relu", "tanh", "power", "relu^", "sin",
      "dropout", "0.5", "1.0", "nan", "inf", "1e400", "nobias", "kernel", "stride", "padding",
      "average", "maximum", "(", ")", "^", "é", "\u{301}", "٣", "\0",
    ]
    var stream = RandomStream(seed: seed)
    for _ in 0..<500 {
      let text = (0..<Int.random(in: 1...12, using: &stream))
        .map { _ in pieces.randomElement(using: &stream)! }.joined()
      let image = Bool.random(using: &stream) ? ImageShape(height: 6, width: 5, channels: 2) : nil
      guard let network = try? NetworkText(text) else { continue }
      #expect((try? NetworkText(network.description)) == network, "\(text)")
      _ = try? network.network(inputs: 60, image: image, output: .softmax)
    }
  }
}
