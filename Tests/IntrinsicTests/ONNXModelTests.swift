import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import Intrinsic

/// `Scripts/check-onnx` runs the files; here it is that they say what they should.
struct ONNXModelTests {
  private struct Ended: Error {}

  /// The fields of a message: numbers, or the bytes of what is nested.
  private struct Message {
    var numbers: [Int: [Int]] = [:]
    var parts: [Int: [[UInt8]]] = [:]

    init(_ bytes: [UInt8]) throws {
      var rest = bytes[...]
      func number() throws -> Int {
        var (value, shift) = (UInt64(0), UInt64(0))
        while true {
          guard let byte = rest.popFirst() else { throw Ended() }
          value |= UInt64(byte & 0x7f) << shift
          if byte < 0x80 { return Int(truncatingIfNeeded: value) }
          shift += 7
        }
      }
      while !rest.isEmpty {
        let tag = try number()
        switch tag & 7 {
        case 0: numbers[tag >> 3, default: []].append(try number())
        case 2:
          let count = try number()
          try #require(count <= rest.count)
          parts[tag >> 3, default: []].append(Array(rest.prefix(count)))
          rest = rest.dropFirst(count)
        case 5: rest = rest.dropFirst(4)
        default: Issue.record("wire type \(tag & 7)")
        }
      }
    }

    func texts(_ field: Int) -> [String] {
      (parts[field] ?? []).map { String(decoding: $0, as: UTF8.self) }
    }
    func messages(_ field: Int) throws -> [Message] { try (parts[field] ?? []).map(Message.init) }
  }

  private func model(_ activation: Activation = .tanh) throws -> Model {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, activation)
    builder.dense(2, .identity)
    let network = try builder.build(output: .softmax)
    return Model(
      network: network,
      parameters: Parameters((0..<network.parameterCount).map { Double($0) / 8 - 1 }))
  }

  @Test func `operators, constants and signatures are those of the network`() throws {
    let model = try model()
    let file = try ONNXModel(
      of: model, shift: [1, 2, 3], scale: [4, 5, 6], classes: ["no", "yes"])
    let message = try Message(Array(file.data))
    #expect(message.numbers[1] == [8])
    #expect(try message.messages(8).map { $0.numbers[2] } == [[17], [3]])
    let graph = try #require(try message.messages(7).first)
    let nodes = try graph.messages(1)
    #expect(
      nodes.flatMap { $0.texts(4) } == [
        "Sub", "Div", "Flatten", "Gemm", "Tanh", "Flatten", "Gemm", "Softmax", "ArgMax",
        "LabelEncoder",
      ])
    // Each operand is an input, a constant, or the value of an operator before it.
    let constants = try graph.messages(5)
    let inputs = try graph.messages(11).flatMap { $0.texts(1) }
    var known = Set(inputs + constants.flatMap { $0.texts(8) })
    for node in nodes {
      #expect(Set(node.texts(1)).isSubset(of: known), "\(node.texts(3))")
      known.formUnion(node.texts(2))
    }
    #expect(inputs == ["features"])
    #expect(try graph.messages(12).flatMap { $0.texts(1) } == ["probabilities", "label"])
    let weight = try #require(constants.first { $0.texts(8) == ["layers.1.weight"] })
    #expect(weight.numbers[1] == [2, 4])
    let expected = model.tensors(.float32).first { $0.name == "layers.1.weight" }!.tensor
    #expect(weight.parts[9] == [Array(expected.bytes)])
    let scale = try #require(constants.first { $0.texts(8) == ["scale"] })
    #expect(scale.parts[9] == [Array(Tensor([4, 5, 6] as [Float]).bytes)])
  }

  @Test func `groups are an axis of their own, and those of several sizes are refused`() throws {
    func operators(_ activation: Activation) throws -> [String] {
      let graph = try #require(
        try Message(Array(try ONNXModel(of: model(activation)).data)).messages(7).first)
      return try graph.messages(1).flatMap { $0.texts(4) }
    }
    let softmax = try operators(.softmax(of: 2))
    #expect(Array(softmax[2..<5]) == ["Reshape", "Softmax", "Reshape"])
    #expect(
      Array(try operators(.radial(of: 4))[2..<8]) == [
        "Reshape", "ReduceL2", "Tanh", "Max", "Div", "Mul",
      ])
    #expect(try operators(.identity(of: 2)) == operators(.identity))
    #expect(throws: DataError.self) { try operators(.softmax(of: 1, 3)) }
  }

  @Test func `channels and pixels come in the order of the file's images`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 1, width: 2, channels: 3))
    try builder.convolution(1, kernel: 1, stride: 1, padding: 0, .relu)
    builder.dense(1, .identity)
    let network = try builder.build(output: .square)
    let model = Model(network: network, parameters: Parameters<Double>(network))
    func scale(_ list: [Float]) throws -> [Float] {
      let ones = [Float](repeating: 1, count: list.count)
      let graph = try Message(
        Array(try ONNXModel(of: model, shift: ones, scale: list).data)
      ).messages(7)[0]
      let tensor = try #require(try graph.messages(5).first { $0.texts(8) == ["scale"] })
      #expect(tensor.numbers[1] == [1, 3, 1, 2])
      let bytes = tensor.parts[9]![0]
      return bytes.withUnsafeBytes { raw in
        (0..<bytes.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      }
    }
    #expect(try scale([7, 8, 9]) == [7, 7, 8, 8, 9, 9])
    #expect(try scale([1, 2, 3, 4, 5, 6]) == [1, 4, 2, 5, 3, 6])
  }

  @Test func `what has no operator is refused by its layer`() throws {
    var builder = NetworkBuilder(inputs: 3)
    builder.sparse(incoming: [[0, 1], [2]], .relu)
    builder.dense(2, .identity)
    let network = try builder.build(output: .softmax)
    let error = #expect(throws: DataError.self) {
      _ = try ONNXModel(of: Model(network: network, parameters: Parameters<Double>(network)))
    }
    #expect(error?.description.contains("layer 0") == true, "\(String(describing: error))")
  }
}
