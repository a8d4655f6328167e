import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct LevenbergMarquardtTests {
  @Test(arguments: VectorFile.names(containing: "levenberg-marquardt"))
  func `trials of an independent implementation`(_ name: String) throws {
    let file = try VectorFile(name)
    let (network, start) = try file.network("net")
    var settings = LevenbergMarquardt<Double>.Settings()
    settings.scaling = try #require(Scaling(rawValue: file.value("params", "D") as! String))
    settings.damping = try file.number("params", "lam")
    let descent = try LevenbergMarquardt(
      network, from: start, samples: try file.samples(), settings)
    let records = try #require(file.value("expect", "records") as? [[String: Any]])
    #expect(records.count == 12)
    for (index, expected) in records.enumerated() {
      let record = try descent.iterate()
      func close(_ actual: Double, _ key: String) {
        let value = expected[key] as! Double
        #expect(
          abs(actual - value) <= 1e-7 * max(1, abs(value)),
          "trial \(index), \(key): \(actual) \(value)")
      }
      close(record.damping, "lam")
      close(record.gainRatio, "gain_ratio")
      close(record.loss, "loss")
      #expect(record.isAccepted == (expected["accepted"] as! Bool))
    }
    expectClose(
      descent.parameters.elements, file.value("expect", "parameters") as! [Double], tolerance: 1e-7,
      name)
  }

  private func problem(
    seed: UInt64 = 2, noise: Double = 0, count: Int = 80
  ) throws -> (Network, Parameters<Double>, Samples<Double>) {
    let network = try Network.layered([2, 6, 1], activation: .tanh, output: .square)
    var stream = RandomStream(seed: seed)
    let start: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    let rows = (0..<count).map { _ in [stream.normal(), stream.normal()] }
    return (
      network, start,
      Samples(rows: rows, values: rows.map { [sin($0[0]) * $0[1] / 2 + noise * stream.normal()] })
    )
  }

  static let reductions: [Metric] = [
    .naturalGradient, .unitwiseNaturalGradient, .quasiDiagonalNaturalGradient,
    .diagonalNaturalGradient,
  ]

  @Test(arguments: reductions, Scaling.allCases)
  func `every matrix with every scaling lowers the loss at each step that is kept`(
    _ metric: Metric, _ scaling: Scaling
  ) throws {
    let (network, start, samples) = try problem()
    var settings = LevenbergMarquardt<Double>.Settings()
    (settings.metric, settings.scaling) = (metric, scaling)
    let descent = try LevenbergMarquardt(network, from: start, samples: samples, settings)
    var last = descent.loss
    let first = last
    for _ in 0..<40 {
      let before = descent.parameters.elements
      let record = try descent.iterate()
      if record.isAccepted {
        #expect(descent.loss < last)
      } else {
        #expect(descent.loss == last && descent.parameters.elements == before)
      }
      last = descent.loss
    }
    // Diagonals know least of the curvature.
    let goal = metric == .diagonalNaturalGradient ? 0.9 * first : first / 2
    #expect(last < goal)
    let float = try LevenbergMarquardt<Float>(
      network, from: Parameters(start.elements.map { Float($0) }),
      samples: Samples(
        inputs: samples.inputs.map { Float($0) },
        targets: .values(samples.values.map { Float($0) })),
      { () -> LevenbergMarquardt<Float>.Settings in
        var settings = LevenbergMarquardt<Float>.Settings()
        (settings.metric, settings.scaling) = (metric, scaling)
        return settings
      }())
    try float.run(iterations: 20)
    #expect(Double(float.loss) < first * 0.9)
  }

  @Test func `a small problem is solved to the bottom`() throws {
    let (network, start, samples) = try problem()
    let descent = try LevenbergMarquardt(network, from: start, samples: samples)
    var settings = descent.settings
    settings.goal = 1e-6
    let goal = try LevenbergMarquardt(network, from: start, samples: samples, settings)
    #expect(try goal.run(iterations: 2_000) == .goal)
    #expect(goal.loss <= 1e-6)
    // Adam with the same number of passes is far above.
    let adam = try Descent<Double>(
      .adam, network, from: start, maximumBatchSize: 80, stream: RandomStream(seed: 1))
    var loss = 0.0
    for _ in 0..<goal.records.count * 3 { loss = try adam.step(on: samples) }
    #expect(loss > 100 * goal.loss)
  }

  @Test func `the evidence finds a penalty, and how many parameters data determine`() throws {
    let (network, start, samples) = try problem(noise: 0.3, count: 40)
    let (_, _, fresh) = try problem(seed: 3, noise: 0, count: 400)
    func error(_ parameters: Parameters<Double>) -> Double {
      let workspace = Workspace<Double>(network, maximumBatchSize: 400)
      workspace.load(fresh)
      workspace.forward(parameters)
      return workspace.loss()
    }
    let plain = try LevenbergMarquardt(network, from: start, samples: samples)
    try plain.run(iterations: 300)
    var settings = LevenbergMarquardt<Double>.Settings()
    settings.findsPenalty = true
    let regularized = try LevenbergMarquardt(network, from: start, samples: samples, settings)
    try regularized.run(iterations: 300)
    let gamma = try #require(regularized.effectiveParameters)
    #expect(gamma > 1 && gamma < Double(network.parameterCount) - 1)
    #expect(regularized.penalty > 0)
    #expect(error(regularized.parameters) < error(plain.parameters))
    // At a fixed point a = γ/‖θ‖² · 2L/(N − γ).
    let norm = regularized.parameters.elements.reduce(0) { $0 + $1 * $1 }
    let expected = gamma / norm * 2 * regularized.loss / (40 - gamma)
    #expect(abs(regularized.penalty / expected - 1) < 0.05)
  }

  @Test(arguments: Scaling.allCases, [false, true])
  func `as a rule of training on all samples it takes the steps that are kept`(
    _ scaling: Scaling, isGeodesic: Bool
  ) throws {
    let (network, start, samples) = try problem(noise: 0.1)
    var method = LevenbergMarquardtSettings()
    (method.scaling, method.findsPenalty, method.isGeodesic) = (scaling, true, isGeodesic)
    let alone = try LevenbergMarquardt(network, from: start, samples: samples, method)
    var settings = TrainingSettings(seed: 1)
    settings.optimizer = .levenbergMarquardt(method)
    settings.stepSize = settings.optimizer.stepSize
    (settings.epochs, settings.batch) = (8, samples.count)
    let training = try Training<Double>(network, from: start, on: samples, settings)
    while training.ending == nil {
      try training.advance()
      while try !alone.iterate().isAccepted {}
      // The order of the samples differs, and with it rounding.
      expectClose(
        training.parameters.elements, alone.parameters.elements, tolerance: 1e-9, ofLargest: 1e-9,
        "\(scaling)")
    }
  }

  @Test func `dead units, constant features and features that sum to one are no obstacle`() throws {
    let network = try Network.layered([5, 4, 1], activation: .relu, output: .square)
    var stream = RandomStream(seed: 3)
    var start: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    // The bias of the first unit.
    start[network.layers[0].parameters.lowerBound] = -100
    let rows = (0..<60).map { [stream.normal(), 0, 3] + ($0 % 2 == 0 ? [1, 0] : [0, 1]) }
    let samples = Samples<Double>(
      rows: rows, values: rows.map { [abs($0[0]) + 2 * $0[3]] })
    for scaling in [Scaling.identity, .diagonal, .quasiDiagonal] {
      var settings = LevenbergMarquardtSettings()
      settings.scaling = scaling
      let rule = try LevenbergMarquardtRule<Double>(
        settings, network, maximumBatchSize: 60, stream: RandomStream(seed: 1))
      let descent = try Descent<Double>(
        rule: rule, network, from: start, stepSize: .constant(1), maximumBatchSize: 60,
        stream: RandomStream(seed: 1))
      let first = try descent.step(on: samples)
      for _ in 0..<20 { _ = try descent.step(on: samples) }
      #expect(try descent.step(on: samples) < first / 10, "\(scaling)")
    }
  }

  @Test func `dropout and matrices that do not fit are refused before work starts`() throws {
    let dropped = try Network.layered(
      [2, 6, 1], activation: .tanh, output: .square, dropout: 0.2)
    func refusal(_ network: Network, samples: Int = 10) -> String {
      do {
        _ = try LevenbergMarquardtRule<Double>(
          LevenbergMarquardtSettings(), network, maximumBatchSize: samples,
          stream: RandomStream(seed: 1))
        return ""
      } catch { return "\(error)" }
    }
    #expect(refusal(dropped).contains("leave dropout out of the network"))
    #expect(throws: MetricError.self) {
      _ = try SpringRule<Double>(
        SpringSettings(), dropped, maximumBatchSize: 10, stream: RandomStream(seed: 1))
    }
    let large = try Network.layered([300, 100, 1], activation: .tanh, output: .square)
    #expect(refusal(large) == "")
    #expect(refusal(large, samples: 100_000).contains("GB"))
  }

  @Test func `it ends where nothing is left, and says why`() throws {
    let (network, start, samples) = try problem()
    var settings = LevenbergMarquardt<Double>.Settings()
    settings.gradientTolerance = 1e3
    let flat = try LevenbergMarquardt(network, from: start, samples: samples, settings)
    #expect(try flat.run(iterations: 5) == .gradient)
    settings.gradientTolerance = 0
    settings.greatestDamping = 0.5
    let damped = try LevenbergMarquardt(network, from: start, samples: samples, settings)
    #expect(try damped.run(iterations: 5) == .damping)
    var broken = start
    broken[0] = .nan
    #expect(throws: DescentError.self) {
      _ = try LevenbergMarquardt(network, from: broken, samples: samples)
    }
  }
}

extension Samples<Double> {
  fileprivate var values: Matrix<Double> {
    if case .values(let values) = targets { values } else { preconditionFailure("classes") }
  }
}
