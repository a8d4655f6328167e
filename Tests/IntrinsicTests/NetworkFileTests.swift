import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct NetworkFileTests {
  private func withFile(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("network-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }

  private func expectSame(_ read: Model, _ model: Model, _ label: String) {
    #expect(read.parameters.elements == model.parameters.elements, "\(label)")
    #expect(read.network.unitRows == model.network.unitRows, "\(label)")
    #expect(NetworkDescription(read.network) == NetworkDescription(model.network), "\(label)")
    for (a, b) in zip(read.network.layers, model.network.layers) {
      #expect(a.rows == b.rows && a.parameters == b.parameters, "\(label)")
      for unit in 0..<a.rows.count {
        #expect(
          a.connection.incomingRows(of: unit) == b.connection.incomingRows(of: unit), "\(label)")
      }
    }
  }

  @Test func `random networks come back bit for bit`() throws {
    try withFile { url in
      try forAllNetworks(seeds: 0..<120) { network, parameters, _, label in
        let model = Model(network: network, parameters: parameters)
        try model.save(to: url)
        expectSame(try Model(contentsOf: url), model, label)
      }
    }
  }

  @Test func `reparametrized units, permuted ones and output parameters come back`() throws {
    var builder = NetworkBuilder(inputs: 3)
    let first = builder.dense(4, .tanh)
    builder.dense(3, .positivePower(3), reading: [.inputs, first], bias: false)
    var network = try builder.build(output: .softmax, outputParameters: true)
    network = try network.permuted(layer: 0, [2, 0, 3, 1]).network
    network = try network.reparametrized(
      layer: 0,
      by: UnitAffine(
        alpha: [1, 2, -3, 0.1], beta: [0, 1, 2, 3], gamma: [1, -1, 2, 3], delta: [0, 0.5, 1, 2]))
    var stream = RandomStream(seed: 4)
    let model = Model(
      network: network,
      parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
    try withFile { url in
      try model.save(to: url, metadata: ["origin": "test"])
      expectSame(try Model(contentsOf: url), model, "all at once")
      #expect(try Safetensors.read(url).metadata["origin"] == "test")
    }
  }

  @Test func `weights have the names and shapes of PyTorch`() throws {
    let network = try Network.layered([3, 4, 2], activation: .relu, output: .square)
    let parameters = Parameters((0..<network.parameterCount).map { Double($0) })
    try withFile { url in
      try Model(network: network, parameters: parameters).save(to: url, precision: .float32)
      let tensors = try Safetensors.read(url).tensors
      #expect(tensors["layers.0.weight"]?.shape == [4, 3])
      #expect(try tensors["layers.0.weight"]?.doubles[3..<6] == [5, 6, 7])
      #expect(try tensors["layers.0.bias"]?.floats == [0, 4, 8, 12])
      #expect(tensors["layers.1.weight"]?.shape == [2, 4])
      #expect(tensors["layers.1.bias"]?.elementType == .float32)
      #expect(try Model(contentsOf: url).parameters.elements == parameters.elements)
    }
  }

  @Test func `weights on images are stored by channel, row and column`() throws {
    // Pixels hold the channels 10 and 20; our order is by pixel, that of files by channel.
    var builder = NetworkBuilder(image: ImageShape(height: 1, width: 3, channels: 2))
    let first = try builder.convolution(1, Window(height: 1, width: 2), .relu)
    builder.dense(1, .identity, reading: [.inputs, first])
    let network = try builder.build(output: .square)
    let parameters = Parameters([-1, 10, 20, 11, 21, -2, 10, 20, 11, 21, 12, 22, 1, 2])
    try withFile { url in
      try Model(network: network, parameters: parameters).save(to: url)
      let tensors = try Safetensors.read(url).tensors
      #expect(tensors["layers.0.weight"]?.shape == [1, 2, 1, 2])
      #expect(try tensors["layers.0.weight"]?.doubles == [10, 11, 20, 21])
      #expect(tensors["layers.1.weight"]?.shape == [1, 8])
      #expect(try tensors["layers.1.weight"]?.doubles == [10, 11, 12, 20, 21, 22, 1, 2])
      #expect(try Model(contentsOf: url).parameters.elements == parameters.elements)
    }
  }

  private var sparse: (tensors: [NamedTensor], description: String) {
    get throws {
      var builder = NetworkBuilder(inputs: 3)
      builder.sparse(incoming: [[0, 2], [1]], .tanh)
      builder.dense(2, .identity)
      let network = try builder.build(output: .square)
      let model = Model(network: network, parameters: Parameters(network))
      var result: (tensors: [NamedTensor], description: String) = ([], "")
      try withFile { url in
        try model.save(to: url)
        let contents = try Safetensors.read(url)
        result = (contents.tensors, contents.metadata[Model.architectureKey]!)
      }
      return result
    }
  }

  @Test(arguments: [
    ("\"version\":1", "\"version\":2", "version 2"), ("\"inputs\":3", "\"inputs\":-1", "-1 inputs"),
    ("\"inputs\":3", "\"inputs\":999999999999", "inputs"),
    ("\"tanh\"", "\"tan\"", "no architecture"),
    ("\"sparse\"", "\"recurrent\"", "no architecture"), ("layers.0\"]", "layers.1\"]", "earlier"),
    ("layers.0\"]", "inputs\"]", "[2, 3]"), ("\"units\":2", "\"units\":3", "3"),
    ("\"units\":2", "\"units\":9223372036854775807", "922"),
    ("square", "exponential-family", "no arch"),
    ("square", "bernoulli", "probabilities"), ("\"inputs\":3", "\"inputs\":2", "unit 2"),
    ("\"bias\":true", "\"bias\":false", "no such tensor"),
    ("{", "{\"numbers\":[0,0],", "no order"),
  ])
  func `an architecture that does not fit is refused`(
    _ old: String, _ new: String, _ message: String
  ) throws {
    let (tensors, description) = try sparse
    #expect(description.contains(old), "\(description)")
    let changed = description.replacing(old, with: new, maxReplacements: 1)
    let contents = Safetensors.Contents(
      tensors: tensors, metadata: [Model.architectureKey: changed])
    #expect {
      try NetworkFile(contents, file: "net").model()
    } throws: { error in
      "\(error)".contains(message) && "\(error)".contains("net")
    }
  }

  @Test func `tensors that do not fit are refused by name`() throws {
    let (tensors, description) = try sparse
    func load(_ change: (inout [NamedTensor]) -> Void) throws -> Model {
      var changed = tensors
      change(&changed)
      let contents = Safetensors.Contents(
        tensors: changed, metadata: [Model.architectureKey: description])
      return try NetworkFile(contents, file: "net").model()
    }
    _ = try load { _ in }
    func replace(_ name: String, _ tensor: Tensor) -> (inout [NamedTensor]) -> Void {
      { list in list = list.map { $0.name == name ? NamedTensor(name, tensor) : $0 } }
    }
    for (change, message) in [
      ({ $0.removeAll { $0.name == "layers.1.weight" } }, "“layers.1.weight” is missing"),
      ({ $0.append(NamedTensor("momentum", Tensor([1.0]))) }, "momentum"),
      (replace("layers.1.weight", Tensor([1.0, 2], shape: [1, 2])), "[1, 2]"),
      (replace("layers.1.bias", Tensor([1.0, .nan])), "layers.1.bias"),
      (replace("layers.0.indices", Tensor([2, 0, 1])), "increasing"),
      (replace("layers.0.indices", Tensor([0, 7, 1])), "7"),
      (replace("layers.0.offsets", Tensor([0, 3, 2])), "offsets"),
      (replace("layers.0.offsets", Tensor([0.5, 2, 3])), "0.5"),
    ] as [((inout [NamedTensor]) -> Void, String)] {
      #expect { try load(change) } throws: { "\($0)".contains(message) }
    }
  }

  @Test func `damaged files are refused, never a crash`() throws {
    var stream = RandomStream(seed: 9)
    try withFile { url in
      try forAllNetworks(seeds: 0..<4) { network, parameters, _, _ in
        try Model(network: network, parameters: parameters).save(to: url)
        let whole = try Data(contentsOf: url)
        for _ in 0..<300 {
          var damaged = whole
          if Bool.random(using: &stream) {
            damaged = damaged.prefix(Int.random(in: 0..<whole.count, using: &stream))
          } else {
            for _ in 0..<Int.random(in: 1...4, using: &stream) {
              damaged[Int.random(in: 0..<whole.count, using: &stream)] = UInt8.random(
                in: 0...255, using: &stream)
            }
          }
          try damaged.write(to: url)
          // Some changes only alter a number.
          do { _ = try Model(contentsOf: url) } catch { #expect("\(error)".contains("“")) }
        }
      }
    }
  }

  @Test func `a file without architecture says what is missing`() throws {
    try withFile { url in
      try Safetensors.write(tensors: [NamedTensor("layers.0.weight", Tensor([1.0]))], to: url)
      #expect { try Model(contentsOf: url) } throws: { "\($0)".contains("intrinsic.network") }
    }
  }
}

extension NetworkFileTests {
  /// A network with a layer that is normalized over the batch, and one that is not.
  private func normalized() throws -> Model {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, .tanh, normalization: .batch)
    builder.dense(2, .tanh, normalization: .weight)
    builder.dense(2, .identity)
    let network = try builder.build(output: .softmax)
    var stream = RandomStream(seed: 4)
    return Model(
      network: network,
      parameters: Initialization.normal(gain: 1).parameters(
        network, using: &stream),
      statistics: [
        0: NormalizationStatistics(mean: [0.5, -1, 0, 1.0 / 3], variance: [1, 2, 0.25, 1e-3])
      ])
  }

  @Test func `statistics of normalized layers come back bit for bit`() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("network-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let model = try normalized()
    try model.save(to: url)
    let contents = try Safetensors.read(url)
    #expect(try contents.tensors["layers.0.running_mean"]?.doubles == [0.5, -1, 0, 1.0 / 3])
    #expect(try contents.tensors["layers.0.running_var"]?.doubles == [1, 2, 0.25, 1e-3])
    let read = try Model(contentsOf: url)
    #expect(Array(read.statistics.keys) == [0])
    #expect(read.statistics[0]?.mean == model.statistics[0]?.mean)
    #expect(read.statistics[0]?.variance == model.statistics[0]?.variance)
    let inputs = Matrix([[0.1], [-2], [0.7]])
    #expect(read.predictions(for: inputs) == model.predictions(for: inputs))
    let folded = model.folded.predictions(for: inputs)
    for k in 0..<2 { #expect(abs(folded[k, 0] - model.predictions(for: inputs)[k, 0]) < 1e-12) }

    // Files of version 0.1 have another name for the variance.
    let old = contents.tensors.map {
      NamedTensor($0.name.replacing("running_var", with: "running_spread"), $0.tensor)
    }
    try Safetensors.write(tensors: old, metadata: contents.metadata, to: url)
    #expect(try Model(contentsOf: url).statistics[0]?.variance == [1, 2, 0.25, 1e-3])

    // Without statistics there are no such tensors.
    try Model(network: model.network, parameters: model.parameters).save(to: url)
    #expect(try Model(contentsOf: url).statistics.isEmpty)

    for (name, tensor, words) in [
      ("layers.0.running_mean", nil, "layers.0.running_mean"),
      ("layers.0.running_var", Tensor([1.0, 2, 3]), "shape"),
      ("layers.0.running_var", Tensor([1.0, 2, -3, 1]), "below 0"),
      ("layers.2.running_mean", Tensor([1.0, 2]), "layers.2.running_mean"),
    ] {
      var tensors = contents.tensors.filter { $0.name != name }
      if let tensor { tensors.append(NamedTensor(name, tensor)) }
      try Safetensors.write(tensors: tensors, metadata: contents.metadata, to: url)
      let error = #expect(throws: DataError.self) { _ = try Model(contentsOf: url) }
      #expect(error?.description.contains(words) == true, "\(name): \(String(describing: error))")
    }
  }
}
