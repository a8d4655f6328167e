import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Networks of PyTorch with the outputs that they have there (`Scripts/pytorch-fixtures`).
@Suite struct StateDictionaryTests {
  private static func url(_ name: String) -> URL {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)")
  }

  private func state(_ name: String) throws -> StateDictionary {
    try StateDictionary(contentsOf: Self.url("pytorch-\(name).safetensors"))
  }

  private static func numbers(_ value: Any) -> [Double] {
    (value as? [Any])?.flatMap(numbers) ?? [value as! Double]
  }

  /// Inputs × samples and outputs × samples.
  private func expected(_ name: String) throws -> (Matrix<Double>, Matrix<Double>) {
    let json = try JSONSerialization.jsonObject(
      with: Data(contentsOf: Self.url("pytorch-outputs.json")))
    let parts = try #require((json as? [String: [String: [Any]]])?[name])
    let matrices = ["inputs", "outputs"].map { key in
      Matrix(parts[key]!.map(Self.numbers)).transposed
    }
    return (matrices[0], matrices[1])
  }

  private func dense() throws -> Network {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(6, .tanh, normalization: .batch)
    builder.dense(5, .relu, normalization: .weight)
    builder.dense(4, .relu, bias: false)
    builder.dense(2, .identity)
    return try builder.build(output: .square)
  }

  @Test func `dense networks with batch and weight normalization have their outputs`() throws {
    let imported = try state("dense").model(of: dense())
    let (model, matches) = (imported.model, imported.matches)
    let (inputs, outputs) = try expected("dense")
    expectClose(
      model.predictions(for: inputs).elements, outputs.elements, tolerance: 1e-12, "outputs")
    #expect(matches.map(\.module) == ["2", "3", "9", "11", "20"])
    #expect(matches.map(\.layer) == [0, 1, 2, 4, 5])
    #expect(try state("dense").inputCount == 3)
  }

  @Test func `convolutions read images by channel, height and width`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 4, width: 4, channels: 2))
    try builder.convolution(3, kernel: 3, padding: 1, .relu, normalization: .batch)
    try builder.pool(.maximum, size: 2)
    try builder.convolution(4, kernel: 2, padding: 0, .tanh)
    builder.dense(3, .identity)
    let model = try state("images").model(of: builder.build(output: .softmax)).model
    let (byChannel, outputs) = try expected("images")
    // Rows here go by pixel, then channel.
    var inputs = byChannel
    for x in 0..<5 {
      for pixel in 0..<16 {
        for channel in 0..<2 { inputs[pixel * 2 + channel, x] = byChannel[channel * 16 + pixel, x] }
      }
    }
    let workspace = Workspace<Double>(model.folded.network, maximumBatchSize: 5)
    workspace.load(inputs: inputs)
    workspace.forward(model.folded.parameters)
    expectClose(
      workspace.activities.matrix(model.folded.network.outputRows).elements, outputs.elements,
      tolerance: 1e-12, "outputs")
  }

  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "nothing"
    } catch { return "\(error)" }
  }

  @Test func `what does not fit is named`() throws {
    let state = try state("dense")
    func refusal(_ change: (inout NetworkBuilder) -> Void, order: [String]? = nil) throws -> String
    {
      var builder = NetworkBuilder(inputs: 3)
      change(&builder)
      let network = try builder.build(output: .square)
      return self.refusal { _ = try state.model(of: network, order: order) }
    }
    let plain = try refusal {
      $0.dense(6, .tanh)
      $0.dense(2, .identity)
    }
    #expect(plain.contains("“:bn” at the layer before"))
    let short = try refusal { $0.dense(6, .identity) }
    #expect(short.contains("no layer is left for this module") && short.contains("3"))
    let biased = try refusal {
      $0.dense(6, .tanh, normalization: .batch)
      $0.dense(5, .relu, normalization: .weight)
      $0.dense(4, .relu)
      $0.dense(2, .identity)
    }
    #expect(biased.contains("11") && biased.contains("“:nobias”"))
    let narrow = try refusal {
      $0.dense(7, .tanh, normalization: .batch)
      $0.dense(5, .relu, normalization: .weight)
      $0.dense(4, .relu, bias: false)
      $0.dense(2, .identity)
    }
    #expect(narrow.contains("6") && narrow.contains("7"))
    let network = try dense()
    #expect(
      self.refusal { _ = try state.model(of: network, order: ["2", "3"]) }
        .contains("2 of 5 modules"))
    #expect(
      self.refusal { _ = try state.model(of: network, order: ["2", "3", "9", "11", "nine"]) }
        .contains("no module “nine”"))
  }
}
