import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@Suite struct PathConditioningTests {
  private static let seeds = UInt64(0)..<8

  @Test(arguments: HomogeneousModel.allCases)
  func `the divergence is that of the κ found path by path, and the rescaling lowers it`(
    _ test: HomogeneousModel
  ) throws {
    for seed in Self.seeds {
      var stream = RandomStream(seed: seed)
      let model = try test.model(&stream)
      let conditioning = try PathConditioning(model.network, model.parameters)
      #expect(conditioning.isConverged && conditioning.sweeps < 60, "\(test) seed \(seed)")
      let image = try conditioning.transformation.applied(to: model)
      for (value, point) in [
        (conditioning.divergence.before, model), (conditioning.divergence.after, image),
      ] {
        let expected = divergence(point, test)
        #expect(abs(value - expected) < 1e-12 * (1 + expected), "\(test) seed \(seed)")
      }
      #expect(
        conditioning.divergence.after < conditioning.divergence.before, "\(test) seed \(seed)")
      #expect(conditioning.divergence.after >= 0)
    }
  }

  @Test(arguments: HomogeneousModel.allCases)
  func `the function stays the same, and the rescaling in place is the transformation`(
    _ test: HomogeneousModel
  ) throws {
    for seed in Self.seeds {
      var stream = RandomStream(seed: seed)
      let model = try test.model(&stream)
      let inputs = randomSamples(model.network, 7, &stream).inputs
      let conditioning = try PathConditioning(model.network, model.parameters)
      let image = try conditioning.transformation.applied(to: model)
      // Rounding of a few factors a path; activities of powers cancel more.
      #expect(
        deviation(
          image.predictions(for: inputs).elements, model.predictions(for: inputs).elements)
          < 1e-11, "\(test) seed \(seed)")
      var parameters = model.parameters
      conditioning.apply(to: &parameters)
      #expect(
        deviation(parameters.elements, image.parameters.elements) < 1e-14, "\(test) seed \(seed)")
      // The copy from which they came is another value.
      #expect(deviation(model.parameters.elements, parameters.elements) > 1e-3)
      #expect(
        try Transformation.pathConditioning(model).applied(to: model).parameters.elements
          == image.parameters.elements)
    }
  }

  @Test(arguments: HomogeneousModel.allCases)
  func `the derivative by every factor vanishes at the result, and other rescalings are worse`(
    _ test: HomogeneousModel
  ) throws {
    for seed in Self.seeds {
      var stream = RandomStream(seed: seed)
      let model = try test.model(&stream)
      let conditioning = try PathConditioning(model.network, model.parameters)
      let image = try conditioning.transformation.applied(to: model)
      func divergence(_ layer: Int, _ unit: Int, _ logarithm: Double) throws -> Double {
        var factors = [Double](repeating: 1, count: image.network.layers[layer].rows.count)
        factors[unit] = exp(logarithm / 2)
        let other = try Transformation.rescaling(layer: layer, factors).applied(to: image)
        return self.divergence(other, test)
      }
      for (layer, factors) in conditioning.factors.enumerated() {
        for unit in factors.indices {
          let h = 1e-3
          let slope =
            (try divergence(layer, unit, h) - divergence(layer, unit, -h)) / (2 * h)
          // The third derivative leaves h²/6 of itself, which is below 1.
          #expect(abs(slope) < 1e-6, "\(test) seed \(seed) layer \(layer) unit \(unit)")
        }
      }
      for _ in 0..<5 {
        let other = try Transformation.unbalancing(image.network, decades: 0.2, using: &stream)
          .applied(to: image)
        #expect(
          self.divergence(other, test) > conditioning.divergence.after, "\(test) seed \(seed)")
      }
    }
  }

  @Test(arguments: HomogeneousModel.allCases)
  func `all rescalings of a network become the same one`(_ test: HomogeneousModel) throws {
    for seed in Self.seeds {
      var stream = RandomStream(seed: seed)
      let model = try test.model(&stream)
      let canonical = try Transformation.pathConditioning(model).applied(to: model)
      for decades in [1.0, 6] {
        let other = try Transformation.unbalancing(
          model.network, decades: decades, using: &stream
        ).applied(to: model)
        let result = try Transformation.pathConditioning(other).applied(to: other)
        // Sweeps end once ln ρ² moves by 1e-10; what is left is as small, as each gains a digit.
        #expect(
          deviation(result.parameters.elements, canonical.parameters.elements) < 1e-8,
          "\(test) seed \(seed), \(decades) decades")
      }
      let again = try PathConditioning(canonical.network, canonical.parameters)
      #expect(again.factors.allSatisfy { $0.allSatisfy { abs($0 - 1) < 1e-8 } }, "\(test) \(seed)")
    }
  }

  @Test func `dead edges are left out, and dead units do no harm`() throws {
    for test in [HomogeneousModel.layered, .sparse, .skip] {
      for seed in Self.seeds {
        var stream = RandomStream(seed: seed)
        let start = try test.model(&stream)
        var parameters = start.parameters
        // One unit that nothing reaches, and one that reaches nothing.
        for index in start.network.parameters(layer: 0, unit: 0) { parameters[index] = 0 }
        let silent = start.network.layers[0].rows.lowerBound + 1
        for (layer, next) in start.network.layers.enumerated() {
          for unit in 0..<next.rows.count {
            let edges = zip(
              start.network.parameters(layer: layer, unit: unit),
              next.connection.incomingRows(of: unit))
            for (parameter, row) in edges where row == silent { parameters[parameter] = 0 }
          }
        }
        let model = Model(network: start.network, parameters: parameters)
        let conditioning = try PathConditioning(model.network, model.parameters)
        #expect(conditioning.isConverged, "\(test) seed \(seed)")
        #expect(conditioning.factors.joined().allSatisfy { $0 > 0 && $0.isFinite })
        let image = try conditioning.transformation.applied(to: model)
        #expect(
          abs(conditioning.divergence.after - divergence(image, test)) < 1e-12,
          "\(test) seed \(seed)")
        let inputs = randomSamples(model.network, 5, &stream).inputs
        #expect(
          deviation(
            image.predictions(for: inputs).elements, model.predictions(for: inputs).elements)
            < 1e-12, "\(test) seed \(seed)")
      }
    }
  }

  @Test func `all weights 0, or no hidden layer, leave nothing to do`() throws {
    let dead = try Network.layered([2, 3, 2], activation: .relu, output: .square)
    let conditioning = try PathConditioning(dead, Parameters<Double>(dead))
    #expect(conditioning.isConverged)
    #expect(conditioning.factors.joined().allSatisfy { $0 > 0 && $0.isFinite })
    let single = try Network.layered([2, 3], activation: .relu, output: .square)
    let none = try PathConditioning(single, Parameters<Float>(single))
    #expect(none.factors.isEmpty && none.divergence == (0, 0))
  }

  @Test func `single precision gives the same rescaling, to its precision`() throws {
    for test in HomogeneousModel.allCases {
      var stream = RandomStream(seed: 3)
      let model = try test.model(&stream)
      let double = try PathConditioning(model.network, model.parameters)
      let single = try PathConditioning(
        model.network, Parameters<Float>(model.parameters.elements.map { Float($0) }))
      for (a, b) in zip(single.factors.joined(), double.factors.joined()) {
        #expect(abs(a / b - 1) < 1e-5, "\(test)")
      }
    }
  }

  @Test func `networks of many layers keep to the range of single precision`() throws {
    // γ² and c vary by 10⁸⁰, κ by little.
    let sizes = [2] + [Int](repeating: 3, count: 40) + [2]
    let network = try Network.layered(sizes, activation: .relu, output: .square, bias: false)
    var stream = RandomStream(seed: 1)
    let weights = (0..<network.parameterCount).map { _ in Float(0.1 * stream.normal()) }
    let conditioning = try PathConditioning(network, Parameters(weights))
    #expect(conditioning.isConverged && conditioning.sweeps < 60)
    #expect(conditioning.divergence.after < conditioning.divergence.before)
  }

  @Test func `what cannot be rescaled is named`() throws {
    var stream = RandomStream(seed: 1)
    let tanh = try TestModel.mixed.model(&stream)
    let expected = TransformationError.notHomogeneous(layer: 1, unit: 0, activation: .tanh)
    #expect(throws: expected) { try Transformation.pathConditioning(tanh) }
    let relu = try TestModel.relu.model(&stream)
    let affine = try Transformation.random(.affine, for: relu, using: &stream).applied(to: relu)
    #expect(throws: TransformationError.notHomogeneous(layer: 0, unit: 0, activation: .relu)) {
      try Transformation.pathConditioning(affine)
    }
    let huge = Parameters<Double>(relu.parameters.elements.map { _ in 1e200 })
    #expect(throws: TransformationError.pathsNotFinite(layer: 0)) {
      try PathConditioning(relu.network, huge)
    }
    // Squares that single precision cannot hold are taken in double.
    let large = Parameters<Float>(relu.parameters.elements.map { Float($0) * 1e30 })
    #expect(try PathConditioning(relu.network, large).isConverged)
  }

  private func divergence(_ model: Model, _ test: HomogeneousModel) -> Double {
    let oracle = PathOracle(model.network)
    let w = model.parameters.elements
    return PathOracle.divergence(
      test.isOfDegreeOne ? oracle.kappaByPaths(w) : oracle.kappaByDerivatives(w))
  }
}

