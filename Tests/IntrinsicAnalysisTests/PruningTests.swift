import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@Suite struct PruningTests {
  /// Three ReLU units of norms 5, 13 and 1 (bias included), and two outputs.
  private func model() throws -> Model {
    Model(
      network: try .layered([2, 3, 2], activation: .relu, output: .softmax),
      parameters: Parameters([
        0, 3, 4,
        -3, 4, 12,
        0.8, 0.6, 0,
        0.1, 1, 2, 3,
        0.2, -1, -0.5, 0.25,
      ]))
  }

  @Test func `units go by the norm of their incoming parameters, with all their weights`() throws {
    let pruning = try Pruning(.unitNorm, of: try model())
    #expect(pruning.count == 3)
    #expect(try pruning.pruned(0).elements == model().parameters.elements)
    #expect(
      try pruning.pruned(1 / 3.0).elements == [
        0, 3, 4, -3, 4, 12, 0, 0, 0, 0.1, 1, 2, 0, 0.2, -1, -0.5, 0,
      ])
    #expect(
      try pruning.pruned(0.6).elements == [
        0, 0, 0, -3, 4, 12, 0, 0, 0, 0.1, 0, 2, 0, 0.2, 0, -0.5, 0,
      ])
    #expect(try pruning.pruned(1).elements.filter { $0 != 0 } == [0.1, 0.2])
  }

  @Test func `weights go by magnitude over all layers, and biases stay`() throws {
    let pruning = try Pruning(.magnitude, of: try model())
    #expect(pruning.count == 12)
    // In order: 0, 0.25, 0.5, 0.6, 1, 1 (the earlier parameter first), 2, …
    #expect(
      try pruning.pruned(5 / 12.0).elements == [
        0, 3, 4, -3, 4, 12, 0.8, 0, 0, 0.1, 0, 2, 3, 0.2, -1, 0, 0,
      ])
    #expect(try pruning.pruned(1).elements.filter { $0 != 0 } == [-3, 0.8, 0.1, 0.2])
  }

  @Test func `normalized weights do not know the scale of their unit`() throws {
    let network = try Network.layered([2, 2, 1], activation: .relu, output: .square)
    let model = Model(
      network: network, parameters: Parameters([0, 10, 1, 9, 0.3, 0.3, 7, 2, 2]))
    // 1/√101 is the least; 0.3/√0.18, whatever the bias, and 2/√8 are equal.
    #expect(
      try Pruning(.normalizedMagnitude, of: model).pruned(1 / 6.0).elements
        == [0, 10, 0, 9, 0.3, 0.3, 7, 2, 2])
    #expect(
      try Pruning(.magnitude, of: model).pruned(2 / 6.0).elements
        == [0, 10, 1, 9, 0, 0, 7, 2, 2])
    // A unit without weights has no scale.
    let dead = Model(network: network, parameters: Parameters([1, 0, 0, 0, 1, 2, 0, 3, 4]))
    #expect(
      try Pruning(.normalizedMagnitude, of: dead).pruned(0.5).elements
        == [1, 0, 0, 0, 0, 2, 0, 3, 4])
  }

  @Test func `curves evaluate what is left`() throws {
    // Unit 0 tells the classes apart; unit 1 has small weights and no effect.
    let network = try Network.layered(
      [1, 2, 2], activation: .relu, output: .softmax, bias: false)
    let model = Model(network: network, parameters: Parameters([2, 0.1, 3, 0, -3, 0]))
    let samples = Samples(inputs: Matrix([[1, 2, 3]]), targets: .classes([0, 0, 0]))
    let curve = try Pruning(.unitNorm, of: model).curve(
      [0, 0.5, 1], on: samples, with: Workspace(network, maximumBatchSize: 2))
    #expect(curve.map(\.fraction) == [0, 0.5, 1])
    #expect(curve.map(\.sparsity) == [2 / 6.0, 3 / 6.0, 1])
    #expect(curve.map(\.evaluation.error) == [0, 0, 1])
    #expect(curve[0].evaluation.loss == curve[1].evaluation.loss)
    // Nothing left: two classes with equal probabilities.
    #expect(abs(curve[2].evaluation.loss - 0.693147180559945) < 1e-14)
  }

  @Test func `shared sources and sparse wiring are pruned by their own weights`() throws {
    var builder = NetworkBuilder(inputs: 2)
    let first = builder.sparse(incoming: [[0], [0, 1]], .relu, bias: false)
    let second = builder.dense(1, .relu, reading: [first], bias: false)
    builder.dense(1, .identity, reading: [.inputs, first, second], bias: false)
    let network = try builder.build(output: .square)
    let model = Model(
      network: network, parameters: Parameters([1, 2, 2, 5, 6, 10, 11, 12, 13, 14]))
    // The first unit is read by the second layer (5) and by the outputs (12).
    #expect(
      try Pruning(.unitNorm, of: model).pruned(1 / 3.0).elements
        == [0, 2, 2, 0, 6, 10, 11, 0, 13, 14])
  }

  @Test func `what cannot be pruned is refused`() throws {
    let normalized = try Network.layered(
      [2, 2, 1], activation: .relu, output: .square, normalization: .path)
    #expect(throws: PruningError.normalizedNetwork) {
      try Pruning(.magnitude, of: Model(network: normalized, parameters: Parameters(normalized)))
    }
    var images = NetworkBuilder(image: ImageShape(height: 3, width: 3, channels: 1))
    try images.convolution(2, kernel: 2, padding: 1, .relu)
    images.dense(2, .identity)
    var branches = NetworkBuilder(inputs: 2)
    let first = branches.dense(2, .relu)
    try branches.sum(of: [.inputs, first])
    branches.dense(2, .identity)
    for network in [try images.build(output: .square), try branches.build(output: .square)] {
      for criterion in [PruningCriterion.unitNorm, .magnitude, .normalizedMagnitude] {
        #expect(throws: PruningError.sharedParameters) {
          try Pruning(criterion, of: Model(network: network, parameters: Parameters(network)))
        }
      }
    }
    let flat = try Network.layered([2, 1], activation: .relu, output: .square)
    #expect(throws: PruningError.noHiddenUnits) {
      try Pruning(.unitNorm, of: Model(network: flat, parameters: Parameters(flat)))
    }
    let pruning = try Pruning(.magnitude, of: try model())
    for fraction in [-0.1, 1.1, .nan] {
      #expect(throws: PruningError.self) { try pruning.pruned(fraction) }
    }
  }
}
