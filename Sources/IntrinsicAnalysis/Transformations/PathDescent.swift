import Foundation
import Intrinsic
import IntrinsicMath

/// Minimizes, over the factors ρ_v of hidden units, how unequal the diagonal of the path metric is:
///
///     F(z) = ln( 1/|E| Σ_e κ_e e^{p_u z_u − z_v} ) − 1/|E| Σ_e (ln κ_e + p_u z_u − z_v)
///
/// with z_v = ln ρ_v², e = (u, v), z = 0 for inputs, biases and outputs, and E the edges with
/// κ_e > 0. Under rescaling w′_uv = w_uv ρ_v/ρ_u^{p_u}, hence κ′_uv = κ_uv ρ_u^{2p_u}/ρ_v², and F
/// is the logarithm of the arithmetic over the geometric mean of κ′. It is convex: a log-sum-exp
/// less a linear function.
///
/// F = min over m = ln μ of 1/|E| Σ_e (μκ′_e − ln μκ′_e − 1), which is jointly convex in z and m.
/// Layers take turns; a turn minimizes over m and the z of all units of one layer, which do not
/// read each other. For fixed μ they are independent: with P_v and Q_v the sums of κ′ over incoming
/// and outgoing edges, n⁻_v and n⁺_v the numbers of these, and x_v the factor of e^{z_v},
///
///     min over x_v of μ(P_v/x_v + Q_v x_v^p) − d_v ln x_v,   d_v = p n⁺_v − n⁻_v
///     μ p Q_v x_v^{p+1} − d_v x_v − μ P_v = 0
///
/// has one positive root, for p = 1 in closed form; m follows by Newton's method on one number.
/// After a round of turns all layers have a common one, a shift of the z of each layer: what single
/// turns would pass on only slowly from layer to layer.
///
/// Cost of a sweep: O(units) for layers whose units all read the same rows, O(edges) for others.
final class PathDescent {
  private let network: Network
  private let edges: [EdgeSums]
  /// The layers that read each layer.
  private var readers: [[Int]]
  /// γ² and c of the rescaled network, by row.
  private let g: Buffer<Double>
  private let c: Buffer<Double>
  /// z = ln ρ², by row.
  private let logarithms: Buffer<Double>
  /// n⁻, n⁺ and d, by row.
  private let incomingCounts: Buffer<Double>
  private let outgoingCounts: Buffer<Double>
  private let differences: Buffer<Double>
  private var edgeCount = 0.0
  /// D_ℓ = Σ_v d_v.
  private var layerDifferences: [Double] = []
  /// Σ κ′ over the edges into each layer.
  private var sums: [Double]
  /// P, Q and x of the layer whose turn it is, and Q by reader.
  private let incoming: Buffer<Double>
  private let outgoing: Buffer<Double>
  private let factors: Buffer<Double>
  private let parts: Buffer<Double>
  /// Scratch by row.
  private let numbers: Buffer<Double>

  /// Takes over the memory of `moments`.
  init(_ network: Network, _ moments: PathMoments) {
    self.network = network
    let (layers, count) = (network.layers, network.rowCount)
    edges = layers.map { EdgeSums($0, rowCount: count) }
    readers = layers.map { _ in [] }
    (g, c) = (moments.activities, moments.signals)
    logarithms = Buffer(count: count)
    incomingCounts = Buffer(count: count)
    outgoingCounts = Buffer(count: count)
    differences = Buffer(count: count)
    sums = layers.map { _ in 0 }
    let width = layers.map(\.rows.count).max()!
    incoming = Buffer(count: width)
    outgoing = Buffer(count: width)
    factors = Buffer(count: width)
    parts = Buffer(count: width * layers.count)
    numbers = Buffer(count: count)
    countEdges()
    for index in layers.indices { sums[index] = sumIncoming(index) }
  }

  /// z_v = ln ρ_v² of the units of a layer so far.
  func logarithms(layer: Int) -> [Double] {
    network.layers[layer].rows.map { logarithms[$0] }
  }

  /// F; 0 if all κ′ are equal.
  var objective: Double {
    var logarithms = 0.0
    for row in network.layers[0].rows.lowerBound..<network.rowCount {
      if incomingCounts[row] > 0 { logarithms += incomingCounts[row] * log(c[row]) }
      if outgoingCounts[row] > 0 { logarithms += outgoingCounts[row] * log(g[row]) }
    }
    return edgeCount == 0 ? 0 : log(sums.reduce(0, +) / edgeCount) - logarithms / edgeCount
  }

  /// One turn of each hidden layer, from the inputs to the outputs, and a common one.
  /// - Returns: the largest |change| of some z.
  func sweep() -> Double {
    var change = 0.0
    for index in network.layers.indices {
      sums[index] = sumIncoming(index)
      if index < network.layers.count - 1 { change = max(change, turn(index)) }
    }
    return max(change, shiftLayers())
  }

