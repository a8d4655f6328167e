import Foundation
import IntrinsicMath

@testable import Intrinsic

/// The passes of a network with groups on one sample, by loops over units and explicit P × P Jacobians.
struct GroupReference {
  let network: Network
  /// The activity of each row.
  private(set) var a: [Double]
  /// R of each layer, units × units.
  private(set) var r: [[[Double]]] = []
  /// ∂a_o/∂y of each output and row.
  private(set) var transfer: [[Double]] = []
  private let parameters: [Double]

  init(_ network: Network, _ parameters: [Double], input: [Double]) {
    self.network = network
    self.parameters = parameters
    a = [Double](repeating: 0, count: network.rowCount)
    for row in network.constantRows { a[row] = 1 }
    for (row, value) in zip(network.inputRows, input) { a[row] = value }
    for index in network.layers.indices {
      let y = (0..<network.layers[index].unitCount).map { unit in
        edges(index, unit).reduce(0) { $0 + parameters[$1.parameter] * a[$1.row] }
      }
      let layer = network.layers[index]
      var jacobian = y.map { _ in [Double](repeating: 0, count: y.count) }
      for group in layer.groupLayout.groups {
        let (values, block) = Self.apply(layer.activation, group.map { y[$0] })
        for (i, unit) in group.enumerated() {
          a[layer.rows.lowerBound + unit] = values[i]
          for (j, other) in group.enumerated() { jacobian[unit][other] = block[i][j] }
        }
      }
      r.append(jacobian)
    }
    transfer = network.outputRows.map { output in
      var b = [Double](repeating: 0, count: network.rowCount)
      var reduced = b
      b[output] = 1
      for index in network.layers.indices.reversed() {
        let rows = network.layers[index].rows
        for (d, row) in rows.enumerated() {
          reduced[row] = rows.enumerated().reduce(0) { $0 + r[index][$1.offset][d] * b[$1.element] }
        }
        for (unit, row) in rows.enumerated() {
          for edge in edges(index, unit) {
            b[edge.row] += parameters[edge.parameter] * reduced[row]
          }
        }
      }
      return reduced
    }
  }

  private static func apply(
    _ activation: Activation, _ y: [Double]
  ) -> (values: [Double], jacobian: [[Double]]) {
    let count = y.count
    func matrix(_ entry: (Int, Int) -> Double) -> [[Double]] {
      (0..<count).map { i in (0..<count).map { entry(i, $0) } }
    }
    guard case .group(let group) = activation else {
      return activation == .tanh
        ? ([tanh(y[0])], [[1 - tanh(y[0]) * tanh(y[0])]]) : (y, [[1]])
    }
    switch group.function {
    case .softmax:
      let sum = y.map { exp($0) }.reduce(0, +)
      let p = y.map { exp($0) / sum }
      return (p, matrix { ($0 == $1 ? p[$0] : 0) - p[$0] * p[$1] })
    case .radial:
      let length = y.map { $0 * $0 }.reduce(0, +).squareRoot()
      let (value, slope) = (tanh(length), 1 - tanh(length) * tanh(length))
      return (
        y.map { value * $0 / length },
        matrix {
          let u = y[$0] * y[$1] / (length * length)
          return slope * u + value / length * (($0 == $1 ? 1 : 0) - u)
        }
      )
    case .custom(let custom):
      let jacobian = custom.function.jacobian(y)
      return (custom.function.value(y), matrix { jacobian[$0, $1] })
    case .identity: return (y, matrix { $0 == $1 ? 1 : 0 })
    }
  }

  /// The rows that a unit reads, with the numbers of their weights.
  private func edges(_ layer: Int, _ unit: Int) -> [(row: Int, parameter: Int)] {
    Array(
      zip(
        network.layers[layer].connection.incomingRows(of: unit),
        network.parameters(layer: layer, unit: unit)))
  }

  /// C_k = T_kᵀ F T_k of two units.
  func exact(_ fisher: [[Double]], _ row: Int, _ other: Int) -> Double {
    var sum = 0.0
    for o in fisher.indices {
      for p in fisher.indices { sum += transfer[o][row] * fisher[o][p] * transfer[p][other] }
    }
    return sum
  }

  /// C of each layer, units × units, by O 133 with free weights: Φ_i = Σ_k w_ikᵀ R_kᵀ Φ_k R_k w_ik.
  func backpropagated(_ fisher: [[Double]]) -> [[[Double]]] {
    var result: [[[Double]]] = network.layers.map { layer in
      [[Double]](
        repeating: [Double](repeating: 0, count: layer.unitCount), count: layer.unitCount)
    }
    var phi = result
    for group in network.layers.last!.groupLayout.groups {
      for c in group { for d in group { phi[phi.count - 1][c][d] = fisher[c][d] } }
    }
    for index in network.layers.indices.reversed() {
      let layer = network.layers[index]
      for group in layer.groupLayout.groups {
        for b in group {
          for e in group {
            for c in group {
              for d in group {
                result[index][b][e] += r[index][c][b] * phi[index][c][d] * r[index][d][e]
              }
            }
          }
        }
      }
      for group in layer.groupLayout.groups {
        for c in group {
          for d in group {
            for first in edges(index, c) {
              for second in edges(index, d) {
                guard let source = network.layers.firstIndex(where: { $0.rows.contains(first.row) })
                else { continue }
                let rows = network.layers[source].rows
                let (i, j) = (first.row - rows.lowerBound, second.row - rows.lowerBound)
                guard rows.contains(second.row),
                  network.layers[source].groupLayout.group(of: i).contains(j)
                else { continue }
                phi[source][i][j] +=
                  parameters[first.parameter] * result[index][c][d] * parameters[second.parameter]
              }
            }
          }
        }
      }
    }
    return result
  }

  /// C ⊗ ã ãᵀ of the parameters of some units of one layer.
  func outer(_ layer: Int, units: Range<Int>, _ c: (Int, Int) -> Double) -> [[Double]] {
    let entries = units.flatMap { unit in edges(layer, unit).map { (unit, a[$0.row]) } }
    return entries.map { first in
      entries.map { second in c(first.0, second.0) * first.1 * second.1 }
    }
  }
}
