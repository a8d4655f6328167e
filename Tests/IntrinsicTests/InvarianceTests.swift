import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// One step without damping from two parametrizations of the same function.
///
/// Samples outnumber the parameters, so that no matrix is singular. Steps then agree to rounding
/// times the condition number of the matrices: up to 1e6 for those of units, 1e9 for full ones.
/// Methods that are not invariant must miss by more than 1e-3, or the tests would see nothing.
@Suite struct InvarianceTests {
  static let metrics = Metric.every.map { Optimizer.metric($0, .none) }
  static let nonDiagonal = Metric.every.filter { !$0.isDiagonal }.map {
    Optimizer.metric($0, .none)
  }
  static let diagonal = Metric.every.filter(\.isDiagonal).map { Optimizer.metric($0, .none) }
  static let unitwiseOrFull = Metric.every.filter {
    if case .reduced(_, let reduction) = $0 { reduction == .unitwise } else { true }
  }.map { Optimizer.metric($0, .none) }
  static let quasiDiagonal = Metric.everyReduced.filter {
    if case .reduced(_, .quasiDiagonal) = $0 { true } else { false }
  }.map { Optimizer.metric($0, .none) }

  /// u times the condition number.
  static func tolerance(_ method: Optimizer) -> Double {
    if case .metric(.full, _, _) = method { 1e-6 } else { 1e-9 }
  }

  /// 3 inputs, 3 and 2 hidden units, 2 outputs that also read the first hidden layer.
  static func network(
    _ hidden: Activation, _ output: Activation, _ model: OutputModel
  ) throws -> Network {
    var builder = NetworkBuilder(inputs: 3)
    let first = builder.dense(3, hidden)
    let second = builder.dense(2, hidden)
    builder.dense(2, output, reading: [first, second])
    return try builder.build(output: model)
  }

  /// 120 samples with inputs in 0…1 for 32 parameters, for sigmoid units around their centre.
  static func start(_ network: Network) -> (Parameters<Double>, Samples<Double>) {
    var stream = RandomStream(seed: 21)
    let parameters: Parameters<Double> = Initialization.centredSigmoid.parameters(
      network, using: &stream)
    let samples = randomSamples(network, count: 120, using: &stream).with {
      $0.map { 1 / (1 + exp(-2 * $0)) }
    }
    return (parameters, samples)
  }

  /// w′ = w/4, w′_0 = w_0/2 + ¼Σw with inputs 2x − 1 (Ollivier 2015, 46–47).
  static func sigmoidToTanh() throws -> Correspondence {
    let (sigmoid, tanh) = (
      try network(.sigmoid, .sigmoid, .bernoulli), try network(.tanh, .tanh, .bernoulli)
    )
    let (parameters, samples) = start(sigmoid)
    return Correspondence(
      sigmoid, parameters, samples, to: tanh, samples.with { $0.map { 2 * $0 - 1 } },
      map: Correspondence.units(sigmoid, layers: [0, 1, 2]) { w in
        [w[0] / 2 + w.dropFirst().reduce(0, +) / 4] + w.dropFirst().map { $0 / 4 }
      })
  }

  @Test(arguments: nonDiagonal)
  func `corresponding sigmoid and tanh networks take corresponding steps`(_ method: Optimizer)
    throws
  {
    let deviation = try Self.sigmoidToTanh().deviation(method)
    #expect(deviation < Self.tolerance(method))
  }

  @Test(arguments: diagonal + Optimizer.baselines)
  func `diagonal methods tell sigmoid from tanh`(_ method: Optimizer) throws {
    let deviation = try Self.sigmoidToTanh().deviation(method)
    #expect(deviation > 1e-3)
  }

  /// x′_i = α_i x_i + β_i, with negative scales among them: 0/1 inversion is a case of it.
  private func affineInputs() throws -> Correspondence {
    let (scales, shifts) = ([2.0, -1, 0.3], [0.5, 1, -3])
    let network = try Self.network(.tanh, .identity, .softmax)
    let (parameters, samples) = Self.start(network)
    let moved = samples.with { x in
      Matrix(x.nested.enumerated().map { i, row in row.map { scales[i] * $0 + shifts[i] } })
    }
    return Correspondence(
      network, parameters, samples, to: network, moved,
      map: Correspondence.units(network, layers: [0]) { w in
        let weights = zip(w.dropFirst(), scales).map { $0 / $1 }
        return [w[0] - dot(weights, shifts)] + weights
      })
  }

  /// The unit step of matrices over the parameters of several outputs of a softmax is not determined: adding
  /// to all outputs changes nothing.
  static let ofUnits = nonDiagonal.filter {
    switch $0 {
    case .metric(.full, _, _), .metric(.layerwise, _, _): false
    default: true
    }
  }

  @Test(arguments: ofUnits)
  func `scaling and shifting inputs changes no step`(_ method: Optimizer) throws {
    let deviation = try affineInputs().deviation(method)
    #expect(deviation < Self.tolerance(method))
  }

  @Test(arguments: diagonal + Optimizer.baselines)
  func `scaling and shifting inputs changes diagonal steps`(_ method: Optimizer) throws {
    let deviation = try affineInputs().deviation(method)
    #expect(deviation > 1e-3)
  }

  /// x′ = M x + b for an invertible M.
  private func recombinedInputs() throws -> Correspondence {
    let (m, b) = ([[1.0, 0.5, 0], [-0.3, 2, 0.4], [0.7, 0, -1.5]], [0.2, -1, 0.6])
    let network = try Self.network(.sigmoid, .tanh, .square)
    let (parameters, samples) = Self.start(network)
    let moved = samples.with { x in
      Matrix(x.transposed.nested.map { zip(multiply(m, $0), b).map { $0 + $1 } }).transposed
    }
    let transposed = (0..<3).map { i in m.map { $0[i] } }
    return Correspondence(
      network, parameters, samples, to: network, moved,
      map: Correspondence.units(network, layers: [0]) { w in
        let weights = solve(transposed, Array(w.dropFirst()))
        return [w[0] - dot(weights, b)] + weights
      })
  }

  @Test(arguments: unitwiseOrFull)
  func `recombining inputs changes no unitwise or full step`(_ method: Optimizer) throws {
    let deviation = try recombinedInputs().deviation(method)
    #expect(deviation < Self.tolerance(method))
  }

  @Test(arguments: quasiDiagonal + diagonal + Optimizer.baselines)
  func `recombining inputs changes quasi-diagonal and diagonal steps`(_ method: Optimizer) throws {
    let deviation = try recombinedInputs().deviation(method)
    #expect(deviation > 1e-3)
  }
}
