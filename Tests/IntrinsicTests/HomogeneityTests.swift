import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct HomogeneityTests {
  /// Networks with biases where homogeneity allows them, and their degrees.
  static func examples() throws -> [(Network, Int)] {
    var powers = NetworkBuilder(inputs: 3)
    powers.dense(4, .positivePower(2))
    powers.dense(3, .power(3), bias: false)
    powers.dense(2, .identity, bias: false)
    var sparse = NetworkBuilder(inputs: 3)
    sparse.sparse(incoming: [[0, 1], [2], [1, 2]], .relu)
    sparse.sparse(incoming: [[3, 4], [5]], .relu, bias: false)
    sparse.dense(1, .relu, bias: false)
    var images = NetworkBuilder(image: ImageShape(height: 4, width: 3, channels: 2))
    let first = try images.convolution(2, kernel: 3, padding: 1, .relu)
    let branches = try [PoolingKind.average, .maximum].map {
      try images.pool($0, size: 2, padding: 1, .positivePower(2), reading: first)
    }
    try images.sum(of: branches, .relu)
    try images.convolution(2, kernel: 2, .identity, bias: false)
    images.dense(2, .identity, bias: false)
    return [
      (try images.build(output: .softmax), 2 + 2),
      (try .layered([3, 2], activation: .relu, output: .softmax), 1),
      (try .layered([3, 4, 4, 2], activation: .relu, output: .softmax, bias: false), 3),
      (try powers.build(output: .exponential), (2 + 1) * 3 + 1),
      (try sparse.build(output: .exponential), 3),
    ]
  }

  @Test func `outputs scale by the power of the degree`() throws {
    for (index, (network, degree)) in try Self.examples().enumerated() {
      #expect(try network.homogeneityDegree() == degree, "example \(index)")
      var stream = RandomStream(seed: UInt64(index))
      let parameters = Parameters((0..<network.parameterCount).map { _ in 0.6 * stream.normal() })
      let inputs = randomMatrix(network.inputCount, 5, using: &stream)
      let workspace = Workspace<Double>(network, maximumBatchSize: 5)
      workspace.load(inputs: inputs)
      workspace.forward(parameters)
      let factor = (0..<degree).reduce(1.0) { power, _ in 1.5 * power }
      let expected = workspace.outputs.elements.map { factor * $0 }
      workspace.forward(Parameters(parameters.elements.map { 1.5 * $0 }))
      expectClose(
        workspace.outputs.elements, expected, tolerance: 1e-13, "example \(index)")
    }
  }

  /// w_uk → ρ w_uk and w_kv → ρ^{−p} w_kv at a hidden unit leave the function and γ²_net as they are, and
  /// κ_uv = γ_u² c_v is ∂γ²_net/∂(w_uv²).
  @Test(arguments: [PathMeasure.pathNorm, .half(.covariance), .secondMoment])
  func `path measures of units of any degree`(_ measure: PathMeasure) throws {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, .positivePower(2), bias: false)
    builder.dense(3, .power(3), bias: false)
    builder.dense(2, .identity, bias: false)
    let network = try builder.build(output: .square)
    var stream = RandomStream(seed: 3)
    let start = (0..<network.parameterCount).map { _ in 0.6 * stream.normal() }
    let inputs = randomMatrix(3, 6, using: &stream)
    let workspace = Workspace<Double>(network, maximumBatchSize: 6)
    workspace.load(inputs: inputs)
    func quantities(_ elements: [Double]) -> PathQuantities<Double> {
      workspace.forward(Parameters(elements))
      return workspace.pathQuantities(measure, Parameters(elements))
    }
    let before = quantities(start)
    for (layer, degree) in [(0, 2), (1, 3)] {
      for unit in 0..<network.layers[layer].unitCount {
        var moved = start
        for e in network.parameters(layer: layer, unit: unit) { moved[e] *= 1.7 }
        for next in 0..<network.layers[layer + 1].unitCount {
          let e = network.parameters(layer: layer + 1, unit: next).lowerBound + unit
          for _ in 0..<degree { moved[e] /= 1.7 }
        }
        let after = quantities(moved).total
        #expect(
          abs(after - before.total) <= 1e-12 * before.total, "\(measure), layer \(layer), \(unit)")
      }
    }
    guard measure == .pathNorm else { return }
    for (layer, unit, input) in [(1, 2, 1), (2, 1, 0), (0, 3, 2)] {
      let e = network.parameters(layer: layer, unit: unit).lowerBound + input
      let h = 1e-6 * start[e] * start[e]
      let totals = [h, -h].map { shift in
        var moved = start
        moved[e] = (start[e] * start[e] + shift).squareRoot()
        return quantities(moved).total
      }
      let incoming = layer == 0 ? 1 : before.gammaSquared[layer - 1][input]
      let expected = incoming * before.influence[layer][unit]
      let measured = (totals[0] - totals[1]) / (2 * h)
      #expect(abs(measured - expected) <= 1e-6 * expected, "κ of layer \(layer)")
    }
  }

  @Test func `what is not homogeneous is refused by its layer`() throws {
    func error(_ network: Network) -> HomogeneityError? {
      do {
        _ = try network.homogeneityDegree()
        return nil
      } catch { return error }
    }
    #expect(
      error(try .layered([2, 3, 1], activation: .tanh, output: .exponential))
        == .activation(layer: 0, activation: .tanh))
    #expect(
      error(try .layered([2, 3, 3, 1], activation: .relu, output: .exponential)) == .bias(layer: 1))
    var skip = NetworkBuilder(inputs: 2)
    let first = skip.dense(3, .relu, bias: false)
    skip.dense(1, .identity, reading: [.inputs, first], bias: false)
    #expect(
      error(try skip.build(output: .exponential)) == .mixedDegrees(layer: 1, degrees: [0, 1]))
    var outputs = NetworkBuilder(inputs: 2)
    outputs.dense(1, .relu, bias: false)
    outputs.sparse(incoming: [[0], [2]], .identity, bias: false)
    #expect(
      error(try outputs.build(output: .exponential)) == .mixedDegrees(layer: 1, degrees: [1, 2]))
    var branches = NetworkBuilder(image: ImageShape(height: 2, width: 2, channels: 1))
    try branches.convolution(1, kernel: 1, .relu, bias: false)
    try branches.sum(of: [.inputs, branches.last])
    try branches.globalPool(.average)
    #expect(
      error(try branches.build(output: .exponential)) == .mixedDegrees(layer: 1, degrees: [0, 1]))
    let plain = try Network.layered(
      [2, 2, 1], activation: .relu, output: .exponential, bias: false)
    let shifted = try plain.reparametrized(
      layer: 0, by: UnitAffine(alpha: [1, 2], beta: [0, 1], gamma: [1, 1], delta: [0, 0]))
    #expect(error(shifted) == .reparametrized(layer: 0))
    let errors: [HomogeneityError] = [
      .activation(layer: 0, activation: .tanh), .bias(layer: 1),
      .mixedDegrees(layer: 1, degrees: [0, 1]), .reparametrized(layer: 0),
      .batchStatistics(layer: 0),
    ]
    for error in errors { #expect("\(error)".contains("layer")) }
  }
}
