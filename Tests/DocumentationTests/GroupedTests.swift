import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import Testing

@Suite struct GroupedTests {
  /// Where the grouped layer stands: it reads inputs, or hidden units, or is the output.
  enum Position: CaseIterable { case first, hidden, last }

  /// 6 inputs, two hidden layers, 3 outputs; one of the layers in three groups, by either kind of
  /// connection.
  static func network(
    _ position: Position, isSparse: Bool, bias: Bool = true, normalization: Normalization? = nil,
    groups: Int = 3, output: OutputModel = .softmax
  ) throws -> Network {
    var builder = NetworkBuilder(inputs: 6)
    func grouped(_ units: Int, _ activation: Activation, _ normalization: Normalization?) {
      guard isSparse else {
        builder.connect(
          GroupedLayer(units: units, groups: groups), activation, bias: bias,
          normalization: normalization)
        return
      }
      let read = builder.units(of: builder.last)
      let width = read.count / groups
      let incoming = (0..<units).map { unit in
        (0..<width).map { read.lowerBound + unit / (units / groups) * width + $0 }
      }
      builder.sparse(incoming: incoming, activation, bias: bias, normalization: normalization)
    }
    if position == .first {
      grouped(9, .tanh, normalization)
    } else {
      builder.dense(9, .tanh, normalization: normalization)
    }
    if position == .hidden {
      let below = builder.last
      grouped(6, .relu, normalization)
      // Signals of two readers meet in the layer below.
      builder.dense(6, .tanh, reading: [below, builder.last])
    } else {
      builder.dense(6, .relu)
    }
    if position == .last { grouped(3, .identity, nil) } else { builder.dense(3, .identity) }
    return try builder.build(output: output)
  }

  /// Sums in another order: each entry to 1e-9 of its size, or to rounding of the largest.
  private func expectClose(_ a: [Double], _ b: [Double], _ what: String) {
    #expect(a.count == b.count, "\(what)")
    let rounding = 1e-13 * (b.map(abs).max() ?? 0)
    let far = zip(a, b).first { !(abs($0 - $1) <= 1e-9 * abs($1) + rounding) }
    #expect(far == nil, "\(what): \(far?.0 ?? 0), not \(far?.1 ?? 0)")
  }

  static let reduced: [Metric] = [
    Modulus.expand(.fisher), .expand(.monteCarlo(samples: 2)), .expand(.empiricalFisher),
    .backpropagated, .reduce(.fisher),
  ].flatMap { modulus in Reduction.allCases.map { .reduced(modulus, $0) } }

  static let path: [Metric] = [PathPropagation.exact, .probes(2), .backpropagated].flatMap { by in
    Reduction.allCases.map { .path(.half(.covariance), by, $0) }
  }

  @Test(arguments: Position.allCases, [OutputModel.softmax, .square])
  func `every step is that of the sparse layer with the same edges`(
    _ position: Position, _ output: OutputModel
  ) throws {
    let methods: [Optimizer] =
      [.gradientDescent, .batchAdaGrad(epsilon: 1e-8)]
      + ([.naturalGradient, .monteCarloNaturalGradient(samples: 2), .empiricalFisher] + Self.reduced
      + Self.path).map { .metric($0, .additive(0.1)) }
    for seed in 0..<20 as Range<UInt64> {
      let (grouped, sparse) = try (
        Trial(
          Self.network(position, isSparse: false, bias: seed % 2 == 0, output: output),
          seed: seed, samples: 7),
        Trial(
          Self.network(position, isSparse: true, bias: seed % 2 == 0, output: output),
          seed: seed, samples: 7)
      )
      expectClose([grouped.loss], [sparse.loss], "seed \(seed): loss")
      expectClose(grouped.gradient.elements, sparse.gradient.elements, "seed \(seed): gradient")
      for method in methods {
        expectClose(
          try grouped.step(method).elements, try sparse.step(method).elements,
          "seed \(seed): \(method)")
      }
      let measure = PathMeasure.half(.secondMoment)
      expectClose(
        [grouped.workspace.pathQuantities(measure, grouped.parameters).total],
        [sparse.workspace.pathQuantities(measure, sparse.parameters).total], "seed \(seed): γ²")
    }
  }

