import Intrinsic
import IntrinsicMath
import Testing

@Suite struct InputDerivativeTests {
  @Test(arguments: VectorFile.names(containing: "jets"))
  func `jets agree with the vectors`(_ name: String) throws {
    let file = try VectorFile(name)
    let (network, parameters) = try file.network("given")
    let inputs = try file.matrix("given", "X").transposed
    let kappa = try #require(file.value("given", "kappa") as? [Double])
    // Layers × samples × units × components.
    let jets = try #require(file.value("expect", "jets") as? [[[[Double]]]])
    let outputs = try Model(network: network, parameters: parameters)
      .inputDerivatives(at: inputs, laplacian: kappa)
    let components = [outputs.values] + outputs.derivatives + [try #require(outputs.laplacian)]
    #expect(components.count == kappa.count + 2)
    for (c, component) in components.enumerated() {
      for unit in 0..<network.outputCount {
        expectClose(
          component.row(unit), jets.last!.map { $0[unit][c] }, tolerance: 1e-12, "component \(c)")
      }
    }
  }

  /// Values against the passes of the model, ∂_d against central differences of the values, ∂_d² against those
  /// of ∂_d.
  private func expectDifferences(
    _ model: Model, _ inputs: Matrix<Double>, _ label: String, isSecond: Bool = true
  ) throws {
    let values = try model.inputDerivatives(at: inputs).values
    for (value, expected) in zip(values.elements, model.predictions(for: inputs).elements) {
      #expect(abs(value - expected) <= 1e-12 * (1 + abs(expected)), "values, \(label)")
    }
    let h = 1e-5
    for d in 0..<model.network.inputCount {
      var kappa = [Double](repeating: 0, count: model.network.inputCount)
      kappa[d] = 1
      let here = try model.inputDerivatives(at: inputs, laplacian: isSecond ? kappa : nil)
      let sides = try [-h, h].map { change in
        var moved = inputs
        for x in 0..<inputs.columns { moved[d, x] += change }
        return try model.inputDerivatives(at: moved)
      }
      func expect(
        _ actual: Matrix<Double>, _ of: (InputDerivatives<Double>) -> Matrix<Double>, _ what: String
      ) {
        for i in actual.elements.indices {
          let expected = (of(sides[1]).elements[i] - of(sides[0]).elements[i]) / (2 * h)
          #expect(
            abs(actual.elements[i] - expected) <= 1e-6 * (1 + abs(expected)),
            "\(what) \(d) of entry \(i), \(label)")
        }
      }
      expect(here.derivatives[d], \.values, "∂")
      if let laplacian = here.laplacian { expect(laplacian, { $0.derivatives[d] }, "∂²") }
    }
  }

  @Test func `derivatives are those of differences`() throws {
    let kinds = NetworkKinds(
      activations: NetworkKinds.smooth + [.power(3), .positivePower(4)], models: [.square])
    try forAllNetworks(seeds: 0..<150, kinds) { network, parameters, samples, label in
      try expectDifferences(
        Model(network: network, parameters: parameters), samples.inputs, label)
    }
  }

