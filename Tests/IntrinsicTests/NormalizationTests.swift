import IntrinsicMath
import Testing

@testable import Intrinsic

/// Normalized units: function, gradient, statistics, and what the papers say of them.
@Suite struct NormalizationTests {
  /// Every α and statistic, centred or not, with every kind of gain.
  static let every: [Normalization] = PathMeasure.every.flatMap { measure in
    [true, false].flatMap { isCentred in
      Normalization.Gain.allCases.map { Normalization(measure, isCentred: isCentred, gain: $0) }
    }
  }

  static func network(
    _ normalization: Normalization?, _ activation: Activation = .tanh
  ) throws -> Network {
    var builder = NetworkBuilder(inputs: 3)
    let first = builder.dense(4, activation, normalization: normalization)
    let h = builder.units(of: first).lowerBound
    builder.sparse(
      incoming: [[0, h, h + 1], [1, h + 2], [2, h, h + 3]], activation,
      normalization: normalization)
    builder.dense(2, .identity, reading: [first, builder.last])
    return try builder.build(output: .square)
  }

  static func trial(
    _ normalization: Normalization?, _ activation: Activation = .tanh, seed: UInt64 = 3
  ) throws -> Trial<Double> {
    var stream = RandomStream(seed: seed)
    let network = try network(normalization, activation)
    let parameters = randomParameters(network, using: &stream)
    return Trial(network, parameters, randomSamples(network, count: 7, using: &stream))
  }