@Suite struct UnbalancingTests {
  @Test func `factors are spread over the decades, and the function stays the same`() throws {
    let network = try Network.layered([2, 400, 2], activation: .relu, output: .square)
    var stream = RandomStream(seed: 5)
    let model = Model(
      network: network,
      parameters: Parameters((0..<network.parameterCount).map { _ in stream.normal() }))
    let g = try Transformation.unbalancing(network, decades: 4, using: &stream)
    #expect(g.kinds == [.rescaling])
    let image = try g.applied(to: model)
    let exponents = (0..<400).map { unit in
      let bias = network.parameters(layer: 0, unit: unit).lowerBound
      return log10(image.parameters[bias] / model.parameters[bias])
    }
    #expect(exponents.allSatisfy { $0 >= -2 - 1e-12 && $0 < 2 + 1e-12 })
    // Of 400 uniform numbers some are within 2 % of either end, but with probability e⁻⁸.
    #expect(exponents.min()! < -1.92 && exponents.max()! > 1.92)
    let inputs = randomSamples(network, 5, &stream).inputs
    #expect(
      deviation(
        image.predictions(for: inputs).elements, model.predictions(for: inputs).elements) < 1e-12)
  }

  @Test func `the stream decides, and only homogeneous layers are rescaled`() throws {
    let (a, b) = (RandomStream(seed: 1), RandomStream(seed: 1))
    var streams = [a, b]
    let model = try TestModel.mixed.model(&streams[0])
    streams = [a, b]
    let images = try streams.indices.map {
      try Transformation.unbalancing(model.network, decades: 2, using: &streams[$0])
        .applied(to: model).parameters.elements
    }
    #expect(images[0] == images[1])
    let tanh = try TestModel.tanh.network()
    #expect(throws: TransformationError.notHomogeneous(layer: 0, unit: 0, activation: .tanh)) {
      try Transformation.unbalancing(tanh, decades: 2, using: &streams[0])
    }
    let single = try Network.layered([2, 1], activation: .relu, output: .square)
    #expect(throws: TransformationError.outputWouldChange(layer: 0)) {
      try Transformation.unbalancing(single, decades: 2, using: &streams[0])
    }
  }
}
