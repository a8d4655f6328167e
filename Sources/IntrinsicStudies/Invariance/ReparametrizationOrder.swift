import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// How much one step depends on the parametrization where that changes by a map that is not linear: the outputs W a
/// of a network are written W₂W₁ a.
///
/// Both networks have the same functions, and the same tangent space of them, so that Gauss–Newton steps of size t
/// agree but for terms of the second order in t; with geodesic acceleration but for those of the third. Relative to
/// the step the deviation is of one order less, which `order` measures.
package struct ReparametrizationOrder: Codable, Sendable {
  package let method: InvarianceStudy.MethodName
  /// t: the targets are the outputs with parameters that are t times normal numbers away.
  package private(set) var sizes: [Double] = []
  /// max |f′ − f| of the outputs after the step, relative to its effect; infinite for a step that was not taken.
  package private(set) var deviations: [Double] = []

  /// p in deviation ∝ t^p: the median from one size to the next.
  package var order: Double {
    let slopes = sizes.indices.dropFirst().map { i in
      log(deviations[i - 1] / deviations[i]) / log(sizes[i - 1] / sizes[i])
    }
    return slopes.sorted()[slopes.count / 2]
  }

  /// The methods of which it is measured.
  package static let methods: [InvarianceStudy.MethodName] = [
    .gradientDescent, .levenbergMarquardt, .geodesic,
  ]

  init(_ method: InvarianceStudy.MethodName, stream: RandomStream) throws {
    self.method = method
    var stream = stream
    let (flat, deep) = (
      try Network.layered([3, 4, 2], activation: .tanh, output: .square), try Self.deepNetwork()
    )
    let start: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(flat, using: &stream)
    let image = try Self.image(of: start, flat, deep, using: &stream)
    let inputs = Matrix<Double>(
      rows: 3, columns: 40, elements: (0..<120).map { _ in stream.normal() })
    let direction = (0..<flat.parameterCount).map { _ in stream.normal() as Double }
    let outputs = Model(network: flat, parameters: start).predictions(for: inputs)
    for power in 7...11 {
      let t = pow(0.5, Double(power))
      let goal = Parameters(zip(start.elements, direction).map { $0 + t * $1 })
      let samples = Samples(
        inputs: inputs,
        targets: .values(Model(network: flat, parameters: goal).predictions(for: inputs)))
      let ends = try [(flat, start), (deep, image)].map { network, start in
        let end = try Self.step(method, network, from: start, samples)
        return Model(network: network, parameters: end).predictions(for: inputs).elements
      }
      let effect = zip(ends[0], outputs.elements).map { abs($0 - $1) }.max()!
      sizes.append(t)
      deviations.append(zip(ends[0], ends[1]).map { abs($0 - $1) }.max()! / effect)
    }
  }

  /// 3-4-2-2 with tanh units and a linear layer below the outputs.
  private static func deepNetwork() throws -> Network {
    var builder = NetworkBuilder(inputs: 3)
    builder.dense(4, .tanh)
    builder.dense(2, .identity)
    builder.dense(2, .identity)
    return try builder.build(output: .square)
  }

  /// The same function with W₂ drawn and W₁ = W₂⁻¹W.
  private static func image(
    of start: Parameters<Double>, _ flat: Network, _ deep: Network,
    using stream: inout RandomStream
  ) throws -> Parameters<Double> {
    var factor = Matrix<Double>(rows: 2, columns: 2)
    for index in 0..<4 { factor.elements[index] = (index % 3 == 0 ? 1 : 0) + 0.4 * stream.normal() }
    let rows = (0..<2).map { start.elements[flat.parameters(layer: 1, unit: $0)].map { $0 } }
    let below = try factor.inverted() * Matrix(rows)
    return Parameters(
      Array(start.elements[flat.layers[0].parameters]) + below.elements
        + (0..<2).flatMap { [0] + factor.row($0) })
  }

  private static func step(
    _ method: InvarianceStudy.MethodName, _ network: Network, from start: Parameters<Double>,
    _ samples: Samples<Double>
  ) throws -> Parameters<Double> {
    if method == .gradientDescent {
      let descent = try Descent<Double>(
        .gradientDescent, network, from: start, stepSize: .constant(0.1),
        maximumBatchSize: samples.count, stream: RandomStream(seed: 0))
      try descent.step(on: samples)
      return descent.parameters
    }
    var settings = LevenbergMarquardtSettings()
    (settings.scaling, settings.damping) = (.identity, 1e-9)
    settings.isGeodesic = method == .geodesic
    let descent = try LevenbergMarquardt(network, from: start, samples: samples, settings)
    try descent.iterate()
    return descent.parameters
  }
}
