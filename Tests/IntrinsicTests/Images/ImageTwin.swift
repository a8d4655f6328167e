import Foundation
import IntrinsicMath

@testable import Intrinsic

/// A slow and obvious twin of networks with images: scalar loops over samples, activities and edges,
/// from the definition of each layer. Derivatives go forwards from each activity.
struct ImageTwin: ReferenceTwin {
  /// What an activity reads: a row, with a parameter or a fixed weight.
  struct Edge {
    let row: Int
    let parameter: Int?
    var fixed = 1.0
  }

  /// One activity.
  struct Unit {
    let layer: Int
    /// The unit that owns its parameters.
    let index: Int
    let row: Int
    let edges: [Edge]
    let isMaximum: Bool
    let activation: Activation
    let parameters: Range<Int>
  }

  struct Sample: ReferenceSample {
    let target: ReferenceTarget
    var activities: [Double]
    var preactivations: [Double]
    var slopes: [Double]
    /// The row that each maximum has taken.
    var taken: [Int: Int] = [:]
    /// Outputs × parameters.
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
    units = network.layers.indices.flatMap { Self.units(network, layer: $0) }
    output = ReferenceOutput(model: network.output, activation: network.layers.last!.activation)
    for x in 0..<data.count {
      samples.append(
        evaluate(
          (0..<network.inputCount).map { data.inputs[$0, x] },
          ReferenceTarget(data.targets, sample: x)))
    }
  }

  private static func units(_ network: Network, layer index: Int) -> [Unit] {
    let layer = network.layers[index]
    return layer.rows.indices.map { row in
      let (position, channel) = (
        (row - layer.rows.lowerBound) / layer.unitCount,
        (row - layer.rows.lowerBound) % layer.unitCount
      )
      let parameters = network.parameters(layer: index, unit: channel)
      var edges: [Edge] = []
      switch layer.connection {
      case let c as Convolution:
        if layer.hasBias { edges.append(Edge(row: 0, parameter: parameters.lowerBound)) }
        forEachPixel(c.grid.window, c.grid.input, position, gridWidth: layer.image!.width) {
          i, j, y, x in
          for channel in 0..<c.grid.input.channels {
            let weight = (i * c.grid.window.width + j) * c.grid.input.channels + channel
            edges.append(
              Edge(
                row: c.inputRow + (y * c.grid.input.width + x) * c.grid.input.channels + channel,
                parameter: parameters.lowerBound + (layer.hasBias ? 1 : 0) + weight))
          }
        }
      case let p as Pooling:
        let count = Double(p.grid.window.height * p.grid.window.width)
        forEachPixel(p.grid.window, p.grid.input, position, gridWidth: layer.image!.width) {
          _, _, y, x in
          edges.append(
            Edge(
              row: p.inputRow + (y * p.grid.input.width + x) * layer.unitCount + channel,
              parameter: nil, fixed: p.isMaximum ? 1 : 1 / count))
        }
      case let s as Summation:
        edges = s.sources.map { Edge(row: $0 + row - layer.rows.lowerBound, parameter: nil) }
      default:
        edges = zip(parameters, layer.connection.incomingRows(of: channel)).map {
          Edge(row: $1, parameter: $0)
        }
      }
      return Unit(
        layer: index, index: channel, row: row, edges: edges,
        isMaximum: (layer.connection as? Pooling)?.isMaximum == true,
        activation: layer.activation, parameters: parameters)
    }
  }

  /// The pixels (y, x) of the image under (i, j) of a window at a place.
  private static func forEachPixel(
    _ window: Window, _ image: ImageShape, _ place: Int, gridWidth: Int,
    _ body: (Int, Int, Int, Int) -> Void
  ) {
    for i in 0..<window.height {
      for j in 0..<window.width {
        let y = place / gridWidth * window.verticalStride + i - window.verticalPadding
        let x = place % gridWidth * window.horizontalStride + j - window.horizontalPadding
        if y >= 0 && y < image.height && x >= 0 && x < image.width { body(i, j, y, x) }
      }
    }
  }

