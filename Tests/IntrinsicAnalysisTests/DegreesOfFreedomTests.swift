import Foundation
import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicAnalysis

private func normalInputs(_ count: Int, _ samples: Int, _ stream: inout RandomStream)
  -> Matrix<Double>
{
  Matrix(
    rows: count, columns: samples, elements: (0..<count * samples).map { _ in stream.normal() })
}

/// A dense ReLU network with small biases, whose units are all active on some inputs only.
private func relu(_ sizes: [Int], _ stream: inout RandomStream) throws -> Model {
  let network = try Network.layered(sizes, activation: .relu, output: .softmax)
  var parameters: Parameters<Double> = Initialization.normal(gain: 2.0.squareRoot())
    .parameters(network, using: &stream)
  for (index, layer) in network.layers.enumerated() {
    for unit in 0..<layer.rows.count {
      parameters[network.parameters(layer: index, unit: unit).lowerBound] = 0.1 * stream.normal()
    }
  }
  return Model(network: network, parameters: parameters)
}

@Suite struct DegreesOfFreedomTests {
  @Test(arguments: TestModel.plain)
  func `Jacobians are central differences of the outputs`(_ kind: TestModel) throws {
    var stream = RandomStream(seed: 21)
    let model = try kind.model(&stream)
    try expectCentralDifferences(model, &stream)
  }

  @Test func `Jacobians of output parameters are central differences`() throws {
    var stream = RandomStream(seed: 22)
    let network = try Network.layered(
      [3, 4, 3], activation: .tanh, output: .softmax, outputParameters: true)
    let parameters = Parameters((0..<network.parameterCount).map { _ in stream.normal() })
    try expectCentralDifferences(Model(network: network, parameters: parameters), &stream)
  }

  private func expectCentralDifferences(_ model: Model, _ stream: inout RandomStream) throws {
    let network = model.network
    let inputs = normalInputs(network.inputCount, 4, &stream)
    let workspace = Workspace<Double>(network, maximumBatchSize: 4)
    workspace.load(inputs: inputs)
    workspace.forward(model.parameters)
    let jacobian = workspace.outputJacobian(model.parameters)
    #expect(jacobian.rows == network.parameterCount && jacobian.columns == 4 * network.outputCount)
    var expected: [Double] = []
    let step = 1e-5
    for e in 0..<network.parameterCount {
      var values: [[Double]] = []
      for sign in [1.0, -1] {
        var parameters = model.parameters
        parameters[e] += sign * step
        workspace.forward(parameters)
        values.append(workspace.activities.matrix(network.outputRows).elements)
      }
      expected += zip(values[0], values[1]).map { ($0 - $1) / (2 * step) }
    }
    // Truncation step²·f‴ and rounding 2⁻⁵²/step.
    #expect(deviation(jacobian.elements, expected) < 1e-7)
  }

  @Test(arguments: TestModel.plain)
  func `Fisher factors multiply to the Fisher matrix`(_ kind: TestModel) throws {
    var stream = RandomStream(seed: 23)
    let model = try kind.model(&stream)
    let samples = randomSamples(model.network, 7, &stream)
    let workspace = Workspace<Double>(model.network, maximumBatchSize: 7)
    workspace.load(samples)
    workspace.forward(model.parameters)
    let factor = try workspace.fisherFactor(model.parameters)
    let expected = try MetricArrays(
      .naturalGradient, of: model, on: samples, stream: stream
    ).arrays[0].tensor.doubles
    let count = model.network.parameterCount
    var product = [Double](repeating: 0, count: count * count)
    Double.gemm(
      transposeA: false, transposeB: true, m: count, n: count, k: factor.columns, alpha: 1.0 / 7,
      a: factor.elements, lda: factor.columns,
      b: factor.elements, ldb: factor.columns, beta: 0, c: &product, ldc: count)
    #expect(deviation(product, expected) < 1e-13)
  }