  @Test(arguments: VectorFile.names(containing: "ddp-norm"))
  func `activities and gradients are those of an independent implementation`(
    _ name: String
  ) throws {
    let file = try VectorFile(name)
    let measure = try PathMeasure(
      alpha: try file.number("params", "alpha"),
      file.value("params", "stat") as! String == "C" ? .covariance : .secondMoment)
    let normalization = Normalization(
      measure, isCentred: try #require(file.value("params", "center") as? Bool))
    let (plain, parameters) = try file.network("net")
    let network = try Network.layered(
      [plain.inputCount] + plain.layers.map(\.rows.count), activation: .relu, output: .square,
      normalization: normalization)
    let trial = Trial(network, parameters, try file.samples())
    expectClose(
      trial.workspace.outputs.transposed.elements, try file.matrix("expect", "output").elements,
      "output")
    for layer in 0..<2 {
      let hidden = file.value("expect", "hidden") as! [[[Double]]]
      expectClose(
        trial.workspace.activities.matrix(network.layers[layer].rows).transposed.elements,
        hidden[layer].flatMap { $0 }, "activities of layer \(layer)")
      let gamma = file.value("expect", "gamma2") as! [[Double]]
      expectClose(
        trial.workspace.normalizers[layer]!.inverses.map { 1 / ($0 * $0) }, gamma[layer], "γ̃²")
    }
    expectClose([trial.loss], [try file.number("expect", "loss")], "loss")
    let weights = file.value("expect", "dLdW") as! [[[Double]]]
    let biases = file.value("expect", "dLdb") as! [[Double]]
    let expected = weights.enumerated().flatMap { layer, rows in
      rows.enumerated().flatMap { unit, row in [biases[layer][unit]] + row }
    }
    expectClose(trial.gradient.elements.map { -$0 }, expected, "gradient")
  }

  @Test func `batch normalization with scale and shift is a plain network`() throws {
    let file = try VectorFile("25-bn-equivalence")
    let weights = file.value("params", "W") as! [[[Double]]]
    let (scale, shift) = (
      file.value("params", "scale") as! [[Double]], file.value("params", "shift") as! [[Double]]
    )
    var h = try file.matrix("X").transposed
    for (layer, w) in weights.enumerated() {
      let network = try Network.layered(
        [h.rows, w.count, 1], activation: .identity, output: .square,
        normalization: Normalization(.covariance))
      let parameters = Parameters(
        w.flatMap { [0] + $0 } + [Double](repeating: 0, count: w.count + 1))
      let workspace = Workspace<Double>(network, maximumBatchSize: h.columns)
      workspace.load(inputs: h)
      workspace.forward(parameters)
      let folded = workspace.folded(parameters).parameters
      var (plain, bias): ([Double], [Double]) = ([], [])
      let z = workspace.activities.matrix(network.layers[0].rows)
      h = Matrix(rows: w.count, columns: h.columns)
      for unit in w.indices {
        let (c, b) = (scale[layer][unit], shift[layer][unit])
        let range = network.parameters(layer: 0, unit: unit)
        bias.append(c * folded[range.lowerBound] + b)
        plain += range.dropFirst().map { c * folded[$0] }
        for x in 0..<h.columns { h[unit, x] = max(0, c * z[unit, x] + b) }
      }
      let expected = file.value("expect", "W") as! [[[Double]]]
      expectClose(plain, expected[layer].flatMap { $0 }, "weights of layer \(layer)")
      expectClose(bias, (file.value("expect", "b") as! [[Double]])[layer], "biases")
    }
    expectClose(h.transposed.elements, try file.matrix("expect", "output").elements, "output")
  }

  @Test(arguments: every)
  func `gradients are those of differences`(_ normalization: Normalization) throws {
    let trial = try Self.trial(normalization)
    let workspace = Workspace<Double>(trial.network, maximumBatchSize: 7)
    workspace.load(trial.samples)
    let h = 1e-4
    func check(_ gradient: Gradient<Double>, _ what: String) {
      func loss(_ index: Int, _ change: Double) -> Double {
        var moved = trial.parameters
        moved[index] += change
        workspace.forward(moved)
        return workspace.loss()
      }
      let slopes = trial.parameters.elements.indices.map {
        -(8 * (loss($0, h) - loss($0, -h)) - loss($0, 2 * h) + loss($0, -2 * h)) / (12 * h)
      }
      expectClose(gradient.elements, slopes, tolerance: 1e-8, ofLargest: 1e-8, what)
    }
    check(trial.gradient, "statistics of the batch")

    workspace.forward(trial.parameters)
    var other = RandomStream(seed: 11)
    let others = Trial(
      trial.network, trial.parameters, randomSamples(trial.network, count: 5, using: &other))
    workspace.freeze(others.workspace.normalizationStatistics)
    var gradient = Gradient<Double>(trial.network)
    workspace.lossAndGradient(trial.parameters, into: &gradient)
    check(gradient, "frozen statistics")
    workspace.freeze(nil)
    let loss = workspace.lossAndGradient(trial.parameters, into: &gradient)
    #expect(loss == trial.loss && gradient.elements == trial.gradient.elements)
  }

  /// Neyshabur et al. 2016, Theorem 1.
  @Test(arguments: every)
  func `gradients are orthogonal to the weights of a normalized unit`(
    _ normalization: Normalization
  ) throws {
    let trial = try Self.trial(normalization, .relu)
    for (layer, kind) in trial.network.layers.enumerated() where kind.normalization != nil {
      for unit in 0..<kind.rows.count {
        let range = trial.network.parameters(layer: layer, unit: unit)
        let (w, g) = (
          Array(trial.parameters.elements[range]), Array(trial.gradient.elements[range])
        )
        #expect(abs(dot(w, g)) <= 1e-13 * (dot(w, w) * dot(g, g)).squareRoot() + 1e-16)
      }
    }
  }

  @Test(arguments: every)
  func `a folded network computes the same function`(_ normalization: Normalization) throws {
    let trial = try Self.trial(normalization)
    let (network, parameters) = trial.workspace.folded(trial.parameters)
    #expect(!network.isNormalized)
    let plain = Trial(network, parameters, trial.samples)
    expectClose(
      plain.workspace.outputs.elements, trial.workspace.outputs.elements, tolerance: 1e-13, "here")

    // On other samples it is the network with frozen statistics.
    var stream = RandomStream(seed: 12)
    let inputs = randomMatrix(3, 4, using: &stream)
    let statistics = trial.workspace.normalizationStatistics
    trial.workspace.freeze(statistics)
    trial.workspace.load(inputs: inputs)
    trial.workspace.forward(trial.parameters)
    plain.workspace.load(inputs: inputs)
    plain.workspace.forward(parameters)
    expectClose(
      plain.workspace.outputs.elements, trial.workspace.outputs.elements, tolerance: 1e-13,
      "elsewhere")
  }

  @Test func `normalized units have γ = 1`() throws {
    for measure in PathMeasure.every {
      let trial = try Self.trial(Normalization(measure), .relu)
      let (network, parameters) = trial.workspace.folded(trial.parameters)
      let plain = Trial(network, parameters, trial.samples)
      let quantities = plain.workspace.pathQuantities(measure, parameters)
      // With centring the bias differs by the mean, which is not part of the covariance but of the
      // path part.
      guard measure.alpha == 1 || measure.statistic == .secondMoment || measure.alpha == 0
      else { continue }
      expectClose(
        quantities.gammaSquared[..<2].flatMap { $0 }, [Double](repeating: 1, count: 7),
        tolerance: 1e-12, "\(measure)")
    }
  }

  @Test func `the scale of the weights has no effect on the function`() throws {
    for normalization in Self.every {
      let trial = try Self.trial(normalization)
      var scaled = trial.parameters
      for i in trial.network.parameters(layer: 0, unit: 2) { scaled[i] *= 3 }
      let other = Trial(trial.network, scaled, trial.samples)
      expectClose(
        other.workspace.outputs.elements, trial.workspace.outputs.elements, tolerance: 1e-13,
        "\(normalization)")
      // The natural gradient scales with the weights, gradients by the inverse.
      let methods: [Optimizer] = [
        .gradientDescent, .metric(.quasiDiagonalBackpropagatedMetric, .none),
      ]
      for (method, power) in zip(methods, [-1.0, 1]) where normalization.measure.alpha == 1 {
        let (a, b) = (try trial.step(method), try other.step(method))
        let range = trial.network.parameters(layer: 0, unit: 2)
        expectClose(
          b[range].map { $0 * (power < 0 ? 3 : 1 / 3.0) }, Array(a[range]), tolerance: 1e-10,
          "\(method)")
      }
    }
  }

  @Test func `metrics hold the statistics fixed`() throws {
    let trial = try Self.trial(Normalization(.covariance))
    let (network, parameters) = trial.workspace.folded(trial.parameters)
    let plain = Trial(network, parameters, trial.samples)
    let inverses = trial.workspace.normalizers[0]!.inverses
    for metric in [Metric.unitwiseNaturalGradient, .backpropagatedMetric] {
      let own = try trial.estimator(metric).unitMatrix(layer: 0, unit: 1)!
      let other = try plain.estimator(metric).unitMatrix(layer: 0, unit: 1)!
      let factor = inverses[1] * inverses[1]
      expectClose(own.elements, other.elements.map { $0 * factor }, tolerance: 1e-12, "\(metric)")
    }
  }

  @Test func `what makes no sense is refused`() throws {
    var builder = NetworkBuilder(inputs: 2)
    builder.dense(2, .relu, bias: false, normalization: Normalization(.covariance))
    builder.dense(1, .identity)
    #expect(throws: NetworkError.centredWithoutBias(layer: 0)) {
      try builder.build(output: .square)
    }
    var skipping = NetworkBuilder(inputs: 2)
    skipping.dense(2, .relu, normalization: .weight)
    skipping.sparse(incoming: [[2, 4], [5]], .identity)
    #expect(throws: NetworkError.readsBelowGains(unit: 2)) {
      try skipping.build(output: .square)
    }
    var other = NetworkBuilder(inputs: 2)
    other.dense(2, .identity, normalization: .path)
    #expect(throws: NetworkError.outputNormalized) { try other.build(output: .square) }
    let trial = try Self.trial(.path)
    #expect(throws: MetricError.normalizedNetwork) { try trial.estimator(.pathSGD) }
    #expect(throws: NetworkError.normalizedAndReparametrized(layer: 0)) {
      try trial.network.reparametrized(
        layer: 0,
        by: UnitAffine(
          alpha: [2, 1, 1, 1], beta: [0, 0, 0, 0], gamma: [1, 1, 1, 1], delta: [0, 0, 0, 0]))
    }
  }
}
