import Foundation
import Intrinsic
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
    ("fc99999999999999999999 fc2", "no number"), ("fc10:swish fc2", "“swish” is unknown"),
    ("fc10: fc2", "“” is unknown"), ("fc10:relu:tanh fc2", "two activations"),
    ("fc10:bn:wn fc2", "two normalizations"), ("fc10:dropout1 fc2", "dropoutP"),
    ("fc10:dropout fc2", "dropoutP"), ("fc10:dropout0.1:dropout0.2 fc2", "two dropouts"),
    ("fc10:bn:nobias fc2", "needs a bias"), ("fc10 fc2:tanh", "the last layer"),
    ("fc10 fc2:bn", "the last layer"), ("conv32 fc10", "not available"),
    ("pool fc10", "not available"),
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
}
