import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicAnalysis

/// Rescaling of whole channels, and refusals where convolutions leave an analysis without meaning.
@Suite struct ImageAnalysisTests {
  private static func samples(_ network: Network, _ count: Int) -> Samples<Double> {
    var stream = RandomStream(seed: 9)
    func matrix(_ rows: Int) -> Matrix<Double> {
      Matrix(
        rows: rows, columns: count, elements: (0..<rows * count).map { _ in stream.normal() })
    }
    return Samples(
      inputs: matrix(network.inputCount), targets: .values(matrix(network.outputCount)))
  }

  private static func model(
    _ build: (inout NetworkBuilder) throws -> Void, activation: Activation = .relu
  ) throws -> Model {
    var builder = NetworkBuilder(image: ImageShape(height: 4, width: 5, channels: 2))
    try build(&builder)
    builder.dense(2, .identity)
    let network = try builder.build(output: .square)
    var stream = RandomStream(seed: 2)
    var values: [Double] = []
    for index in network.layers.indices {
      for unit in 0..<network.layers[index].unitCount {
        let range = network.parameters(layer: index, unit: unit)
        // Positive biases keep units alive.
        values += range.map { i in
          stream.normal() / Double(range.count).squareRoot() + (i == range.lowerBound ? 0.7 : 0.05)
        }
      }
    }
    return Model(network: network, parameters: Parameters(values))
  }

  static func chain(_ activation: Activation = .relu) throws -> Model {
    try model { builder in
      try builder.convolution(3, kernel: 3, padding: 1, activation)
      try builder.pool(.maximum, size: 2, stride: 1, .relu)
      try builder.convolution(4, Window(height: 2, width: 3, verticalStride: 2), .relu)
      try builder.pool(.average, Window(height: 1, width: 2))
    }
  }

  private func largestDifference(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    zip(a.elements, b.elements).map { abs($0 - $1) }.max()!
  }

