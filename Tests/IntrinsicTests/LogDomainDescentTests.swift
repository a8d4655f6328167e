import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct LogDomainDescentTests {
  /// The corners of a square, alternating, as labels or classes.
  static func xor(_ output: OutputModel) -> Samples<Double> {
    Samples(
      inputs: Matrix([[1, -1, 1, -1], [1, -1, -1, 1]]),
      targets: output == .softmax ? .classes([0, 0, 1, 1]) : .values(Matrix([[1, 1, -1, -1]])))
  }

  static func start(
    _ network: Network, seed: UInt64, scale: Double = 1
  ) -> Parameters<Double> {
    var stream = RandomStream(seed: seed)
    return Parameters(
      (Initialization.normal(gain: 1).parameters(network, using: &stream) as Parameters<Double>)
        .elements.map { scale * $0 })
  }

  static func network(_ output: OutputModel) throws -> Network {
    try .layered(
      [2, 8, output == .softmax ? 2 : 1], activation: .relu, output: output, bias: false)
  }

  @Test(arguments: [OutputModel.exponential, .softmax])
  func `steps are those of gradient descent with rates k over the loss`(
    _ output: OutputModel
  ) throws {
    let network = try Self.network(output)
    let samples = Self.xor(output)
    for rate in [
      LogDomainDescent.Rate(scale: 0.01, limit: 100), .init(scale: 100, limit: 0.02),
    ] {
      let descent = try LogDomainDescent(
        network, from: Self.start(network, seed: 3), samples: samples, rate: rate)
      var expected = descent.parameters
      var time = 0.0
      let workspace = Workspace<Double>(network, maximumBatchSize: 4)
      workspace.load(samples)
      for _ in 0..<20 {
        var gradient = Gradient<Double>(network)
        let loss = workspace.lossAndGradient(expected, into: &gradient)
        let square = gradient.elements.reduce(0) { $0 + $1 * $1 } / (loss * loss)
        let eta = (rate.scale == 100 ? 0.02 / square : 0.01) / loss
        expected.move(by: Displacement(gradient.elements), stepSize: eta)
        time += eta
        try descent.step()
        expectClose(descent.parameters.elements, expected.elements, tolerance: 1e-12, "\(rate)")
        #expect(abs(descent.logTime - log(time)) < 1e-12)
      }
      workspace.forward(expected)
      #expect(abs(descent.logLoss - log(workspace.loss())) < 1e-11)
      #expect(descent.steps == 20)
    }
  }

  @Test(arguments: [OutputModel.exponential, .softmax])
  func `losses of e^-300 and e^-1000 are reached with finite numbers`(
    _ output: OutputModel
  ) throws {
    let network = try Self.network(output)
    let descent = try LogDomainDescent(
      network, from: Self.start(network, seed: 4), samples: Self.xor(output))
    for target in [-300.0, -1000] {
      var last = descent.logLoss
      while descent.logLoss > target {
        try descent.step()
        // To first order 0.05.
        #expect(last - descent.logLoss < 0.07)
        last = descent.logLoss
        guard descent.steps < 100_000 else { break }
      }
      let record = descent.record()
      #expect(record.logLoss <= target && record.logLoss > target - 0.1)
      #expect(record.margin > -target - 2 && record.margin < -target + 2)
      // t = 1/(L (ln t)^c): ln t differs from −ln L by a few logarithms.
      #expect(abs(record.logTime + target) < 20)
      // By Euler's formula ‖θ‖‖∂ ln L/∂θ‖ is at least twice the least margin.
      let norm = dot(descent.parameters.elements, descent.parameters.elements).squareRoot()
      #expect(norm * record.gradientNorm >= 2 * record.margin && record.gradientNorm.isFinite)
      #expect(record.units.joined().allSatisfy { $0.norm.isFinite && $0.gradientNorm.isFinite })
    }
    #expect(descent.homogeneityDegree == 2)
  }

  @Test func `a record has the norms of units and of their gradients`() throws {
    let network = try Self.network(.exponential)
    let samples = Self.xor(.exponential)
    let descent = try LogDomainDescent(
      network, from: Self.start(network, seed: 3), samples: samples)
    for _ in 0..<5 { try descent.step() }
    let record = descent.record()
    let trial = Trial(network, descent.parameters, samples)
    for layer in 0..<2 {
      for unit in 0..<network.layers[layer].rows.count {
        let range = network.parameters(layer: layer, unit: unit)
        let w = range.reduce(0) { $0 + descent.parameters[$1] * descent.parameters[$1] }
        let g = range.reduce(0) { $0 + trial.gradient[$1] * trial.gradient[$1] }
        #expect(abs(record.units[layer][unit].norm - w.squareRoot()) < 1e-14)
        #expect(abs(record.units[layer][unit].gradientNorm - g.squareRoot() / trial.loss) < 1e-13)
      }
    }
    let squares = record.units.joined().reduce(0) { $0 + $1.gradientNorm * $1.gradientNorm }
    #expect(abs(record.gradientNorm - squares.squareRoot()) < 1e-13)
    // Recording changes nothing.
    let other = try LogDomainDescent(network, from: Self.start(network, seed: 3), samples: samples)
    for _ in 0..<6 { try other.step() }
    try descent.step()
    #expect(descent.parameters.elements == other.parameters.elements)
    #expect(descent.logTime == other.logTime && descent.logLoss == other.logLoss)
  }

  @Test func `what cannot be followed is refused`() throws {
    func error(
      _ network: Network, _ samples: Samples<Double>? = nil, scale: Double = 0.1
    ) -> LogDomainError? {
      do throws(LogDomainError) {
        _ = try LogDomainDescent(
          network, from: Self.start(network, seed: 1), samples: samples ?? Self.xor(network.output),
          rate: .init(scale: scale))
        return nil
      } catch { return error }
    }
    #expect(
      error(try .layered([2, 3, 1], activation: .tanh, output: .exponential))
        == .notHomogeneous(.activation(layer: 0, activation: .tanh)))
    #expect(
      error(try .layered([2, 3, 1], activation: .relu, output: .exponential))
        == .notHomogeneous(.bias(layer: 1)))
    #expect(
      error(try .layered([2, 1], activation: .relu, output: .square)) == .outputModel(.square))
    #expect(
      error(
        try .layered([2, 1], activation: .relu, output: .softmax),
        Samples(inputs: Matrix([[1], [2]]), targets: .classes([0]))) == .singleClass)
    var batch = NetworkBuilder(inputs: 2)
    batch.dense(3, .relu, bias: false, normalization: .varianceOnly)
    batch.dense(1, .identity, bias: false)
    #expect(
      error(try batch.build(output: .exponential)) == .notHomogeneous(.batchStatistics(layer: 0)))
    let network = try Self.network(.exponential)
    #expect(
      error(
        network, Samples(inputs: Matrix([[1, 1], [2, 3]]), targets: .values(Matrix([[1, 0]]))))
        == .label(output: 0, sample: 1, value: 0))
    #expect(error(network, scale: -1) == .invalidRate(scale: -1, limit: 0.05))
    #expect(
      error(
        network,
        Samples(inputs: Matrix([[.infinity], [0]]), targets: .values(Matrix([[1]])))) != nil)
  }

  /// The same layered function without biases, its weights as they are, or normalized with ‖v‖ = 1.
  static func model(_ plain: Model, _ normalization: Normalization?) throws -> Model {
    guard let normalization else { return plain }
    var builder = NetworkBuilder(inputs: plain.network.inputCount)
    var values: [Double] = []
    for (index, layer) in plain.network.layers.enumerated() {
      builder.dense(layer.rows.count, layer.activation, bias: false, normalization: normalization)
      let weights = (0..<layer.rows.count).map {
        Array(plain.parameters.elements[plain.network.parameters(layer: index, unit: $0)])
      }
      for w in weights { values += w.map { $0 / dot(w, w).squareRoot() } }
      values += weights.map {
        normalization.gain == .exponential ? log(dot($0, $0)) / 2 : dot($0, $0).squareRoot()
      }
    }
    return Model(
      network: try builder.build(output: plain.network.output), parameters: Parameters(values))
  }

  static let schemes: [Normalization?] = [nil, .weight, .exponentialWeight]

  /// Two points that two units answer to, one twice as far as the other, and a third unit that starts
  /// too small to matter.
  static func twoUnits(_ normalization: Normalization?) throws -> LogDomainDescent {
    let network = try Network.layered(
      [2, 3, 1], activation: .positivePower(2), output: .exponential, bias: false)
    let model = try model(
      Model(
        network: network,
        parameters: Parameters([0.5, 0.1, 0.1, 0.6, 0.05, 0.02, 0.5, -0.5, 0.02])), normalization)
    return try LogDomainDescent(
      model.network, from: model.parameters,
      samples: Samples(
        inputs: Matrix([[2, 0], [0, 1]]), targets: .values(Matrix([[1, -1]]))))
  }

  @Test(arguments: schemes)
  func `steps of normalized weights are those of their update equations`(
    _ normalization: Normalization?
  ) throws {
    let descent = try Self.twoUnits(normalization)
    #expect(descent.homogeneityDegree == 3)
    // v, and g or a, of each unit of each layer.
    let plain = descent.model
    var units: [[(v: [Double], g: Double)]] = plain.network.layers.indices.map { layer in
      (0..<plain.network.layers[layer].rows.count).map { unit in
        let w = Array(plain.parameters.elements[plain.network.parameters(layer: layer, unit: unit)])
        let norm = dot(w, w).squareRoot()
        return (w.map { $0 / norm }, normalization?.gain == .exponential ? log(norm) : norm)
      }
    }
    var w = plain.parameters.elements
    for _ in 0..<10 {
      let workspace = Workspace<Double>(plain.network, maximumBatchSize: 2)
      workspace.load(
        Samples(inputs: Matrix([[2, 0], [0, 1]]), targets: .values(Matrix([[1, -1]]))))
      var gradient = Gradient<Double>(plain.network)
      let loss = workspace.lossAndGradient(Parameters(w), into: &gradient)
      // Morwani and Ramaswamy 2022, (1)–(2) and those of EWN, from −∂ ln L/∂w.
      var updates: [[(v: [Double], g: Double)]] = units.map { $0.map { ($0.v, 0) } }
      var square = 0.0
      for layer in units.indices {
        for unit in units[layer].indices {
          let range = plain.network.parameters(layer: layer, unit: unit)
          let g = gradient.elements[range].map { $0 / loss }
          let (v, gain) = units[layer][unit]
          let norm = dot(v, v).squareRoot()
          let direction = v.map { $0 / norm }
          let radial = dot(direction, g)
          let scale = normalization?.gain == .exponential ? exp(gain) : gain
          let factor = normalization?.gain == .exponential ? scale : 1
          updates[layer][unit] = (
            zip(g, direction).map { scale / norm * ($0 - radial * $1) }, factor * radial
          )
          if normalization == nil {
            updates[layer][unit] = (g, 0)
          }
          square +=
            dot(updates[layer][unit].v, updates[layer][unit].v)
            + updates[layer][unit].g * updates[layer][unit].g
        }
      }
      let size = min(0.1, 0.05 / square)
      for layer in units.indices {
        for unit in units[layer].indices {
          let range = plain.network.parameters(layer: layer, unit: unit)
          let update = updates[layer][unit]
          if normalization == nil {
            for (i, change) in zip(range, update.v) { w[i] += size * change }
            continue
          }
          units[layer][unit].v = zip(units[layer][unit].v, update.v).map { $0 + size * $1 }
          units[layer][unit].g += size * update.g
          let (v, gain) = units[layer][unit]
          let scale = normalization?.gain == .exponential ? exp(gain) : gain
          for (i, x) in zip(range, v) { w[i] = scale * x / dot(v, v).squareRoot() }
        }
      }
      try descent.step()
      expectClose(descent.model.parameters.elements, w, tolerance: 1e-12, "weights")
    }
  }

  @Test(arguments: schemes)
  func `growing units of one layer end in the relation of their parametrization`(
    _ normalization: Normalization?
  ) throws {
    let descent = try Self.twoUnits(normalization)
    let start = descent.record()
    while descent.logLoss > -1000 { try descent.step() }
    let record = descent.record()
    let (first, second) = (record.units[0][0], record.units[0][1])
    let ratio = first.norm / first.gradientNorm / (second.norm / second.gradientNorm)
    let product = first.norm * first.gradientNorm / (second.norm * second.gradientNorm)
    if normalization?.gain == .exponential {
      // They approach each other like 1/ln t, from 0.94 at e⁻¹⁰⁰ to 0.986 at e⁻³⁰⁰⁰.
      #expect(abs(product - 1) < 0.03)
      #expect(abs(ratio - 1) > 0.5)
    } else {
      #expect(abs(ratio - 1) < 0.01)
      #expect(abs(product - 1) > 0.5)
    }
    // The third unit stays what it was.
    #expect(record.units[0][2].norm < 1.2 * start.units[0][2].norm)
    #expect(record.margin > 990 && record.logTime > 950)
  }

  @Test(arguments: schemes)
  func `records of normalized networks are about the weights of the function`(
    _ normalization: Normalization?
  ) throws {
    let descent = try Self.twoUnits(normalization)
    for _ in 0..<30 { try descent.step() }
    let plain = try LogDomainDescent(
      descent.model.network, from: descent.model.parameters,
      samples: Samples(
        inputs: Matrix([[2, 0], [0, 1]]), targets: .values(Matrix([[1, -1]]))))
    let (own, other) = (descent.record(), plain.record())
    #expect(abs(own.logLoss - other.logLoss) < 1e-12)
    for (a, b) in zip(own.units.joined(), other.units.joined()) {
      #expect(abs(a.norm - b.norm) < 1e-12 * b.norm)
      #expect(abs(a.gradientNorm - b.gradientNorm) < 1e-10 * other.gradientNorm)
    }
  }

  @Test func `a network whose units are dead has no gradient`() throws {
    let network = try Network.layered(
      [1, 1, 1], activation: .relu, output: .exponential, bias: false)
    let descent = try LogDomainDescent(
      network, from: Parameters([-1, 1]),
      samples: Samples(inputs: Matrix([[1, 2]]), targets: .values(Matrix([[1, 1]]))))
    #expect(throws: LogDomainError.noGradient(step: 0, logLoss: 0, norm: 0)) {
      try descent.step()
    }
  }
}
