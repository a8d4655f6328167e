import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// The named members of the family of normalizations, and what surrounds them in training.
@Suite struct NormalizationFamilyTests {
  static let members = Normalization.named.map(\.normalization)
  static let gained = members.filter { $0.gain != .none }

  /// z of the first layer by its definition, units × samples.
  private func expected(
    _ kind: Normalization, _ inputs: Matrix<Double>, _ w: [[Double]], shift: [Double],
    gain: [Double]
  ) -> [Double] {
    w.indices.flatMap { k in
      let raw = (0..<inputs.columns).map { x in
        w[k].indices.reduce(0) { $0 + w[k][$1] * inputs[$1, x] }
      }
      let mean = raw.reduce(0, +) / Double(raw.count)
      let variance = raw.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(raw.count)
      let norm = dot(w[k], w[k])
      let (centre, scale): (Double, Double) =
        switch kind {
        case .batch: (mean, variance)
        case .weight, .exponentialWeight: (0, norm)
        case .meanOnly: (mean, norm)
        case .varianceOnly: (0, variance)
        default: preconditionFailure()
        }
      let g = kind.gain == .exponential ? Foundation.exp(gain[k]) : gain[k]
      return raw.map { g * ($0 - centre) / scale.squareRoot() + shift[k] }
    }
  }

