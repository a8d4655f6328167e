import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct SamplesFileTests {
  private func read(
    _ arrays: [NamedTensor], for network: Network, limit: Int = .max
  ) throws -> Samples<Double> {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("samples-\(UUID().uuidString).npz")
    defer { try? FileManager.default.removeItem(at: url) }
    try NPZ.write(arrays, to: url)
    return try Samples(contentsOf: url, for: network, limit: limit)
  }

  private let inputs = NamedTensor("inputs", Tensor([1.0, 2, 3, 4, 5, 6], shape: [3, 2]))

  @Test func `classes and values are read, one column a sample`() throws {
    let classes = try read(
      [inputs, NamedTensor("targets", Tensor([1, 0, 1]))],
      for: .layered([2, 2], activation: .tanh, output: .softmax), limit: 2)
    #expect(classes.inputs == Matrix([[1, 3], [2, 4]]))
    guard case .classes([1, 0]) = classes.targets else {
      Issue.record("\(classes.targets)")
      return
    }
    let values = try read(
      [inputs, NamedTensor("targets", Tensor([0.5, 1, 0, 1, 1, 0] as [Float], shape: [3, 2]))],
      for: .layered(
        [2, 2], activation: .tanh, outputActivation: .sigmoid, output: .bernoulli))
    guard case .values(let matrix) = values.targets else {
      Issue.record("\(values.targets)")
      return
    }
    #expect(matrix == Matrix([[0.5, 0, 1], [1, 1, 0]]))
    let single = try read(
      [inputs, NamedTensor("targets", Tensor([1.0, 2, 3]))],
      for: .layered([2, 1], activation: .tanh, output: .square))
    #expect(single.count == 3)
  }

  @Test(arguments: [
    (NamedTensor("x", Tensor([1])), "“inputs”"),
    (NamedTensor("targets", Tensor([0, 1])), "[2]"),
    (NamedTensor("targets", Tensor([0, 1, 2])), "sample 2 has class 2"),
    (NamedTensor("targets", Tensor([0, -1, 1])), "class -1"),
    (NamedTensor("targets", Tensor([0, 0.5, 1])), "0.5"),
  ])
  func `what does not fit is refused`(_ array: NamedTensor, _ message: String) throws {
    let network = try Network.layered([2, 2], activation: .tanh, output: .softmax)
    #expect {
      try read(array.name == "x" ? [array] : [inputs, array], for: network)
    } throws: { "\($0)".contains(message) }
  }

  @Test func `inputs of another width and numbers that are none are refused`() throws {
    let network = try Network.layered([3, 1], activation: .tanh, output: .exponential)
    let targets = NamedTensor("targets", Tensor([1.0, -1, 1]))
    #expect { try read([inputs, targets], for: network) } throws: {
      "\($0)".contains("[3, 2]") && "\($0)".contains("samples × 3")
    }
    let wide = NamedTensor("inputs", Tensor([Double](repeating: 1, count: 9), shape: [3, 3]))
    _ = try read([wide, targets], for: network)
    #expect {
      try read([wide, NamedTensor("targets", Tensor([1.0, 0, 1]))], for: network)
    } throws: {
      "\($0)".contains("sample 1, output 0 is 0.0")
    }
    let bad = NamedTensor("inputs", Tensor([1.0, 1, 1, 1, Double.nan, 1, 1, 1, 1], shape: [3, 3]))
    #expect { try read([bad, targets], for: network) } throws: { "\($0)".contains("[1, 1]") }
  }
}