  func weight(_ edge: Edge) -> Double { edge.parameter.map { theta[$0] } ?? edge.fixed }

  /// The edges that a sample uses.
  private func active(_ unit: Unit, _ sample: Sample) -> [Edge] {
    unit.isMaximum ? unit.edges.filter { $0.row == sample.taken[unit.row] } : unit.edges
  }

  private func evaluate(_ inputs: [Double], _ target: ReferenceTarget) -> Sample {
    var sample = Sample(
      target: target, activities: [Double](repeating: 1, count: network.rowCount),
      preactivations: [Double](repeating: 0, count: network.rowCount),
      slopes: [Double](repeating: 0, count: network.rowCount))
    for (i, value) in inputs.enumerated() { sample.activities[1 + i] = value }
    for unit in units {
      var y = unit.edges.reduce(0) { $0 + weight($1) * sample.activities[$1.row] }
      if unit.isMaximum {
        y = unit.edges.map { sample.activities[$0.row] }.max()!
        sample.taken[unit.row] = unit.edges.first { sample.activities[$0.row] == y }!.row
      }
      sample.preactivations[unit.row] = y
      (sample.activities[unit.row], sample.slopes[unit.row]) = ReferenceNetwork.activate(
        unit.activation, y)
    }
    sample.jacobian = network.outputRows.map { _ in [Double](repeating: 0, count: theta.count) }
    for unit in units {
      let rates = self.rates(from: unit.row, sample)
      sample.rates.append(network.outputRows.map { rates[$0] })
      for (o, row) in network.outputRows.enumerated() {
        for edge in unit.edges {
          guard let parameter = edge.parameter else { continue }
          sample.jacobian[o][parameter] +=
            rates[row] * sample.slopes[unit.row] * sample.activities[edge.row]
        }
      }
    }
    return sample
  }

  /// ∂a_r/∂a_row for every row r, by the tangent of a change of that activity alone.
  func rates(from row: Int, _ sample: Sample) -> [Double] {
    var tangent = [Double](repeating: 0, count: network.rowCount)
    tangent[row] = 1
    for later in units where later.row > row {
      let change = active(later, sample).reduce(0) { $0 + weight($1) * tangent[$1.row] }
      tangent[later.row] = sample.slopes[later.row] * change
    }
    return tangent
  }

  /// c of every activity on a sample.
  func moduli(_ sample: Sample, _ source: ReferenceNetwork.Source) -> [Double] {
    let fisher = source == .empiricalFisher ? [] : output.fisher(outputs(sample))
    if source == .backpropagated {
      var m = [Double](repeating: 0, count: network.rowCount)
      for (o, row) in network.outputRows.enumerated() { m[row] = fisher[o][o] }
      for unit in units.reversed() {
        let r = sample.slopes[unit.row]
        for edge in active(unit, sample) {
          m[edge.row] += weight(edge) * weight(edge) * r * r * m[unit.row]
        }
      }
      return units.map { sample.slopes[$0.row] * sample.slopes[$0.row] * m[$0.row] }
    }
    return units.indices.map { k in
      let (r, rates) = (sample.slopes[units[k].row], sample.rates[k])
      if source == .fisher { return r * r * dot(rates, multiply(fisher, rates)) }
      let b = dot(rates, output.signal(outputs(sample), sample.target))
      return r * r * b * b
    }
  }

  /// E[Σ_positions ã ãᵀ c] of the unit that owns some parameters.
  func unitMatrix(_ parameters: Range<Int>, _ source: ReferenceNetwork.Source) -> [[Double]] {
    var result = parameters.map { _ in parameters.map { _ in 0.0 } }
    for sample in samples {
      let c = moduli(sample, source)
      for (k, unit) in units.enumerated() where unit.parameters == parameters {
        for left in unit.edges {
          for right in unit.edges {
            let (i, j) = (
              left.parameter! - parameters.lowerBound, right.parameter! - parameters.lowerBound
            )
            result[i][j] +=
              c[k] * sample.activities[left.row] * sample.activities[right.row]
              / Double(samples.count)
          }
        }
      }
    }
    return result
  }
}
