import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@Suite struct TransformationErrorTests {
  private func model(_ test: TestModel) throws -> Model {
    var stream = RandomStream(seed: 1)
    return try test.model(&stream)
  }

  @Test func `rescaling a tanh unit is refused by name`() throws {
    let error = TransformationError.notHomogeneous(layer: 0, unit: 1, activation: .tanh)
    #expect(throws: error) {
      try Transformation.rescaling(layer: 0, [1, 2, 1, 1]).applied(to: model(.tanh))
    }
    #expect("\(error)".contains("layer 0, unit 1: tanh is not positively homogeneous"))
  }

  @Test func `a shift without a bias to take it up is refused`() throws {
    #expect(throws: TransformationError.needsBias(layer: 0, unit: 0)) {
      try Transformation.inputShift([0, 0, 1]).applied(to: model(.withoutBias))
    }
    let change = UnitAffine(
      alpha: [1, 1, 1, 1], beta: [0, 0, 2, 0], gamma: [1, 1, 1, 1], delta: [0, 0, 0, 0])
    #expect(throws: TransformationError.needsBias(layer: 1, unit: 0)) {
      try Transformation.affine(layer: 0, change).applied(to: model(.withoutBias))
    }
  }

  @Test func `outputs keep their meaning`() throws {
    let error = TransformationError.outputWouldChange(layer: 2)
    let change = UnitAffine(alpha: [2, 2], beta: [0, 0], gamma: [1, 1], delta: [0, 0])
    #expect(throws: error) {
      try Transformation.affine(layer: 2, change).applied(to: model(.tanh))
    }
    #expect(throws: error) {
      try Transformation.permutation(layer: 2, [1, 0]).applied(to: model(.tanh))
    }
    #expect(throws: NetworkError.outputReparametrized) {
      try model(.tanh).network.reparametrized(layer: 2, by: change)
    }
    #expect(throws: NetworkError.outputReparametrized) {
      try model(.tanh).network.permuted(layer: 2, [1, 0])
    }
    let square = try Network.layered(
      [1, 1], activation: .sigmoid, outputActivation: .sigmoid, output: .square)
    #expect(throws: TransformationError.outputWouldChange(layer: 0)) {
      try Transformation.tanhFromSigmoid.applied(
        to: Model(network: square, parameters: Parameters([1, 2])))
    }
  }

  @Test func `what does not fit the network is refused`() throws {
    #expect(throws: TransformationError.noSuchLayer(layer: 1, units: 4)) {
      try Transformation.permutation(layer: 1, [3, 0, 2, 1]).applied(to: model(.tanh))
    }
    #expect(throws: TransformationError.noSuchLayer(layer: 7, units: 1)) {
      try Transformation.rescaling(layer: 7, [2]).applied(to: model(.relu))
    }
    #expect(throws: TransformationError.inputCount(expected: 2, actual: 3)) {
      try Transformation.inputScaling([1, 2]).applied(to: model(.tanh))
    }
    #expect(throws: TransformationError.readsPartOfInputs(layer: 0, unit: 0)) {
      try Transformation.recombination(
        Matrix((0..<5).map { i in (0..<5).map { $0 >= i ? 1.0 : 0 } }),
        shift: [0, 0, 0, 0, 0]
      ).applied(to: model(.sparse))
    }
    #expect(throws: TransformationError.noLayerOf(.sigmoid)) {
      try Transformation.tanhFromSigmoid.applied(to: model(.relu))
    }
    #expect(throws: TransformationError.alreadyPresent(layer: 0, activation: .tanh)) {
      try Transformation.tanhFromSigmoid.applied(to: model(.tanh))
    }
  }

  @Test func `a singular recombination is refused`() throws {
    #expect(throws: TransformationError.singularMatrix(pivot: 1)) {
      try Transformation.recombination(Matrix([[1, 2], [0.5, 1]]), shift: [0, 0])
    }
  }

  @Test func `normalized networks are refused`() throws {
    let network = try Network.layered(
      [1, 2, 1], activation: .relu, output: .square, normalization: .path)
    let model = Model(network: network, parameters: Parameters(network))
    #expect(throws: TransformationError.normalizedNetwork) {
      try Transformation.rescaling(layer: 0, [2, 1]).applied(to: model)
    }
  }

  @Test func `a unit without scale cannot be balanced`() throws {
    let network = try Network.layered([1, 1, 1], activation: .relu, output: .square)
    let model = Model(network: network, parameters: Parameters([0, 0, 1, 1]))
    #expect(throws: TransformationError.noScale(layer: 0, unit: 0)) {
      try Transformation.balancing(model)
    }
    #expect(throws: TransformationError.noScale(layer: 0, unit: 0)) {
      try Transformation.normalization(model)
    }
  }
}
