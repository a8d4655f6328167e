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
      let workspace = Workspace<Double>(network, capacity: 4)
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
      // Euler: Σ w ∂ ln L/∂w = −2 × margins of the samples that matter.
      let product = zip(descent.parameters.elements, descent.model.parameters.elements)
        .reduce(0) { $0 + $1.0 * $1.1 }
      #expect(product > 0 && record.gradientNorm.isFinite)
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