  @Test(arguments: DegreesOfFreedomPathTests.vectors)
  func `ranks and derivatives of the test vectors`(_ name: String) throws {
    let vector = try DegreesOfFreedomVector(name)
    let degrees = try DegreesOfFreedom(vector.model, on: vector.inputs)
    #expect(degrees.fisherRankSquare == (try vector.number("fisher_rank_square")))
    #expect(degrees.fisherRankDivergence == (try vector.number("fisher_rank_softmax")))
    #expect(degrees.samples == 40 && degrees.rescalingResidual < 1e-15)
    var stream = RandomStream(seed: 24)
    let many = normalInputs(vector.inputs.rows, 3000, &stream)
    let tangent = try FunctionTangent(vector.model, on: many)
    #expect(tangent.rank.rank == (try vector.number("function_rank_3000_gaussian")))
    #expect(tangent.rank.gap.map { $0 > 1e10 } ?? true)

    let workspace = Workspace<Double>(vector.model.network, maximumBatchSize: 1)
    workspace.load(inputs: vector.inputs.columns([0]))
    workspace.forward(vector.model.parameters)
    let jacobian = workspace.outputJacobian(vector.model.parameters)
    let expected = try vector.matrix("df_dw_first_sample")
    var seen = Set<Int>()
    for (parameter, edge) in vector.edgeOfParameter.enumerated() {
      guard let edge else { continue }
      seen.insert(edge)
      for output in 0..<jacobian.columns {
        #expect(abs(jacobian[parameter, output] - expected[output, edge]) < 1e-14)
      }
    }
    for edge in 0..<expected.columns where !seen.contains(edge) {
      for output in 0..<expected.rows { #expect(expected[output, edge] == 0) }
    }
  }

  @Test func `node-wise rescaling is all that a wide ReLU network ignores`() throws {
    var stream = RandomStream(seed: 25)
    let model = try relu([20, 12, 12, 5], &stream)
    let inputs = normalInputs(20, 400, &stream)
    let degrees = try DegreesOfFreedom(model, on: inputs)
    #expect(degrees.parameters == 473 && degrees.pathRank == 449)
    #expect(degrees.functionRank == 449 && degrees.rescalings == 24 && degrees.unexplained == 0)
    #expect(try #require(degrees.function.gap) > 1e9)
    #expect(degrees.internalUnits == 24 && degrees.usefulEdges == 473)
    #expect(degrees.silentParameters == 0 && degrees.zeroParameters == 0)
    // A shift of all outputs is lost: last hidden width + 1.
    #expect(degrees.fisherRankDivergence == 449 - 13)

    let null = try NullSpace(of: model, on: inputs)
    #expect(null.dimension == 24 && null.rescalingDimension == 24 && null.otherDimension == 0)
    // Rounding over the least singular value that counts.
    #expect(null.residual < 1e-13 && null.rescalingSine < 1e-11)
    let lost = try NullSpace(of: model, on: inputs, distance: .divergence)
    #expect(lost.dimension == 37 && lost.otherDimension == 13 && lost.rescalingSine < 1e-9)
  }

  @Test func `too few inputs leave directions that rescaling does not span`() throws {
    var stream = RandomStream(seed: 26)
    let model = try relu([4, 5, 2], &stream)
    let degrees = try DegreesOfFreedom(model, on: normalInputs(4, 3, &stream))
    // Two outputs × three samples.
    #expect(degrees.functionRank == 6 && degrees.function.next == nil)
    #expect(degrees.nullity == 37 - 6 && degrees.rescalings == 5 && degrees.unexplained == 26)
  }

  @Test func `dead units and zero weights are counted`() throws {
    var stream = RandomStream(seed: 27)
    let network = try Network.layered([3, 4, 2], activation: .relu, output: .square)
    var parameters = try relu([3, 4, 2], &stream).parameters
    // Unit 1 never reacts; unit 2 has no outgoing weight.
    parameters[network.parameters(layer: 0, unit: 1).lowerBound] = -100
    for unit in 0..<2 { parameters[network.parameters(layer: 1, unit: unit).lowerBound + 3] = 0 }
    let model = Model(network: network, parameters: parameters)
    let degrees = try DegreesOfFreedom(model, on: normalInputs(3, 300, &stream))
    #expect(degrees.zeroParameters == 2)
    // Incoming parameters of both units, and what reads the dead one.
    #expect(degrees.silentParameters == 4 + 4 + 2)
    #expect(degrees.genericPathRank == 22 && degrees.pathRank == 26 - 4 - 3)
    // Without the silent ones two units are left with one ambiguity each.
    #expect(degrees.functionRank == 26 - 10 - 2 && degrees.divergence == degrees.function)
    #expect(degrees.rescalings == 4 && degrees.unexplained == 26 - 14 - 4)
  }

  @Test func `a unit that is active on all inputs loses its bias`() throws {
    var stream = RandomStream(seed: 33)
    let model = try relu([6, 8, 5], &stream)
    let inputs = normalInputs(6, 300, &stream)
    let before = try FunctionTangent(model, on: inputs)
    #expect(before.rank.rank == 101 - 8)
    var parameters = model.parameters
    parameters[model.network.parameters(layer: 0, unit: 3).lowerBound] = 20
    // What it adds could be added by the output biases as well.
    let after = try DegreesOfFreedom(
      Model(network: model.network, parameters: parameters), on: inputs)
    #expect(after.functionRank == before.rank.rank - 1)
    #expect(after.pathRank == 101 - 8 && after.silentParameters == 0 && after.unexplained == 1)
  }

  @Test func `linear layers hide more than rescaling`() throws {
    // f = W_2 W_1 x of rank 2: the 3 × 2 by 2 × 4 products have 3·2 + 2·4 − 2·2 dimensions.
    let network = try Network.layered(
      [4, 2, 3], activation: .identity, output: .square, bias: false)
    var stream = RandomStream(seed: 28)
    let model = Model(
      network: network, parameters: Parameters((0..<14).map { _ in stream.normal() }))
    let degrees = try DegreesOfFreedom(model, on: normalInputs(4, 50, &stream))
    #expect(degrees.functionRank == 10 && degrees.pathRank == 12 && degrees.rescalings == 2)
    #expect(degrees.unexplained == 2)
  }

  @Test func `only homogeneous units can be rescaled`() throws {
    var stream = RandomStream(seed: 29)
    for kind in TestModel.plain {
      let model = try kind.model(&stream)
      let inputs = normalInputs(model.network.inputCount, 60, &stream)
      let rescalings = try RescalingDirections(model)
      let count = model.network.layers.dropLast().reduce(0) {
        $0 + ($1.activation.homogeneityDegree == nil ? 0 : $1.rows.count)
      }
      #expect(rescalings.units.count == count, "\(kind)")
      #expect(rescalings.rank.rank == count, "\(kind)")
      let tangent = try FunctionTangent(model, on: inputs)
      for value in tangent.sensitivity(along: rescalings.directions) {
        #expect(value < 1e-15, "\(kind)")
      }
      let null = try NullSpace(tangent, rescalings)
      #expect(null.rescalingSine < 1e-9 && null.otherDimension >= 0, "\(kind)")
      #expect(tangent.rank.rank <= model.network.parameterCount - count, "\(kind)")
    }
  }

  @Test func `units with shifted activities cannot be rescaled`() throws {
    var stream = RandomStream(seed: 30)
    let model = try relu([3, 4, 2], &stream)
    let transformation = UnitAffine(
      alpha: [2, -1, 0.5, 3], beta: [0, 0, 0.7, 0], gamma: [1, 2, -1.5, 1], delta: [0, 0, 0, -1])
    let network = try model.network.reparametrized(layer: 0, by: transformation)
    let changed = Model(network: network, parameters: model.parameters)
    let rescalings = try RescalingDirections(changed)
    let first = network.layers[0].rows.lowerBound
    #expect(rescalings.units == [first, first + 1])
    let tangent = try FunctionTangent(changed, on: normalInputs(3, 50, &stream))
    #expect(tangent.sensitivity(along: rescalings.directions).allSatisfy { $0 < 1e-15 })
  }

  @Test func `numerical ranks come with their gaps`() throws {
    let rank = NumericalRank(singularValues: [4, 2, 1e-15], rows: 3, columns: 5)
    #expect(rank.rank == 2 && rank.largest == 4 && rank.least == 2 && rank.next == 1e-15)
    #expect(rank.gap == 2 / 1e-15 && rank.tolerance == 4 * 5 * 0x1p-52)
    #expect(NumericalRank(singularValues: [4, 2], rows: 2, columns: 5, cutoff: 0.6).rank == 1)
    let full = try NumericalRank(of: Matrix([[3, 0], [0, 2], [0, 0]]))
    #expect(full.rank == 2 && full.next == nil && full.gap == nil)
    #expect(abs(try #require(full.least) - 2) < 1e-15)
    let none = try NumericalRank(of: Matrix(rows: 2, columns: 3))
    #expect(none.rank == 0 && none.least == nil && none.next == 0 && none.gap == nil)
    let exact = try NumericalRank(of: Matrix([[3, 0], [0, 0]]))
    #expect(exact.rank == 1 && exact.next == 0 && exact.gap == nil)
    #expect(throws: DegreesOfFreedomError.singularValuesNotFound(rows: 1, columns: 2)) {
      try NumericalRank(of: Matrix([[.nan, 1]]))
    }
  }