  @Test func `the gradient is minus the derivative of the loss`() throws {
    for position in Position.allCases {
      let trial = Trial(try Self.network(position, isSparse: false), seed: 4, samples: 7)
      for parameter in 0..<trial.parameters.count {
        let losses = [1e-5, -1e-5].map { change in
          var moved = trial.parameters
          moved[parameter] += change
          return Trial(trial.network, moved, trial.samples).loss
        }
        let slope = (losses[0] - losses[1]) / 2e-5
        // h² and rounding/h are both of the order of 1e-10.
        #expect(abs(trial.gradient[parameter] + slope) < 1e-8, "\(position), \(parameter)")
      }
    }
  }

  @Test(arguments: Normalization.named.map(\.name), [Position.first, .hidden])
  func `normalizations are those of the sparse layer`(
    _ name: String, _ position: Position
  ) throws {
    let kind = Normalization.named.first { $0.name == name }!.normalization
    let grouped = Trial(
      try Self.network(position, isSparse: false, normalization: kind), seed: 5, samples: 7)
    let sparse = Trial(
      try Self.network(position, isSparse: true, normalization: kind), seed: 5, samples: 7)
    expectClose([grouped.loss], [sparse.loss], "loss")
    expectClose(grouped.gradient.elements, sparse.gradient.elements, "gradient")
    let folded = grouped.workspace.folded(grouped.parameters)
    let plain = Trial(folded.network, folded.parameters, grouped.samples)
    expectClose([plain.loss], [grouped.loss], "the folded network")
  }

  @Test func `single precision is close to double precision`() throws {
    let trial = Trial(try Self.network(.hidden, isSparse: false), seed: 6, samples: 7)
    let workspace = Workspace<Float>(trial.network, maximumBatchSize: 7)
    guard case .classes(let classes) = trial.samples.targets else { preconditionFailure() }
    workspace.load(
      Samples(inputs: trial.samples.inputs.map { Float($0) }, targets: .classes(classes)))
    var gradient = Gradient<Float>(trial.network)
    workspace.lossAndGradient(
      Parameters(trial.parameters.elements.map { Float($0) }), into: &gradient)
    for (a, b) in zip(gradient.elements, trial.gradient.elements) {
      #expect(abs(Double(a) - b) < 1e-5)
    }
  }

  @Test(arguments: Position.allCases)
  func `a network file holds the layer`(_ position: Position) throws {
    Network.register(GroupedLayer.self)
    let trial = Trial(try Self.network(position, isSparse: false), seed: 1, samples: 2)
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try Model(network: trial.network, parameters: trial.parameters).save(to: url)
    let again = try Model(contentsOf: url)
    #expect(Trial(again.network, again.parameters, trial.samples).loss == trial.loss)
  }

  @Test func `a checkpoint continues, and tells other groups`() throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let trial = Trial(try Self.network(.first, isSparse: false), seed: 1, samples: 20)
    var settings = TrainingSettings(seed: 1)
    (settings.batch, settings.epochs) = (5, 2)
    func begin() throws -> Training<Double> {
      try Training(trial.network, from: trial.parameters, on: trial.samples, settings)
    }
    let whole = try begin()
    while whole.ending == nil { try whole.advance() }
    let part = try begin()
    for _ in 0..<3 { try part.advance() }
    try part.save(to: url)
    let rest = try Training(resuming: url, trial.network, on: trial.samples, settings)
    while rest.ending == nil { try rest.advance() }
    #expect(rest.parameters.elements == whole.parameters.elements)

    let one = try Self.network(.first, isSparse: false, groups: 1)
    let error = #expect(throws: CheckpointError.self) {
      try Training(resuming: url, one, on: trial.samples, settings)
    }
    guard case .differs(let difference) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(difference.what == "layer 0")
    #expect(difference.saved.contains(#"grouped {"groups":3,"units":9}"#), "\(difference)")
  }
}
