import Foundation
import IntrinsicMath

@testable import Intrinsic

/// A slow and obvious twin of the passes and metrics: scalar loops over samples, units and edges.
/// Derivatives are propagated forwards from each unit, not backwards as in the library.
struct ReferenceNetwork: ReferenceTwin {
  enum Source: CaseIterable { case fisher, empiricalFisher, backpropagated }

  struct Unit {
    let layer: Int
    let index: Int
    let row: Int
    let sources: [Int]
    let parameters: Range<Int>
    let activation: Activation
  }

  /// One evaluated sample; arrays go by the rows of the activity matrix.
  struct Sample: ReferenceSample {
    let target: ReferenceTarget
    var activities: [Double]
    var slopes: [Double]
    /// Outputs × parameters: ∂a_o/∂θ.
    var jacobian: [[Double]] = []
    /// For each unit ∂a_o/∂a_k for each output.
    var rates: [[Double]] = []
  }

  let network: Network
  let theta: [Double]
  let units: [Unit]
  let output: ReferenceOutput
  private(set) var samples: [Sample] = []

  init(_ network: Network, _ parameters: Parameters<Double>, _ data: Samples<Double>) {
    self.network = network
    theta = parameters.elements
    var units: [Unit] = []
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.rows.count {
        units.append(
          Unit(
            layer: index, index: unit, row: layer.rows.lowerBound + unit,
            sources: layer.connection.incomingRows(of: unit),
            parameters: network.parameters(layer: index, unit: unit),
            activation: layer.activation))
      }
    }
    self.units = units
    output = ReferenceOutput(model: network.output, activation: network.layers.last!.activation)
    for x in 0..<data.count {
      samples.append(
        evaluate(
          (0..<network.inputCount).map { data.inputs[$0, x] },
          ReferenceTarget(data.targets, sample: x)))
    }
  }

  /// s(y) and s′(y).
  static func activate(_ activation: Activation, _ y: Double) -> (Double, Double) {
    switch activation {
    case .identity: return (y, 1)
    case .relu: return y > 0 ? (y, 1) : (0, 0)
    case .sigmoid:
      let a = 1 / (1 + exp(-y))
      return (a, a * (1 - a))
    case .tanh:
      let a = Foundation.tanh(y)
      return (a, 1 - a * a)
    case .scaledTanh:
      let t = Foundation.tanh(2 * y / 3)
      return (1.7159 * t, 1.7159 * 2 / 3 * (1 - t * t))
    case .softplus: return (log(1 + exp(y)), 1 / (1 + exp(-y)))
    case .positivePower(let p):
      return y > 0 ? (pow(y, Double(p)), Double(p) * pow(y, Double(p - 1))) : (0, 0)
    case .power(let p): return (pow(y, Double(p)), Double(p) * pow(y, Double(p - 1)))
    case .gelu:
      let normal = 0.5 * (1 + erf(y / 2.0.squareRoot()))
      return (y * normal, normal + y * exp(-y * y / 2) / (2 * Double.pi).squareRoot())
    case .silu:
      let a = 1 / (1 + exp(-y))
      return (y * a, a + y * a * (1 - a))
    case .elu: return y > 0 ? (y, 1) : (exp(y) - 1, exp(y))
    case .leakyRelu(let p): return y > 0 ? (y, 1) : (p * y, p)
    case .sine(let p): return (sin(p * y), p * cos(p * y))
    case .custom(let activation):
      return (activation.function.value(y), activation.function.derivative(y))
    case .group: preconditionFailure("groups have a reference of their own")
    }
  }

  private func evaluate(_ inputs: [Double], _ target: ReferenceTarget) -> Sample {
    var sample = Sample(
      target: target, activities: [Double](repeating: 1, count: network.rowCount),
      slopes: [Double](repeating: 0, count: network.rowCount))
    for (i, value) in inputs.enumerated() { sample.activities[1 + i] = value }
    for unit in units {
      let y = zip(unit.parameters, unit.sources).reduce(0) {
        $0 + theta[$1.0] * sample.activities[$1.1]
      }
      (sample.activities[unit.row], sample.slopes[unit.row]) = Self.activate(unit.activation, y)
    }
    sample.jacobian = network.outputRows.map { _ in
      [Double](repeating: 0, count: theta.count)
    }
    for unit in units {
      let rates = rates(from: unit, sample)
      sample.rates.append(rates)
      for (o, rate) in rates.enumerated() {
        for (parameter, row) in zip(unit.parameters, unit.sources) {
          sample.jacobian[o][parameter] =
            rate * sample.slopes[unit.row] * sample.activities[row]
        }
      }
    }
    return sample
  }

  /// ∂a_o/∂a_k for each output o, by the tangent of a change of a_k alone.
  private func rates(from unit: Unit, _ sample: Sample) -> [Double] {
    var tangent = [Double](repeating: 0, count: network.rowCount)
    tangent[unit.row] = 1
    for later in units where later.row > unit.row {
      let change = zip(later.parameters, later.sources).reduce(0) {
        $0 + theta[$1.0] * tangent[$1.1]
      }
      tangent[later.row] = sample.slopes[later.row] * change
    }
    return network.outputRows.map { tangent[$0] }
  }
}