  @Test(arguments: [Activation.relu, .leakyRelu, .elu])
  func `first derivatives need no second one`(_ activation: Activation) throws {
    let network = try Network.layered([3, 7, 2], activation: activation, output: .square)
    var stream = RandomStream(seed: 4)
    let model = Model(network: network, parameters: randomParameters(network, using: &stream))
    let samples = randomSamples(network, count: 5, using: &stream)
    try expectDifferences(model, samples.inputs, "\(activation)", isSecond: false)
    #expect(throws: InputDerivativeError.notSmooth(layer: 0, activation: activation, order: 2)) {
      try model.inputDerivatives(at: samples.inputs, laplacian: [1, 1, 1])
    }
  }

  @Test func `reparametrized units have the derivatives of the function`() throws {
    let change = UnitAffine(
      alpha: [2, -0.5, 3], beta: [1, -2, 0.5], gamma: [0.5, -3, 2], delta: [-1, 0.25, 2])
    let network = try Network.layered([2, 3, 3, 2], activation: .tanh, output: .square)
      .reparametrized(layer: 0, by: change).reparametrized(layer: 1, by: change)
    var stream = RandomStream(seed: 3)
    let model = Model(network: network, parameters: randomParameters(network, using: &stream))
    try expectDifferences(
      model, randomSamples(network, count: 4, using: &stream).inputs, "reparametrized")
  }

  @Test func `normalized networks and images`() throws {
    var stream = RandomStream(seed: 5)
    var builder = NetworkBuilder(image: ImageShape(height: 4, width: 4, channels: 1))
    try builder.convolution(3, kernel: 2, .tanh)
    try builder.pool(.average, size: 2, stride: 1)
    builder.dense(4, .softplus, normalization: .weight)
    builder.dense(2, .identity)
    let network = try builder.build(output: .square)
    let model = Model(
      network: network,
      parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
    try expectDifferences(
      model, randomSamples(network, count: 3, using: &stream).inputs, "an image")
  }

  @Test func `batches do not matter`() throws {
    let network = try Network.layered([2, 6, 2], activation: .gelu, output: .square)
    var stream = RandomStream(seed: 6)
    let model = Model(network: network, parameters: randomParameters(network, using: &stream))
    let inputs = randomSamples(network, count: 7, using: &stream).inputs
    let (whole, parts) = (
      try model.inputDerivatives(at: inputs, laplacian: [1, 2]),
      try model.inputDerivatives(at: inputs, laplacian: [1, 2], batch: 3, threads: 2)
    )
    expectClose(parts.values.elements, whole.values.elements, tolerance: 1e-14, "values")
    expectClose(
      parts.derivatives[1].elements, whole.derivatives[1].elements, tolerance: 1e-14, "∂")
    expectClose(
      parts.laplacian!.elements, whole.laplacian!.elements, tolerance: 1e-14, "Δ")
  }

  private struct Cubic: ActivationFunction {
    let name = "cubicforjets"
    func value(_ y: Double) -> Double { y * y * y }
    func derivative(_ y: Double) -> Double { 3 * y * y }
    func secondDerivative(_ y: Double) -> Double? { 6 * y }
  }

  private struct Softsign: ActivationFunction {
    let name = "softsignforjets"
    func value(_ y: Double) -> Double { y / (1 + abs(y)) }
    func derivative(_ y: Double) -> Double { 1 / ((1 + abs(y)) * (1 + abs(y))) }
  }

  @Test func `functions of one's own offer a second derivative or are refused`() throws {
    var stream = RandomStream(seed: 7)
    for activation in [Activation.custom(Cubic()), .custom(Softsign())] {
      let network = try Network.layered([2, 3, 1], activation: activation, output: .square)
      let model = Model(network: network, parameters: randomParameters(network, using: &stream))
      let inputs = randomSamples(network, count: 3, using: &stream).inputs
      guard activation.smoothness < 2 else {
        try expectDifferences(model, inputs, "\(activation)")
        continue
      }
      #expect(throws: InputDerivativeError.notSmooth(layer: 0, activation: activation, order: 2)) {
        try model.inputDerivatives(at: inputs, laplacian: [1, 1])
      }
    }
  }

  @Test func `what has no derivative is refused`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 4, width: 4, channels: 1))
    try builder.pool(.maximum, size: 2)
    builder.dense(2, .identity)
    let pooled = try builder.build(output: .square)
    #expect(throws: InputDerivativeError.maximumPooling(layer: 0)) {
      try Model(network: pooled, parameters: Parameters(pooled))
        .inputDerivatives(at: Matrix<Double>(rows: 16, columns: 2))
    }
    var normalized = NetworkBuilder(inputs: 2)
    normalized.dense(3, .tanh, normalization: .batch)
    normalized.dense(1, .identity)
    let network = try normalized.build(output: .square)
    #expect(throws: InputDerivativeError.noStatistics(layer: 0)) {
      try Model(network: network, parameters: Parameters(network))
        .inputDerivatives(at: Matrix<Double>(rows: 2, columns: 2))
    }
  }
}