  @Test func `rescaling the channels of ReLU convolutions changes weights, but no function`() throws
  {
    let model = try Self.chain()
    let samples = Self.samples(model.network, 20)
    var stream = RandomStream(seed: 1)
    let transformation = try Transformation.random(.rescaling, for: model, using: &stream)
    let image = try transformation.applied(to: model)
    let before = model.predictions(for: samples.inputs)
    #expect(
      largestDifference(image.predictions(for: samples.inputs), before)
        < 1e-12 * before.elements.map(abs).max()!)
    #expect(image.parameters.elements != model.parameters.elements)
    let back = try transformation.inverse.applied(to: image)
    #expect(
      zip(back.parameters.elements, model.parameters.elements).allSatisfy {
        abs($0 - $1) <= 1e-14 * abs($1)
      })
    let wide = try Transformation.unbalancing(model.network, decades: 4, using: &stream)
    #expect(
      largestDifference(try wide.applied(to: model).predictions(for: samples.inputs), before)
        < 1e-11 * before.elements.map(abs).max()!)
  }

  @Test(arguments: [
    Modulus.backpropagated, .expand(.fisher), .reduce(.fisher), .reduce(.empiricalFisher),
  ])
  func `metric steps are invariant under rescaling of channels, gradient steps are not`(
    _ modulus: Modulus
  ) throws {
    let model = try Self.chain()
    let samples = Self.samples(model.network, 100)
    var stream = RandomStream(seed: 1)
    let transformation = try Transformation.random(.rescaling, for: model, using: &stream)
    func verification(_ method: Optimizer) throws -> Verification {
      var settings = Verification.Settings()
      settings.steps = 5
      return try Verification(
        method, under: transformation, on: model, samples, settings: settings,
        stream: RandomStream(seed: 3))
    }
    for reduction in Reduction.allCases {
      let result = try verification(.metric(.reduced(modulus, reduction), .none))
      #expect(result.isDeclared && result.failure == nil, "\(reduction), \(result.failure ?? "")")
      let deviation = try #require(result.parameterDeviation)
      let trajectory = try #require(result.trajectoryDeviation)
      // Rounding errors grow with the condition of matrices whose least pivot is 1e-6.
      #expect(deviation < 1e-8, "\(reduction): \(deviation)")
      #expect(trajectory < 1e-6, "\(reduction): \(trajectory)")
    }
    let path = try verification(.metric(.pathSGD, .none))
    #expect(path.isDeclared && (path.parameterDeviation ?? .infinity) < 1e-12)
    for measure in [PathMeasure.half(.secondMoment), .covariance] {
      let ddp = try verification(.metric(.ddpSGD(measure, .exact), .none))
      #expect(ddp.isDeclared && (ddp.parameterDeviation ?? .infinity) < 1e-9, "\(measure)")
    }
    let plain = try verification(.gradientDescent)
    #expect(!plain.isDeclared && (plain.parameterDeviation ?? 0) > 1e-2)
  }

  @Test func `branches of a sum keep their scales when factors are drawn, and must agree`() throws {
    let model = try Self.model { builder in
      let first = try builder.convolution(3, kernel: 3, padding: 1, .relu)
      let second = try builder.convolution(3, kernel: 3, padding: 1, .relu)
      try builder.sum(of: [first, second], .relu)
      try builder.convolution(2, kernel: 2, .relu)
    }
    let samples = Self.samples(model.network, 10)
    let before = model.predictions(for: samples.inputs)
    var stream = RandomStream(seed: 1)
    let drawn = try Transformation.random(.rescaling, for: model, using: &stream)
    let image = try drawn.applied(to: model)
    #expect(
      largestDifference(image.predictions(for: samples.inputs), before)
        < 1e-12 * before.elements.map(abs).max()!)
    let first = model.network.parameters(layer: 0, unit: 0)
    #expect(image.parameters.elements[first] == model.parameters.elements[first])
    let factors = [2.0, 3, 0.5]
    let together = Transformation.rescaling(layer: 0, factors)
    #expect(throws: TransformationError.sharedSignals(layer: 2)) {
      try together.applied(to: model)
    }
    #expect(throws: TransformationError.sharedSignals(layer: 2)) {
      try Transformation.rescaling(layer: 2, factors).applied(to: model)
    }
    #expect(throws: TransformationError.noSuchLayer(layer: 0, units: 60)) {
      try Transformation.rescaling(layer: 0, [Double](repeating: 2, count: 60))
        .applied(to: model)
    }
  }

  @Test func `what convolutions have not is refused with the reason`() throws {
    let model = try Self.chain()
    var stream = RandomStream(seed: 1)
    for kind in [Transformation.Kind.balancing, .normalization, .pathConditioning, .recombination] {
      #expect(throws: TransformationError.sharedParameters, "\(kind)") {
        try Transformation.random(kind, for: model, using: &stream)
      }
    }
    #expect(throws: TransformationError.network(.sharedAndReparametrized(layer: 0))) {
      try Transformation.random(.affine, for: model, using: &stream)
    }
    #expect(throws: TransformationError.network(.notPermutable(layer: 0))) {
      try Transformation.random(.permutation, for: model, using: &stream)
    }
    #expect(throws: TransformationError.sharedSignals(layer: 0)) {
      try Transformation.random(.inputScaling, for: model, using: &stream)
    }
    let tanh = try Self.chain(.tanh)
    #expect(throws: TransformationError.notHomogeneous(layer: 0, unit: 1, activation: .tanh)) {
      try Transformation.rescaling(layer: 0, [1, 2, 3]).applied(to: tanh)
    }
    #expect(throws: DegreesOfFreedomError.sharedParameters) {
      try DegreesOfFreedom(model, on: Self.samples(model.network, 5).inputs)
    }
    #expect(throws: DegreesOfFreedomError.sharedParameters) { try RescalingDirections(model) }
  }

  @Test func `inspection summarizes channels over all positions`() throws {
    let model = try Self.chain()
    let samples = Self.samples(model.network, 30)
    let inspection = Inspection(model, on: samples)
    #expect(inspection.layers.map(\.units) == [3, 3, 4, 4, 2])
    #expect(inspection.layers.map(\.parameters) == [57, 0, 76, 0, 10])
    #expect(inspection.freedom == nil && inspection.paths!.count > 0)
    #expect(inspection.layers[0].outgoingNorm == nil && inspection.layers[0].bias != nil)
    let workspace = Workspace<Double>(model.network, maximumBatchSize: 30)
    workspace.load(samples)
    workspace.forward(model.parameters)
    let layer = model.network.layers[0]
    let means = (0..<3).map { channel in
      let values = (0..<layer.positions).flatMap {
        workspace.activities.matrix(layer.rows).row($0 * 3 + channel)
      }
      return values.reduce(0, +) / Double(values.count)
    }
    let activity = try #require(inspection.layers[0].activity)
    #expect(abs(activity.mean.least - means.min()!) < 1e-14)
    #expect(abs(activity.mean.largest - means.max()!) < 1e-14)
    #expect(activity.condition == nil && activity.modulus != nil)
  }

  @Test(arguments: Reduction.allCases)
  func `metrics of convolutions become arrays`(_ reduction: Reduction) throws {
    let model = try Self.chain()
    let arrays = try MetricArrays(
      .reduced(.reduce(.fisher), reduction), of: model, on: Self.samples(model.network, 6),
      stream: RandomStream(seed: 1)
    ).arrays
    let names = Set(arrays.map { $0.name.split(separator: ".")[1] })
    #expect(names == ["0", "2", "4"])
    let first = try #require(arrays.first)
    #expect(first.tensor.shape == (reduction == .unitwise ? [3, 19, 19] : [3, 19]))
  }
}
