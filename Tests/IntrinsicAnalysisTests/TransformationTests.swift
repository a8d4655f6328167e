import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

/// Rounding errors of a forward pass through three small layers, with factors up to 3³.
private let roundingTolerance = 1e-12

@Suite struct TransformationTests {
  @Test(arguments: TestModel.allCases, Transformation.Kind.allCases)
  func `every transformation that applies preserves the function, and its inverse undoes it`(
    _ test: TestModel, _ kind: Transformation.Kind
  ) throws {
    var applied = 0
    for seed in UInt64(0)..<8 {
      var stream = RandomStream(seed: seed)
      let model = try test.model(&stream)
      let samples = randomSamples(model.network, 7, &stream)
      guard let g = try? Transformation.random(kind, for: model, using: &stream) else { continue }
      applied += 1
      try expectPreserves(g, model, samples.inputs, "\(test) \(kind) seed \(seed)")
    }
    // Applies on principle or does not: never by luck.
    #expect(applied == (test.allows(kind) ? 8 : 0), "\(test) \(kind)")
  }

  @Test(arguments: TestModel.allCases)
  func `compositions preserve the function, and their inverses undo them`(_ test: TestModel) throws
  {
    for seed in UInt64(0)..<20 {
      var stream = RandomStream(seed: seed)
      let start = try test.model(&stream)
      let samples = randomSamples(start.network, 7, &stream)
      var (model, g) = (start, Transformation.identity)
      for _ in 0..<5 {
        let kind = Transformation.Kind.allCases.randomElement(using: &stream)!
        guard let next = try? Transformation.random(kind, for: model, using: &stream) else {
          continue
        }
        g = g.then(next)
        model = try next.applied(to: model)
      }
      try expectPreserves(g, start, samples.inputs, "\(test) \(g.kinds) seed \(seed)")
      let whole = try g.applied(to: start)
      #expect(whole.parameters.elements == model.parameters.elements)
    }
  }