  @Test func `what cannot be computed says why`() throws {
    var stream = RandomStream(seed: 31)
    let network = try Network.layered([2, 1], activation: .identity, output: .exponential)
    let model = Model(network: network, parameters: Parameters(network))
    let inputs = normalInputs(2, 5, &stream)
    #expect(throws: DegreesOfFreedomError.noDivergence(.exponential)) {
      try FunctionTangent(model, on: inputs, distance: .divergence)
    }
    #expect(try DegreesOfFreedom(model, on: inputs).divergence == nil)
    let large = try Network.layered([500, 500, 10], activation: .relu, output: .softmax)
    #expect(throws: DegreesOfFreedomError.self) {
      try FunctionTangent(
        Model(network: large, parameters: Parameters(large)), on: Matrix(rows: 500, columns: 9))
    }
    let finite = try Network.layered([2, 2, 1], activation: .tanh, output: .square)
    var parameters = Parameters<Double>(finite)
    parameters[0] = .nan
    #expect(throws: DegreesOfFreedomError.singularValuesNotFound(rows: 5, columns: 9)) {
      try DegreesOfFreedom(Model(network: finite, parameters: parameters), on: inputs)
    }
  }

  @Test func `a summary survives JSON`() throws {
    var stream = RandomStream(seed: 32)
    let model = try relu([3, 4, 2], &stream)
    let degrees = try DegreesOfFreedom(model, on: normalInputs(3, 2, &stream))
    let data = try JSONEncoder().encode(degrees)
    #expect(try JSONDecoder().decode(DegreesOfFreedom.self, from: data) == degrees)
    // An infinite gap is no number in JSON.
    let exact = NumericalRank(singularValues: [3, 0], rows: 2, columns: 2)
    let rank = try JSONEncoder().encode(exact)
    #expect(try JSONDecoder().decode(NumericalRank.self, from: rank) == exact)
  }

  @Test func `normalized networks are refused`() throws {
    var stream = RandomStream(seed: 1)
    let model = try TestModel.batchNormalized.model(&stream)
    let inputs = Matrix<Double>(rows: 3, columns: 4)
    #expect(throws: DegreesOfFreedomError.normalizedNetwork) {
      try FunctionTangent(model, on: inputs)
    }
    #expect(throws: DegreesOfFreedomError.normalizedNetwork) { try RescalingDirections(model) }
  }
}
