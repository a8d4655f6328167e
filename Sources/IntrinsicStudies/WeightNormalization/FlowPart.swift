import Foundation
import Intrinsic
import IntrinsicMath

/// How far gradient descent on normalized weights is from the gradient flow that it should follow, by
/// step size (Morwani and Ramaswamy 2022, §3):
///
///     EWN: dw/dt = −‖w‖² ∇      SWN: dw/dt = −(‖w‖² ∇ + (1 − ‖w‖²)/‖w‖² (wᵀ∇) w)
///
/// for each unit, where ‖v‖ = 1 at the start, which the flow conserves.
struct FlowPart: Sendable {
  /// One descent with the flow that it is compared with.
  enum Pair: String, CaseIterable, Codable, Sendable {
    case ewn = "EWN and its flow"
    case swn = "SWN and its flow"
    case ewnPlain = "EWN and plain gradient flow"
    case ewnScaled = "EWN with ‖v‖ = 2 and its flow"

    var scheme: WeightScheme { self == .swn ? .standard : .exponential }
    var isEquivalent: Bool { self == .ewn || self == .swn }
  }

  /// Time that passes.
  static let time = 4.0
  static let stepSizes = [0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
  /// ‖w_descent − w_flow‖ over the length ‖w_flow − w_0‖ for each step size.
  let deviations: [Pair: [Double]]
  /// The loss at the start and at the end of the flow of EWN.
  let losses: (start: Double, end: Double)

  /// Two layers of smooth units on XOR.
  init(seed: UInt64) throws {
    var stream = RandomStream(seed: seed).child("flow")
    let network = try Network.layered(
      [2, 6, 1], activation: .positivePower(2), output: .exponential, bias: false)
    let start = Model(
      network: network,
      parameters: Initialization.normal(gain: 0.8).parameters(network, using: &stream))
    let samples = ToyData.xor.samples(using: &stream)
    let flow = try Flow(network, samples)
    var ends: [Pair: [Double]] = [:]
    for pair in Pair.allCases {
      let law: Flow.Law =
        switch pair {
        case .ewn, .ewnScaled: .exponential
        case .swn: .standard
        case .ewnPlain: .plain
        }
      ends[pair] = flow.end(from: start.parameters, law, time: Self.time, steps: 4000)
    }
    losses = (
      flow.loss(start.parameters.elements), flow.loss(ends[.ewn]!)
    )
    var deviations: [Pair: [Double]] = [:]
    for pair in Pair.allCases {
      let end = ends[pair]!
      let length = Self.distance(end, start.parameters.elements)
      deviations[pair] = try Self.stepSizes.map { size in
        let model = try pair.scheme.model(
          of: start, directionNorm: pair == .ewnScaled ? 2 : 1)
        let descent = try Descent<Double>(
          .gradientDescent, model.network, from: model.parameters, stepSize: .constant(size),
          maximumBatchSize: samples.count, stream: stream)
        for _ in 0..<Int((Self.time / size).rounded()) { try descent.step(on: samples) }
        let folded = model.network.folded(descent.parameters, [:]).parameters
        return Self.distance(folded.elements, end) / length
      }
    }
    self.deviations = deviations
  }

  /// The slope of ln deviation over ln step size for the four smallest steps: 1 where the deviation
  /// is that of Euler's method.
  func order(_ pair: Pair) -> Double {
    LineFit(Self.stepSizes.suffix(4).map { log($0) }, deviations[pair]!.suffix(4).map { log($0) })
      .slope
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}

/// Gradient flow of plain weights, integrated by the classical Runge–Kutta method.
private struct Flow {
  enum Law { case plain, standard, exponential }

  private let network: Network
  private let workspace: Workspace<Double>

  init(_ network: Network, _ samples: Samples<Double>) throws {
    self.network = network
    workspace = Workspace(network, maximumBatchSize: samples.count)
    workspace.load(samples)
  }

  func loss(_ w: [Double]) -> Double {
    workspace.forward(Parameters(w))
    return workspace.loss()
  }

  func end(from start: Parameters<Double>, _ law: Law, time: Double, steps: Int) -> [Double] {
    var w = start.elements
    let h = time / Double(steps)
    func moved(_ direction: [Double], _ factor: Double) -> [Double] {
      zip(w, direction).map { $0 + factor * $1 }
    }
    for _ in 0..<steps {
      let k1 = velocity(w, law)
      let k2 = velocity(moved(k1, h / 2), law)
      let k3 = velocity(moved(k2, h / 2), law)
      let k4 = velocity(moved(k3, h), law)
      w = moved(w.indices.map { k1[$0] + 2 * k2[$0] + 2 * k3[$0] + k4[$0] }, h / 6)
    }
    return w
  }

  /// dw/dt; the gradient points downhill.
  private func velocity(_ w: [Double], _ law: Law) -> [Double] {
    var gradient = Gradient<Double>(network)
    workspace.lossAndGradient(Parameters(w), into: &gradient)
    var result = gradient.elements
    if law == .plain { return result }
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.rows.count {
        let range = network.parameters(layer: index, unit: unit)
        let square = range.reduce(0) { $0 + w[$1] * w[$1] }
        let radial =
          law == .standard
          ? (1 - square) / square * range.reduce(0) { $0 + w[$1] * gradient[$1] } : 0
        for i in range { result[i] = square * gradient[i] + radial * w[i] }
      }
    }
    return result
  }
}
