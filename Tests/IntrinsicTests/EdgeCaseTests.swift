import IntrinsicMath
import Testing

@testable import Intrinsic

/// Units that are dead, saturated or constant, single samples and outputs.
@Suite struct EdgeCaseTests {
  /// Unit 1 of the hidden layer never reacts.
  private func deadUnit() throws -> (trial: Trial<Double>, range: Range<Int>) {
    var stream = RandomStream(seed: 1)
    let network = try Network.layered([2, 3, 2], activation: .relu, output: .square)
    var parameters = randomParameters(network, using: &stream)
    let range = network.parameters(layer: 0, unit: 1)
    parameters[range.lowerBound] = -100
    return (Trial(network, parameters, randomSamples(network, count: 9, using: &stream)), range)
  }

  @Test(arguments: Optimizer.every(damping: .additive(1e-4)))
  func `a dead unit stays where it is`(_ method: Optimizer) throws {
    let (trial, range) = try deadUnit()
    let step = try trial.step(method)
    #expect(step[range].allSatisfy { $0 == 0 })
    #expect(step.isFinite && step.contains { $0 != 0 })
  }

  @Test(
    arguments: Metric.everyReduced.filter {
      if case .reduced(_, let reduction) = $0 { reduction != .unitwise } else { false }
    })
  func `a dead unit stays where it is without damping`(_ metric: Metric) throws {
    let (trial, range) = try deadUnit()
    let step = try trial.step(.metric(metric, .none))
    #expect(step[range].allSatisfy { $0 == 0 })
    #expect(step.isFinite && step.contains { $0 != 0 })
  }

  static let saturations: [(OutputModel, Activation)] = [
    (.bernoulli, .sigmoid), (.bernoulli, .tanh), (.bernoulli, .scaledTanh), (.softmax, .identity),
    (.spherical, .identity), (.square, .sigmoid),
  ]

  /// Two outputs y = ±x for inputs x up to 800, with targets that agree and that do not.
  private func saturated(_ model: OutputModel, _ activation: Activation) throws -> Trial<Double> {
    let network = try Network.layered(
      [1, 2], activation: activation, outputActivation: activation, output: model)
    let targets: Targets<Double> =
      model.targetsAreClasses
      ? .classes([0, 1, 0, 1]) : .values(Matrix([[0, 1, 1, 0], [0, 1, 0, 1]]))
    return Trial(
      network, Parameters([0, 1, 0, -1]),
      Samples(inputs: Matrix([[800, 800, -800, -800]]), targets: targets))
  }

  @Test(arguments: saturations)
  func `saturated outputs have finite losses, signals and moduli`(
    _ model: OutputModel, _ activation: Activation
  ) throws {
    let trial = try saturated(model, activation)
    let rows = trial.network.outputRows
    #expect(trial.workspace.sampleLosses.allSatisfy { $0.isFinite && $0 >= 0 })
    #expect(trial.workspace.signals.matrix(rows).elements.isFinite)
    for modulus in Metric.everyModulus {
      let estimator = try trial.estimator(.reduced(modulus, .quasiDiagonal), .additive(1e-4))
      let c = estimator.modulus(layer: 0, at: trial.workspace, trial.parameters)!
      #expect(c.elements.allSatisfy { $0.isFinite && $0 >= 0 }, "\(modulus)")
    }
    for metric in Metric.every {
      let step = try trial.step(.metric(metric, .additive(1e-4)))
      #expect(step.isFinite, "\(metric)")
    }
  }

  @Test func `a saturated bit that is wrong costs its pre-activation`() throws {
    let trial = try saturated(.bernoulli, .sigmoid)
    // Outputs ±800 with targets (0, 0), (1, 1), (1, 0), (0, 1): one wrong bit, one wrong bit,
    // two wrong bits, none wrong.
    #expect(trial.workspace.sampleLosses == [800, 800, 800 * 2, 0])
    #expect(
      trial.workspace.signals.matrix(trial.network.outputRows).elements
        == [-1, 0, 1, 0, 0, 1, -1, 0])
  }

  @Test func `the modulus of a saturated bit keeps its relative accuracy`() throws {
    let network = try Network.layered(
      [1, 1], activation: .sigmoid, outputActivation: .sigmoid, output: .bernoulli)
    let trial = Trial(
      network, Parameters([0.0, 1]),
      Samples(inputs: Matrix([[40.0, -40, 300]]), targets: .values(Matrix([[1, 1, 1]]))))
    let c = try trial.estimator(.diagonalGaussNewton).modulus(
      layer: 0, at: trial.workspace, trial.parameters)!
    // p(1 − p) = e^−|y| up to 1 + e^−40.
    expectClose(
      [c[0, 0], c[0, 1]], [4.248354255291589e-18, 4.248354255291589e-18], tolerance: 1e-14, "e^−40")
    expectClose([c[0, 2]], [5.148200222412013e-131], tolerance: 1e-14, "e^−300")
  }

  @Test(arguments: Metric.everyModulus)
  func `a constant input does not move its weight in a quasi-diagonal step`(
    _ modulus: Modulus
  ) throws {
    for (seed, constant) in [0.1, 1, -3, 7e5, 1e-3].enumerated() {
      var stream = RandomStream(seed: UInt64(seed))
      let network = try Network.layered(
        [3, 2, 2], activation: .tanh, outputActivation: .sigmoid, output: .bernoulli)
      var parameters = randomParameters(network, using: &stream)
      for unit in 0..<2 {
        parameters[network.parameters(layer: 0, unit: unit).lowerBound + 2] /= constant
      }
      let samples = randomSamples(network, count: 11, using: &stream).with { x in
        Matrix([x.row(0), [Double](repeating: constant, count: 11), x.row(2)])
      }
      let step = try Trial(network, parameters, samples).step(
        .metric(.reduced(modulus, .quasiDiagonal), .none))
      #expect(step.isFinite)
      for unit in 0..<2 {
        let range = network.parameters(layer: 0, unit: unit)
        let own = step[range]
        #expect(own[own.startIndex + 2] == 0, "constant \(constant): \(own)")
        #expect(own[own.startIndex + 1] != 0 && own[own.startIndex + 3] != 0, "\(constant): \(own)")
      }
    }
  }

  @Test(arguments: Optimizer.every(damping: .additive(1e-3)))
  func `one sample and one output give finite steps downhill`(_ method: Optimizer) throws {
    var stream = RandomStream(seed: 5)
    let models: [(OutputModel, Activation)] = [
      (.square, .identity), (.bernoulli, .sigmoid), (.exponential, .identity),
    ]
    for (model, output) in models {
      let network = try Network.layered(
        [3, 2, 1], activation: .tanh, outputActivation: output, output: model)
      guard method.exists(for: network) else { continue }
      let trial = Trial(
        network, randomParameters(network, using: &stream),
        randomSamples(network, count: 1, using: &stream))
      let step = try trial.step(method)
      #expect(step.isFinite && dot(step, trial.gradient.elements) > 0, "\(model)")
    }
  }

  @Test(arguments: [OutputModel.softmax, .spherical])
  func `a single class is certain, and nothing moves`(_ model: OutputModel) throws {
    var stream = RandomStream(seed: 6)
    let network = try Network.layered(
      [3, 2, 1], activation: .tanh, outputActivation: .softplus, output: model)
    let trial = Trial(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: 4, using: &stream))
    // The spherical terms 2/a and 2a/S cancel up to rounding.
    #expect(abs(trial.loss) < 1e-15)
    #expect(trial.gradient.elements.allSatisfy { abs($0) < 1e-14 })
  }
}