  /// The common turn of all hidden layers.
  private func shiftLayers() -> Double {
    let layers = network.layers
    let last = layers.count - 1
    if last == 0 || edgeCount == 0 { return 0 }
    var groups: [LayerShiftProblem.Group] = []
    for (reader, layer) in layers.enumerated() {
      var rest = sums[reader]
      let target = reader < last ? reader : nil
      edges[reader].outgoing(c, of: 0..<layer.rows.lowerBound, into: numbers.pointer)
      for source in layers.indices[..<reader] where readers[source].contains(reader) {
        let rows = layers[source].rows
        let sum = Double.dot(
          count: rows.count, x: g.pointer + rows.lowerBound, y: numbers.pointer + rows.lowerBound)
        rest -= sum
        groups.append(
          .init(sum: sum, source: source, degree: degree(of: source), target: target))
      }
      groups.append(.init(sum: rest, source: nil, degree: 1, target: target))
    }
    let shifts = LayerShiftProblem(
      groups: groups.filter { $0.sum > 0 }, differences: layerDifferences, edgeCount: edgeCount
    ).solve()
    for (layer, shift) in zip(layers, shifts) {
      let (forward, backward) = (exp(shift * Double(layer.activation.degree)), exp(-shift))
      for row in layer.rows {
        logarithms.pointer[row] += shift
        c.pointer[row] *= backward
        g.pointer[row] *= forward
      }
    }
    for index in layers.indices { sums[index] = sumIncoming(index) }
    return shifts.reduce(0) { max($0, abs($1)) }
  }

  private func degree(of layer: Int) -> Double {
    Double(network.layers[layer].activation.degree)
  }

  /// P_v = c_v Σ_u g_u for the units of a layer, and their sum.
  private func sumIncoming(_ index: Int) -> Double {
    let rows = network.layers[index].rows
    edges[index].incoming(g, into: incoming.pointer)
    Double.multiply(
      count: rows.count, x: c.pointer + rows.lowerBound, y: incoming.pointer, into: incoming.pointer
    )
    return Double.sum(count: rows.count, x: incoming.pointer)
  }

  /// The turn of one hidden layer, whose P is in `incoming`.
  private func turn(_ index: Int) -> Double {
    let (rows, degree) = (
      network.layers[index].rows, network.layers[index].activation.degree
    )
    let (count, first) = (rows.count, rows.lowerBound)
    Double.fill(count: count, value: 0, into: outgoing.pointer)
    var rest = sums.reduce(0, +) - sums[index]
    for (slot, reader) in readers[index].enumerated() {
      let part = parts.pointer + slot * count
      edges[reader].outgoing(c, of: rows, into: part)
      Double.multiply(count: count, x: g.pointer + first, y: part, into: part)
      Double.addScaled(count: count, x: outgoing.pointer, alpha: 1, y: part, into: outgoing.pointer)
      let sum = Double.sum(count: count, x: part)
      rest -= sum
      // What is left may cancel; the reader's own turn computes its sum anew.
      sums[reader] = max(sums[reader] - sum, 0)
    }
    let problem = UnitScaleProblem(
      count: count, degree: degree, incoming: incoming.pointer, outgoing: outgoing.pointer,
      differences: differences.pointer + first, rest: max(rest, 0), edgeCount: edgeCount)
    sums[index] = problem.solve(into: factors.pointer)

    var change = 0.0
    for unit in 0..<count {
      let (row, x) = (first + unit, factors[unit])
      let step = log(x)
      change = max(change, abs(step))
      logarithms.pointer[row] += step
      c.pointer[row] /= x
      factors.pointer[unit] = PathMoments.power(x, degree)
      g.pointer[row] *= factors[unit]
    }
    for (slot, reader) in readers[index].enumerated() {
      sums[reader] += Double.dot(count: count, x: parts.pointer + slot * count, y: factors.pointer)
    }
    return change
  }

  /// n⁻_v, n⁺_v, d_v, |E| and who reads whom.
  private func countEdges() {
    let count = network.rowCount
    let (sources, targets) = (Buffer<Double>(count: count), Buffer<Double>(count: count))
    for row in 0..<count {
      sources.pointer[row] = g[row] > 0 ? 1 : 0
      targets.pointer[row] = c[row] > 0 ? 1 : 0
    }
    for (index, layer) in network.layers.enumerated() {
      edges[index].incoming(sources, into: numbers.pointer)
      for (unit, row) in layer.rows.enumerated() {
        incomingCounts.pointer[row] = targets[row] * numbers[unit]
        edgeCount += incomingCounts[row]
      }
      edges[index].outgoing(targets, of: 0..<layer.rows.lowerBound, into: numbers.pointer)
      for (source, other) in network.layers[..<index].enumerated() {
        if other.rows.contains(where: { numbers[$0] > 0 }) { readers[source].append(index) }
        for row in other.rows { outgoingCounts.pointer[row] += sources[row] * numbers[row] }
      }
    }
    for (index, layer) in network.layers.dropLast().enumerated() {
      for row in layer.rows {
        differences.pointer[row] = degree(of: index) * outgoingCounts[row] - incomingCounts[row]
      }
      layerDifferences.append(layer.rows.reduce(0) { $0 + differences[$1] })
    }
  }
}
