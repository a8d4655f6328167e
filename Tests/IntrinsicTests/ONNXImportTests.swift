import Foundation
import IntrinsicData
import IntrinsicMath
import IntrinsicProtobuf
import Testing

@testable import Intrinsic

/// Networks of ONNX files: those that PyTorch and scikit-learn made (`Scripts/onnx-fixtures`), with the outputs that
/// they have in ONNX Runtime, and those that were exported here.
@Suite struct ONNXImportTests {
  private struct Case: Decodable {
    let inputs: [[Double]]
    let outputs: [[Double]]
  }

  private static func url(_ name: String) -> URL {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)")
  }

  /// The outputs of an imported network, or its probabilities if it has some, samples × outputs.
  private func outputs(_ network: ImportedNetwork, _ inputs: [[Double]], probabilities: Bool)
    -> [Double]
  {
    var inputs = Matrix(inputs).transposed
    if let shift = network.shift, let scale = network.scale {
      for row in 0..<inputs.rows {
        for x in 0..<inputs.columns {
          inputs[row, x] = (inputs[row, x] - shift[row % shift.count]) / scale[row % scale.count]
        }
      }
    }
    let workspace = Workspace<Double>(
      network.model.folded.network, maximumBatchSize: inputs.columns)
    workspace.load(inputs: inputs)
    workspace.forward(network.model.folded.parameters)
    return (probabilities ? workspace.probabilities : workspace.outputs).transposed.elements
  }

  @Test(arguments: [
    ("acts", false), ("res", false), ("wn", false), ("std", false), ("cat", true), ("inbn", false),
    ("sk-two", true), ("sk-three", true), ("sk-one", false),
  ])
  func `networks of others have their outputs`(name: String, hasProbabilities: Bool) throws {
    let file = "onnx-\(name).onnx"
    let cases = try JSONDecoder().decode(
      [String: Case].self, from: Data(contentsOf: Self.url("onnx-outputs.json")))
    let expected = try #require(cases[file])
    let network = try ImportedNetwork(onnx: Self.url(file))
    let actual = outputs(network, expected.inputs, probabilities: hasProbabilities)
    // Those of ONNX Runtime are in single precision.
    for (a, b) in zip(actual, expected.outputs.flatMap(\.self)) {
      #expect(abs(a - b) <= 1e-5 * max(1, abs(b)))
    }
    #expect(actual.count == expected.outputs.count * expected.outputs[0].count)
  }

  @Test func `what others wrote is what it was there`() throws {
    let acts = try ImportedNetwork(onnx: Self.url("onnx-acts.onnx")).model.network
    #expect(
      acts.layers.map(\.activation) == [
        .gelu, .silu, .elu, .leakyRelu(0.05), .softplus, .sigmoid, .identity,
      ])
    let residual = try ImportedNetwork(onnx: Self.url("onnx-res.onnx"))
    #expect(residual.model.network.layers.compactMap(\.normalization) == [.batch, .batch])
    #expect(residual.model.network.inputImage == ImageShape(height: 6, width: 6, channels: 2))
    #expect(residual.matches.contains { $0.shape == [6, 2, 3, 3] })
    let standardized = try ImportedNetwork(onnx: Self.url("onnx-std.onnx"))
    expectClose(try #require(standardized.shift), [1, 2, 3, 4, 5], tolerance: 1e-15, "shift")
    expectClose(try #require(standardized.scale), [1, 2, 0.5, 4, 9], tolerance: 1e-15, "scale")
    #expect(standardized.model.network.output == .square)
    let three = try ImportedNetwork(onnx: Self.url("onnx-sk-three.onnx"))
    #expect(three.classes == ["a", "b", "c"])
    #expect(three.model.network.output == .softmax)
    let two = try ImportedNetwork(onnx: Self.url("onnx-sk-two.onnx"))
    #expect(two.model.network.outputCount == 2)
    #expect(two.shift?.count == 5)
  }

  private func written(
    _ model: Model, shift: [Float]? = nil, scale: [Float]? = nil, classes: [String]? = nil
  )
    throws -> ImportedNetwork
  {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).onnx")
    defer { try? FileManager.default.removeItem(at: url) }
    try ONNXModel(of: model, shift: shift, scale: scale, classes: classes).write(to: url)
    return try ImportedNetwork(onnx: url)
  }

  private func model(_ network: Network) -> Model {
    var stream = RandomStream(seed: 3)
    let values = (0..<network.parameterCount).map { _ in
      Double(Float.random(in: -1...1, using: &stream))
    }
    return Model(network: network, parameters: Parameters(values))
  }

  @Test(arguments: [
    Activation.identity, .relu, .sigmoid, .tanh, .scaledTanh, .softplus, .positivePower(2),
    .positivePower(3),
    .power(2), .power(5), .gelu, .silu, .elu, .leakyRelu(0.01), .leakyRelu(0.3), .sine(1),
    .sine(30),
  ])
  func `activations come back as they went`(activation: Activation) throws {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, activation)
    builder.dense(2, .identity)
    let model = model(try builder.build(output: .softmax))
    let network = try written(model, classes: ["no", "yes"])
    #expect(network.model.network.layers.map(\.activation) == [activation, .identity])
    #expect(network.model.parameters.elements == model.parameters.elements)
    #expect(network.classes == ["no", "yes"])
    #expect(network.shift == nil)
  }

  @Test func `images, skips and standardizations come back as they went`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 8, width: 6, channels: 2))
    let first = try builder.convolution(3, kernel: 3, padding: 1, .relu)
    let second = try builder.convolution(3, kernel: 3, padding: 1, .identity)
    try builder.sum(of: [first, second], .tanh)
    try builder.pool(.maximum, size: 2)
    try builder.convolution(4, kernel: 2, stride: 1, padding: 1, .relu)
    try builder.globalPool(.average)
    builder.dense(2, .identity, reading: [builder.last])
    let model = model(try builder.build(output: .softmax))
    let network = try written(model, shift: [1, 2], scale: [3, 4])
    #expect(network.model.network.layers.map(\.unitCount) == model.network.layers.map(\.unitCount))
    #expect(network.model.parameters.elements == model.parameters.elements)
    #expect(network.shift == [1, 2])
    #expect(network.scale == [3, 4])
    var flat = NetworkBuilder(image: ImageShape(height: 3, width: 2, channels: 2))
    let hidden = flat.dense(5, .relu)
    flat.dense(4, .tanh)
    flat.dense(3, .identity, reading: [hidden, flat.last])
    let dense = self.model(try flat.build(output: .softmax))
    let shift = (0..<12).map { Float($0) }
    let back = try written(dense, shift: shift, scale: shift.map { $0 + 1 })
    #expect(back.model.parameters.elements == dense.parameters.elements)
    #expect(back.shift == shift.map(Double.init))
  }

  /// A graph of operators on inputs of three numbers.
  private func graph(
    _ nodes: [(type: String, inputs: [String])], constants: [String: ([Float], [Int64])] = [:],
    sizes: [Int64] = [3], epsilon: Float? = nil
  ) throws -> ImportedNetwork {
    let model = ONNXModelProto.with {
      $0.graph.input = [
        .with {
          $0.name = "x"
          $0.type.tensorType.shape.dim =
            [.with { $0.dimParam = "n" }] + sizes.map { size in .with { $0.dimValue = size } }
        }
      ]
      $0.graph.initializer = constants.map { name, constant in
        .with {
          ($0.name, $0.dims, $0.floatData, $0.dataType) = (name, constant.1, constant.0, .float32)
        }
      }
      $0.graph.node = nodes.enumerated().map { index, node in
        .with {
          ($0.opType, $0.input, $0.output) = (node.type, node.inputs, ["v\(index)"])
          guard let epsilon, node.type == "BatchNormalization" else { return }
          $0.attribute = [.with { ($0.name, $0.f, $0.type) = ("epsilon", epsilon, .float) }]
        }
      }
      $0.graph.output = [.with { $0.name = "v\(nodes.count - 1)" }]
    }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).onnx")
    defer { try? FileManager.default.removeItem(at: url) }
    try model.serializedData().write(to: url)
    return try ImportedNetwork(onnx: url)
  }

  private let weights: [String: ([Float], [Int64])] = [
    "w": ([1, 2, 3, 4, 5, 6], [3, 2]), "u": ([1, -1, 2, 1], [2, 2]), "b": ([7, 8], [2]),
    "two": ([2], []),
    // Sizes and axes that are none.
    "huge": ([.nan, .infinity, -.infinity, 1e30], [4]),
  ]

  @Test func `a bias and a factor behind a product are parameters of its layer`() throws {
    let network = try graph(
      [("MatMul", ["x", "w"]), ("Add", ["b", "v0"]), ("Mul", ["v1", "two"])], constants: weights)
    #expect(network.model.network.layers.count == 1)
    #expect(network.model.parameters.elements == [14, 2, 6, 10, 16, 4, 8, 12])
  }

  @Test func `pre-activations that are read beside activities get a layer for these`() throws {
    let network = try graph(
      [
        ("Gemm", ["x", "w", "b"]), ("Relu", ["v0"]), ("MatMul", ["v1", "u"]),
        ("Add", ["v0", "v2"]),
      ], constants: weights)
    let values = outputs(network, [[1, 0, -3]], probabilities: false)
    // y = (1 − 15 + 7, 2 − 18 + 8) is below 0; with u, y + u relu(y) = y.
    #expect(values == [-7, -8])
    // And y = (7, 8) is above it.
    let others = outputs(network, [[0, 0, 0]], probabilities: false)
    #expect(others == [30, 9])
  }

  @Test func `a batch normalization takes its epsilon, and the bias before it`() throws {
    var constants = weights
    constants["gain"] = ([2, 3], [2])
    constants["variance"] = ([3.5, 8.5], [2])
    let network = try graph(
      [
        ("Gemm", ["x", "w", "b"]),
        ("BatchNormalization", ["v0", "gain", "b", "b", "variance"]),
      ], constants: constants, epsilon: 0.5)
    // y = b for x = 0, so that (y − b)/√(variance + ε) = 0; the first input adds (1, 2), over (2, 3).
    let atZero = outputs(network, [[0, 0, 0]], probabilities: false)
    #expect(atZero == [7, 8])
    let atOne = outputs(network, [[1, 0, 0]], probabilities: false)
    expectClose(atOne, [7 + 1, 8 + 2], tolerance: 1e-14, "outputs")
  }

  @Test func `a layer that is read without its bias, and with it, is refused`() throws {
    let nodes: [(type: String, inputs: [String])] = [
      ("MatMul", ["x", "w"]), ("Relu", ["v0"]), ("Add", ["v0", "b"]), ("Add", ["v1", "v2"]),
    ]
    #expect(throws: DataError.self) { try graph(nodes, constants: weights) }
  }

  @Test(arguments: [
    ([("Gemm", ["x", "w", "b"]), ("Softsign", ["v0"]), ("Gemm", ["v1", "u"])], "Softsign"),
    ([("Gemm", ["x", "w", "b"]), ("LSTM", ["v0"])], "LSTM"),
    ([("Gemm", ["x", "u", "b"])], "3"),
    ([("Gemm", ["x", "missing"])], "missing"),
    (
      [
        ("Gemm", ["x", "w", "b"]), ("Relu", ["v0"]), ("Mul", ["v1", "b"]), ("Gemm", ["v2", "u"]),
      ], "Mul"
    ),
    ([("Relu", ["x"]), ("Gemm", ["v0", "w"])], "Relu"),
    ([("Reshape", ["x", "huge"]), ("Gemm", ["v0", "w"])], "Reshape"),
    ([("Reshape", ["w", "huge"]), ("Gemm", ["x", "v0"])], "Reshape"),
    ([("MatMul", ["x", "w"]), ("ReduceMean", ["v0", "huge"])], "ReduceMean"),
  ])
  func `what has no counterpart is refused by its name`(
    nodes: [(String, [String])], word: String
  ) throws {
    do {
      _ = try graph(nodes.map { (type: $0.0, inputs: $0.1) }, constants: weights)
      Issue.record("\(nodes) was read")
    } catch let error as DataError {
      #expect("\(error)".contains(word), "\(error)")
    }
  }

  @Test func `files that are none, or damaged, are refused`() throws {
    let whole = try Data(contentsOf: Self.url("onnx-res.onnx"))
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).onnx")
    defer { try? FileManager.default.removeItem(at: url) }
    for count in stride(from: 0, to: whole.count, by: 97) {
      try whole[..<count].write(to: url)
      #expect(throws: DataError.self) { try ImportedNetwork(onnx: url) }
    }
    var stream = RandomStream(seed: 1)
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<3 {
        bytes[Int.random(in: bytes.indices, using: &stream)] = UInt8.random(
          in: 0...255, using: &stream)
      }
      try bytes.write(to: url)
      // It is read, or refused, and nothing else.
      _ = try? ImportedNetwork(onnx: url)
    }
  }

  @Test func `weights beside the file are read, and nowhere else`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ location: String, offset: Int) throws -> URL {
      let model = ONNXModelProto.with {
        $0.graph.input = [
          .with {
            $0.name = "x"
            $0.type.tensorType.shape.dim = [.with { $0.dimParam = "n" }, .with { $0.dimValue = 2 }]
          }
        ]
        $0.graph.initializer = [
          .with {
            ($0.name, $0.dims, $0.dataType, $0.dataLocation) = ("w", [2, 1], .float32, .external)
            $0.externalData = [("location", location), ("offset", "\(offset)"), ("length", "8")]
              .map { entry in .with { ($0.key, $0.value) = entry } }
          }
        ]
        $0.graph.node = [
          .with { ($0.opType, $0.input, $0.output) = ("MatMul", ["x", "w"], ["y"]) }
        ]
        $0.graph.output = [.with { $0.name = "y" }]
      }
      let url = folder.appendingPathComponent("net.onnx")
      try model.serializedData().write(to: url)
      return url
    }
    try Data(Tensor([9, 3, 4] as [Float]).bytes).write(
      to: folder.appendingPathComponent("net.data"))
    #expect(
      try ImportedNetwork(onnx: file("net.data", offset: 4)).model.parameters.elements == [3, 4])
    for (location, offset) in [
      ("net.data", 8), ("../net.data", 0), ("/etc/hostname", 0), ("no.data", 0),
    ] {
      let url = try file(location, offset: offset)
      #expect(throws: DataError.self) { try ImportedNetwork(onnx: url) }
    }
  }
}