  @Test(arguments: gained)
  func `members are what the papers define`(_ kind: Normalization) throws {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered(
      [3, 4, 2], activation: .tanh, output: .square, normalization: kind)
    let parameters = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 6, using: &stream)
    let trial = Trial(network, parameters, samples)
    #expect(network.layers.count == 3 && network.layers[1].activation == .tanh)
    let w = (0..<4).map { Array(parameters.elements[network.parameters(layer: 0, unit: $0)]) }
    let own = (0..<4).map { Array(parameters.elements[network.parameters(layer: 1, unit: $0)]) }
    let z = expected(
      kind, samples.inputs, w, shift: own.map { $0[0] }, gain: own.map { $0[1] })
    expectClose(
      trial.workspace.activities.matrix(network.layers[1].rows).elements, z.map(Foundation.tanh),
      tolerance: 1e-13, "activities")
  }

  @Test func `training with weight normalization is that of an independent implementation`() throws
  {
    let file = try VectorFile("31-weightnorm-SWN")
    let v0 = file.value("params", "v0") as! [[[Double]]]
    let s0 = file.value("params", "s0") as! [[Double]]
    var builder = NetworkBuilder(inputs: v0[0][0].count)
    for (layer, v) in v0.enumerated() {
      builder.dense(
        v.count, layer == 0 ? .relu : .identity, bias: false, normalization: .weight)
    }
    let network = try builder.build(output: .softmax)
    let start = Parameters(
      v0.indices.flatMap { v0[$0].flatMap { $0 } + s0[$0] })
    let descent = try Descent<Double>(
      .gradientDescent, network, from: start,
      stepSize: .constant(try file.number("params", "eta")), maximumBatchSize: 6,
      stream: RandomStream(seed: 1))
    let samples = try file.samples()
    let steps = file.value("expect", "steps") as! [[String: Any]]
    for step in steps {
      let folded = network.folded(descent.parameters, [:]).parameters.elements
      let w = step["W"] as! [[[Double]]]
      expectClose(folded, w.flatMap { $0.flatMap { $0 } }, "weights")
      let loss = try descent.step(on: samples)
      expectClose([loss], [step["loss"] as! Double], "loss")
    }
    let v = file.value("expect", "v") as! [[[Double]]]
    let s = file.value("expect", "s") as! [[Double]]
    expectClose(
      descent.parameters.elements, v.indices.flatMap { v[$0].flatMap { $0 } + s[$0] }, "end")
  }

  @Test func `both weight normalizations are one function, with gradients by the chain rule`()
    throws
  {
    let standard = try NormalizationTests.trial(.weight, .tanh)
    var parameters = standard.parameters
    let network = try NormalizationTests.network(.exponentialWeight, .tanh)
    var gains: [(index: Int, gain: Double)] = []
    for layer in [1, 3] {
      for unit in 0..<network.layers[layer].rows.count {
        let index = network.parameters(layer: layer, unit: unit).upperBound - 1
        // Exponential gains are positive.
        parameters[index] = abs(parameters[index])
        gains.append((index, parameters[index]))
      }
    }
    let plain = Trial(standard.network, parameters, standard.samples)
    for (index, gain) in gains { parameters[index] = Foundation.log(gain) }
    let exponential = Trial(network, parameters, standard.samples)
    expectClose(
      exponential.workspace.outputs.elements, plain.workspace.outputs.elements, tolerance: 1e-13,
      "outputs")
    var mapped = plain.gradient.elements
    for (index, gain) in gains { mapped[index] *= gain }
    expectClose(exponential.gradient.elements, mapped, tolerance: 1e-12, "gradient")
  }

  @Test(arguments: gained)
  func `a plain network can be normalized and folded again`(_ kind: Normalization) throws {
    let plain = try NormalizationTests.trial(nil, .relu)
    let (network, parameters) = try plain.network.normalized(
      plain.parameters, by: kind, on: plain.samples.inputs)
    let normalized = Trial(network, parameters, plain.samples)
    #expect(network.layers.count == 5 && network.isNormalized)
    expectClose(
      normalized.workspace.outputs.elements, plain.workspace.outputs.elements, tolerance: 1e-12,
      "outputs")
    let (back, same) = normalized.workspace.folded(parameters)
    #expect(back.layers.map(\.rows) == plain.network.layers.map(\.rows))
    expectClose(same.elements, plain.parameters.elements, tolerance: 1e-12, "parameters")

    let (outputs, withOutputs) = try plain.network.normalized(
      plain.parameters, by: kind, layers: [2], on: plain.samples.inputs)
    expectClose(
      Trial(outputs, withOutputs, plain.samples).workspace.outputs.elements,
      plain.workspace.outputs.elements, tolerance: 1e-12, "the output layer normalized")
  }

  @Test(arguments: [Normalization.batch, .varianceOnly, .meanOnly])
  func `units that are constant on a batch are 0, in any unit, and NaN stays NaN`(
    _ kind: Normalization
  ) throws {
    let network = try Network.layered(
      [3, 4, 2], activation: .tanh, output: .softmax, normalization: kind)
    var stream = RandomStream(seed: 4)
    let start: Parameters<Float> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    func step(_ value: Float) throws -> (Float, [Float]) {
      let inputs = Matrix<Float>([
        [value, value, value, value, value], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0],
      ])
      let samples = Samples(inputs: inputs, targets: .classes([0, 1, 1, 0, 1]))
      let workspace = Workspace<Float>(network, maximumBatchSize: 5)
      workspace.load(samples.subset([1, 2, 3, 4]))
      workspace.forward(start)
      let loss = workspace.loss()
      workspace.backpropagate(start)
      var gradient = Gradient<Float>(network)
      workspace.gradient(at: start, into: &gradient)
      return (loss, gradient.elements)
    }
    let (loss, gradient) = try step(0.1)
    #expect(loss.isFinite && gradient.allSatisfy(\.isFinite))
    if kind.isCentred {
      // Nothing of the feature is left.
      #expect(try abs(step(1e6).0 - loss) < 1e-6 && abs(step(3e-7).0 - loss) < 1e-6)
    }
    #expect(try step(.nan).0.isNaN)
  }

  @Test func `what cannot be normalized is refused with its place`() throws {
    let plain = try NormalizationTests.trial(nil, .relu)
    func refusal(_ parameters: Parameters<Double>, _ kind: Normalization) -> NormalizationError? {
      do throws(NormalizationError) {
        _ = try plain.network.normalized(parameters, by: kind, on: plain.samples.inputs)
        return nil
      } catch { return error }
    }
    #expect(refusal(plain.parameters, .path) == .withoutGains)
    var dead = plain.parameters
    for i in plain.network.parameters(layer: 0, unit: 3) { dead[i] = 0 }
    #expect(refusal(dead, .batch) == .constantUnit(layer: 0, unit: 3))

    let network = try NormalizationTests.network(.weight)
    #expect(throws: DescentError.normalization(.zeroWeights(layer: 0, unit: 0))) {
      try Descent<Double>(
        .gradientDescent, network, from: Parameters(network), stepSize: .constant(0.1),
        maximumBatchSize: 2, stream: RandomStream(seed: 1))
    }
    var stream = RandomStream(seed: 1)
    let batch = try NormalizationTests.network(.meanOnly)
    let descent = try Descent<Double>(
      .gradientDescent, batch, from: randomParameters(batch, using: &stream),
      stepSize: .constant(0.1), maximumBatchSize: 1, stream: stream)
    #expect(throws: DescentError.normalization(.batchOfOne(layer: 0))) {
      try descent.step(on: randomSamples(batch, count: 1, using: &stream))
    }
    #expect(throws: NormalizationError.invalidCoefficient(-1)) { try GammaDecay(.fixed(-1)) }
    #expect(throws: NormalizationError.invalidBatch(0)) { try GammaDecay(.adaptive(noiseOf: 0)) }
    for probability in [-0.1, 1] {
      #expect(throws: NetworkError.invalidDropout(layer: 0, probability: probability)) {
        try Network.layered(
          [2, 2, 1], activation: .relu, output: .square, dropout: probability)
      }
    }
  }

  /// With all samples as the population, and no normalized layer below, population normalization is
  /// the gradient of batch normalization over all of them.
  @Test(arguments: [Normalization.batch, .meanOnly, .varianceOnly])
  func `population statistics are followed to the weights of their unit`(_ kind: Normalization)
    throws
  {
    var stream = RandomStream(seed: 8)
    let network = try Network.layered(
      [3, 4, 2], activation: .tanh, output: .square, normalization: kind)
    let parameters = randomParameters(network, using: &stream)
    let all = randomSamples(network, count: 12, using: &stream)
    let population = PopulationStatistics<Double>(network, inputs: all.inputs)
    population.update(parameters)
    var mean = [Double](repeating: 0, count: network.parameterCount)
    let workspace = Workspace<Double>(network, maximumBatchSize: 4)
    workspace.freeze(population.statistics)
    for part in 0..<3 {
      workspace.load(all.subset(4 * part..<4 * part + 4))
      var gradient = Gradient<Double>(network)
      workspace.lossAndGradient(parameters, into: &gradient)
      for (i, value) in gradient.elements.enumerated() { mean[i] += value / 3 }
    }
    let full = Trial(network, parameters, all)
    expectClose(mean, full.gradient.elements, tolerance: 1e-12, "gradient")
  }

  @Test func `population statistics are estimated as seldom as wanted`() throws {
    var stream = RandomStream(seed: 8)
    let network = try Network.layered(
      [3, 4, 2], activation: .tanh, output: .square, normalization: .batch)
    let all = randomSamples(network, count: 12, using: &stream)
    let population = PopulationStatistics<Double>(network, inputs: all.inputs, every: 3)
    let descent = try Descent<Double>(
      .gradientDescent, network, from: randomParameters(network, using: &stream),
      stepSize: .constant(0.1), maximumBatchSize: 4, stream: stream, population: population)
    var expected: [Double] = []
    for step in 0..<7 {
      if step % 3 == 0 {
        let own = PopulationStatistics<Double>(network, inputs: all.inputs)
        own.update(descent.parameters)
        #expect(own.statistics[0]!.mean != expected)
        expected = own.statistics[0]!.mean
      }
      try descent.step(on: all.subset(4..<8))
      #expect(population.statistics[0]!.mean == expected, "step \(step)")
    }
  }

  @Test func `running statistics average those of batches`() throws {
    var stream = RandomStream(seed: 9)
    let network = try Network.layered(
      [3, 4, 2], activation: .tanh, output: .square, normalization: .batch)
    let parameters = randomParameters(network, using: &stream)
    let running = RunningStatistics<Double>(network, rate: 0.25)
    var (mean, variance) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
    for step in 0..<3 {
      let trial = Trial(network, parameters, randomSamples(network, count: 5, using: &stream))
      running.update(from: trial.workspace)
      let own = trial.workspace.normalizationStatistics[0]!
      let rate = step == 0 ? 1 : 0.25
      for k in 0..<4 {
        mean[k] += rate * (own.mean[k] - mean[k])
        variance[k] += rate * (own.variance[k] * 5 / 4 - variance[k])
      }
    }
    let statistics = running.statistics[0]!
    expectClose(statistics.mean, mean, tolerance: 1e-14, "means")
    expectClose(statistics.variance, variance, tolerance: 1e-14, "variances")
  }

  @Test(arguments: ["relu", "identity"])
  func `gamma decay is that of an independent implementation`(_ activation: String) throws {
    let file = try VectorFile("33-bn-zeta")
    let h = file.value("params", "h") as! [Double]
    let network = try Network.layered(
      [1, 1, 1], activation: activation == "relu" ? .relu : .identity, output: .square,
      normalization: .batch)
    let gamma = try file.number("params", "gamma")
    let parameters = Parameters([1, try file.number("params", "beta"), gamma, 0, 1])
    let samples = Samples(
      inputs: Matrix([h]), targets: .values(Matrix([[Double](repeating: 0, count: h.count)])))
    let trial = Trial(network, parameters, samples)
    let expected = file.value("expect", activation) as! [String: [String: Double]]
    for (batch, values) in expected {
      let penalty = GammaDecayPenalty<Double>(
        try GammaDecay(.adaptive(noiseOf: Int(batch)!)), network, maximumBatchSize: h.count)
      var gradient = trial.gradient
      penalty.add(to: &gradient, at: trial.workspace, parameters)
      expectClose(penalty.coefficients(layer: 0), [values["zeta"]!], "ζ at M = \(batch)")
      expectClose(
        [gradient[2] - trial.gradient[2]], [-2 * values["zeta"]! * gamma], "its gradient")
    }
  }

  @Test func `a descent decays gains, exponential ones in their logarithm`() throws {
    for kind in [Normalization.weight, .exponentialWeight] {
      let trial = try NormalizationTests.trial(kind)
      func end(_ decay: GammaDecay?) throws -> Parameters<Double> {
        let descent = try Descent<Double>(
          .gradientDescent, trial.network, from: trial.parameters, stepSize: .constant(1),
          maximumBatchSize: 7, stream: RandomStream(seed: 1), gammaDecay: decay)
        try descent.step(on: trial.samples)
        return descent.parameters
      }
      let (plain, decayed) = (try end(nil), try end(GammaDecay(.fixed(0.1))))
      let gains = Set(
        [1, 3].flatMap { layer in
          (0..<trial.network.layers[layer].rows.count).map {
            trial.network.parameters(layer: layer, unit: $0).upperBound - 1
          }
        })
      for i in 0..<trial.network.parameterCount {
        let value = trial.parameters[i]
        let square = kind.gain == .exponential ? Foundation.exp(2 * value) : value
        #expect(abs(decayed[i] - plain[i] + (gains.contains(i) ? 0.2 * square : 0)) < 1e-13)
      }
    }
  }

  @Test func `dropout keeps means, has its gradient, and ends with training`() throws {
    var stream = RandomStream(seed: 3)
    let network = try Network.layered(
      [3, 50, 2], activation: .tanh, output: .square, normalization: .batch, dropout: 0.25)
    let parameters = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 40, using: &stream)
    let trial = Trial(network, parameters, samples)
    let clean = trial.workspace.activities.matrix(network.layers[1].rows).elements
    let workspace = Workspace<Double>(network, maximumBatchSize: 40)
    workspace.load(samples)
    func pass(_ parameters: Parameters<Double>) -> Double {
      workspace.setDropout(RandomStream(seed: 17))
      workspace.forward(parameters)
      return workspace.loss()
    }
    _ = pass(parameters)
    let dropped = workspace.activities.matrix(network.layers[1].rows).elements
    var zeros = 0
    for (a, b) in zip(dropped, clean) where a != 0 || b == 0 {
      #expect(abs(a - b / 0.75) < 1e-14)
    }
    zeros = dropped.count { $0 == 0 }
    // 2,000 draws: four standard deviations are 77.
    #expect(abs(zeros - 500) < 78)

    workspace.backpropagate(parameters)
    var gradient = Gradient<Double>(network)
    workspace.gradient(at: parameters, into: &gradient)
    let h = 1e-5
    for i in stride(from: 0, to: network.parameterCount, by: 7) {
      var (up, down) = (parameters, parameters)
      up[i] += h
      down[i] -= h
      #expect(abs(gradient[i] + (pass(up) - pass(down)) / (2 * h)) < 1e-8)
    }
    workspace.setDropout(nil)
    workspace.forward(parameters)
    #expect(workspace.activities.matrix(network.layers[1].rows).elements == clean)
  }

  @Test func `files keep normalizations and dropout`() throws {
    for kind in Self.members {
      let network = try Network.layered(
        [3, 4, 4, 2], activation: .relu, output: .softmax, normalization: kind, dropout: 0.5)
      var stream = RandomStream(seed: 2)
      let model = Model(network: network, parameters: randomParameters(network, using: &stream))
      let url = FileManager.default.temporaryDirectory
        .appending(path: "normalization-\(UUID().uuidString).safetensors")
      defer { try? FileManager.default.removeItem(at: url) }
      try model.save(to: url)
      let read = try Model(contentsOf: url)
      #expect(read.parameters.elements == model.parameters.elements)
      for (a, b) in zip(read.network.layers, network.layers) {
        #expect(a.normalization == b.normalization && a.dropout == b.dropout)
        #expect(a.rows == b.rows && a.parameters == b.parameters && a.activation == b.activation)
      }
      let inputs = randomMatrix(3, 5, using: &stream)
      func outputs(_ model: Model) -> [Double] {
        let workspace = Workspace<Double>(model.network, maximumBatchSize: 5)
        workspace.load(inputs: inputs)
        workspace.forward(model.parameters)
        return workspace.outputs.elements
      }
      #expect(outputs(read) == outputs(model))
    }
  }
}
