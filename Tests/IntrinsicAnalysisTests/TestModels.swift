import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Small networks with random parameters and samples, one for each situation that transformations
/// and metrics treat in their own way.
enum TestModel: String, CaseIterable {
  case small, tanh, sigmoid, relu, powers, linear, sparse, skip, mixed, withoutBias
  case batchNormalized, weightNormalized, groups, radial

  static let plain = allCases.filter { !$0.isNormalized }
  /// Those whose units all have a number for an activity.
  static let scalar = plain.filter { !$0.hasGroups }

  var hasGroups: Bool { self == .groups || self == .radial }

  var isNormalized: Bool { self == .batchNormalized || self == .weightNormalized }

  func network() throws -> Network {
    switch self {
    case .small:
      return try .layered(
        [2, 3, 2], activation: .tanh, outputActivation: .tanh, output: .bernoulli)
    case .tanh: return try .layered([3, 4, 3, 2], activation: .tanh, output: .square)
    case .sigmoid:
      return try .layered(
        [3, 4, 3, 2], activation: .sigmoid, outputActivation: .sigmoid, output: .bernoulli)
    case .relu: return try .layered([3, 4, 3, 3], activation: .relu, output: .softmax)
    case .powers:
      var builder = NetworkBuilder(inputs: 3)
      builder.dense(4, .positivePower(2))
      builder.dense(3, .power(3))
      builder.dense(2, .identity)
      return try builder.build(output: .square)
    case .linear: return try .layered([3, 2, 2], activation: .identity, output: .square)
    case .sparse:
      var builder = NetworkBuilder(inputs: 5)
      builder.sparse(incoming: (0..<6).map { [$0 % 5, ($0 + 1) % 5, ($0 + 3) % 5] }, .tanh)
      builder.sparse(incoming: (0..<4).map { [5 + $0, 5 + ($0 + 2) % 6, 5 + ($0 + 5) % 6] }, .tanh)
      builder.dense(3, .tanh)
      return try builder.build(output: .bernoulli)
    case .skip:
      var builder = NetworkBuilder(inputs: 3)
      let first = builder.dense(4, .scaledTanh)
      let second = builder.dense(3, .softplus, reading: [.inputs, first])
      builder.dense(3, .identity, reading: [.inputs, first, second])
      return try builder.build(output: .spherical)
    case .mixed:
      var builder = NetworkBuilder(inputs: 3)
      let first = builder.dense(4, .relu)
      let second = builder.dense(3, .tanh)
      builder.dense(2, .tanh, reading: [first, second])
      return try builder.build(output: .bernoulli)
    case .withoutBias:
      return try .layered([3, 4, 2], activation: .relu, output: .square, bias: false)
    case .batchNormalized:
      return try .layered(
        [3, 4, 3, 2], activation: .tanh, output: .square, normalization: .batch)
    case .weightNormalized:
      return try .layered(
        [3, 4, 3, 3], activation: .relu, output: .softmax, normalization: .exponentialWeight)
    case .groups:
      return try .layered([3, 4, 2], activation: .custom(Twist()), output: .square)
    case .radial:
      var builder = NetworkBuilder(inputs: 3)
      builder.dense(6, .radial(of: 3))
      builder.dense(4, .radial(of: 2))
      builder.dense(2, .identity(of: 2))
      return try builder.build(output: .square)
    }
  }

  /// Weights N(0, 1/d), those of sigmoid units four times as large and those of powers half, biases
  /// uniform on ½ ± ½, which keeps ReLU units active on most samples.
  func model(_ stream: inout RandomStream) throws -> Model {
    let network = try network()
    let gain =
      switch self {
      case .sigmoid: 4.0
      case .small: 1.5
      case .powers: 0.5
      default: 1.0
      }
    var parameters: Parameters<Double> = Initialization.normal(gain: gain)
      .parameters(network, using: &stream)
    for (index, layer) in network.layers.enumerated() where layer.hasBias {
      for unit in 0..<layer.rows.count {
        parameters[network.parameters(layer: index, unit: unit).lowerBound] = stream.uniform()
      }
    }
    return Model(network: network, parameters: parameters)
  }
}

/// Normal inputs with random targets that fit the output model.
func randomSamples(_ network: Network, _ count: Int, _ stream: inout RandomStream) -> Samples<
  Double
> {
  func matrix(_ rows: Int, _ draw: (inout RandomStream) -> Double) -> Matrix<Double> {
    Matrix((0..<rows).map { _ in (0..<count).map { _ in draw(&stream) } })
  }
  let inputs = matrix(network.inputCount) { $0.normal() }
  let targets: Targets<Double> =
    switch network.output {
    case .square, .huber, .custom: .values(matrix(network.outputCount) { $0.normal() })
    case .poisson:
      .values(matrix(network.outputCount) { Double(Int.random(in: 0...4, using: &$0)) })
    case .bernoulli: .values(matrix(network.outputCount) { Bool.random(using: &$0) ? 1 : 0 })
    case .exponential: .values(matrix(network.outputCount) { Bool.random(using: &$0) ? 1 : -1 })
    case .softmax, .spherical:
      .classes((0..<count).map { _ in Int.random(in: 0..<network.outputCount, using: &stream) })
    }
  return Samples(inputs: inputs, targets: targets)
}

/// The largest difference of elements over the largest magnitude of the second array.
func deviation(_ a: [Double], _ b: [Double]) -> Double {
  precondition(a.count == b.count)
  let difference = zip(a, b).map { abs($0 - $1) }.max() ?? 0
  return difference / max(b.map(abs).max() ?? 0, .leastNormalMagnitude)
}

/// A nonlinearity of groups without symmetries.
private struct Twist: GroupFunction {
  let name = "twist"
  let size = 2

  func value(_ y: [Double]) -> [Double] {
    [tanh(y[0]) + 0.3 * sin(y[1]), tanh(y[1]) - 0.3 * sin(y[0])]
  }

  func jacobian(_ y: [Double]) -> Matrix<Double> {
    Matrix([
      [1 - tanh(y[0]) * tanh(y[0]), 0.3 * cos(y[1])],
      [-0.3 * cos(y[0]), 1 - tanh(y[1]) * tanh(y[1])],
    ])
  }
}