  @Test(arguments: TestModel.allCases, Transformation.Kind.allCases)
  func `a displacement goes where the difference of two parameter vectors goes`(
    _ test: TestModel, _ kind: Transformation.Kind
  ) throws {
    for seed in UInt64(0)..<3 {
      var stream = RandomStream(seed: seed)
      let a = try test.model(&stream)
      let b = Model(
        network: a.network,
        parameters: Initialization.normal(gain: 1).parameters(a.network, using: &stream))
      guard let g = try? Transformation.random(kind, for: a, using: &stream) else { continue }
      let difference = zip(b.parameters.elements, a.parameters.elements).map { $0 - $1 }
      let mapped = try g.applied(to: Displacement(difference), of: a.network)
      let (ga, gb) = (try g.applied(to: a), try g.applied(to: b))
      let expected = zip(gb.parameters.elements, ga.parameters.elements).map { $0 - $1 }
      #expect(
        deviation(mapped.elements, expected) < roundingTolerance, "\(test) \(kind) seed \(seed)")
    }
  }

  @Test func `balanced units have equal norms, normalized units norm one`() throws {
    for test in [TestModel.relu, .powers, .linear, .withoutBias] {
      for seed in UInt64(0)..<5 {
        var stream = RandomStream(seed: seed)
        let model = try test.model(&stream)
        let balanced = try Transformation.balancing(model).applied(to: model)
        for norms in unitNorms(balanced) {
          #expect(abs(norms.incoming / norms.outgoing - 1) < 1e-12, "\(test) seed \(seed)")
        }
        let normalized = try Transformation.normalization(model).applied(to: model)
        for norms in unitNorms(normalized) {
          #expect(abs(norms.incoming - 1) < 1e-14, "\(test) seed \(seed)")
        }
      }
    }
  }

  @Test func `the conversion of sigmoid to tanh units has the weights of the paper`() throws {
    let network = try Network.layered(
      [2, 1], activation: .sigmoid, outputActivation: .sigmoid, output: .bernoulli)
    let model = Model(network: network, parameters: Parameters([0.5, 1, -3]))
    // w′ = w/4, w′_0 = w_0/2 + ¼ Σw (Ollivier 2015, 46–47).
    let tanh = try Transformation.tanhFromSigmoid.applied(to: model)
    let expected: [Double] = [0.25 - 0.5, 0.25, -0.75]
    #expect(tanh.parameters.elements == expected)
    #expect(tanh.network.layers[0].activation == .tanh)
  }

  @Test func `an affine change maps weights as Definition 29 says`() throws {
    let network = try Network.layered([1, 1, 1], activation: .tanh, output: .square)
    let model = Model(network: network, parameters: Parameters([3, 5, 7, 11]))
    let g = Transformation.affine(
      layer: 0, UnitAffine(alpha: [2], beta: [3], gamma: [4], delta: [1]))
    // w′ = γw, w′_0 = γw_0 + δ; the reader has w′ = w/α, w′_0 = w_0 − wβ/α.
    let expected: [Double] = [4 * 3 + 1, 4 * 5, 7 - 11 * 1.5, 5.5]
    #expect(try g.applied(to: model).parameters.elements == expected)
  }

  private func expectPreserves(
    _ g: Transformation, _ model: Model, _ inputs: Matrix<Double>, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let image = try g.applied(to: model)
    let mapped = g.applied(to: inputs)
    #expect(
      deviation(
        image.predictions(for: mapped).elements, model.predictions(for: inputs).elements)
        < roundingTolerance, "\(what)", sourceLocation: sourceLocation)
    let back = try g.inverse.applied(to: image)
    #expect(
      deviation(back.parameters.elements, model.parameters.elements) < roundingTolerance,
      "\(what): inverse", sourceLocation: sourceLocation)
    #expect(
      deviation(g.inverse.applied(to: mapped).elements, inputs.elements) < roundingTolerance,
      "\(what): inverse on inputs", sourceLocation: sourceLocation)
    #expect(
      deviation(back.predictions(for: inputs).elements, model.predictions(for: inputs).elements)
        < roundingTolerance, "\(what): function of the inverse", sourceLocation: sourceLocation)
    #expect(back.network.layers.map(\.activation) == model.network.layers.map(\.activation))
  }

  private func unitNorms(_ model: Model) -> [(incoming: Double, outgoing: Double)] {
    let (network, w) = (model.network, model.parameters.elements)
    var result: [(Double, Double)] = []
    for (index, layer) in network.layers.dropLast().enumerated() {
      for (unit, row) in layer.rows.enumerated() {
        let incoming = network.parameters(layer: index, unit: unit)
          .reduce(0) { $0 + w[$1] * w[$1] }
        var outgoing = 0.0
        for (reader, next) in network.layers.enumerated() {
          for k in 0..<next.rows.count {
            let edges = zip(
              network.parameters(layer: reader, unit: k), next.connection.incomingRows(of: k))
            for (parameter, source) in edges where source == row {
              outgoing += w[parameter] * w[parameter]
            }
          }
        }
        result.append((incoming.squareRoot(), outgoing.squareRoot()))
      }
    }
    return result
  }
}

extension TestModel {
  /// Whether a kind of transformation applies to the network.
  func allows(_ kind: Transformation.Kind) -> Bool {
    if isNormalized || kind == .directionScaling {
      return isNormalized && kind == .directionScaling
    }
    return switch kind {
    case .permutation, .inputScaling, .directionScaling: true
    case .unitScaling: !hasGroups
    case .affine: self != .withoutBias && !hasGroups
    case .inputShift, .inputInversion: self != .withoutBias
    case .groupRecombination: hasGroups
    case .recombination: self != .withoutBias && self != .sparse
    case .rescaling: [.relu, .powers, .linear, .mixed, .withoutBias].contains(self)
    case .balancing, .normalization, .pathConditioning:
      [.relu, .powers, .linear, .withoutBias].contains(self)
    case .sigmoidTanh: [.small, .tanh, .sigmoid, .sparse, .mixed].contains(self)
    }
  }
}
