import Intrinsic
import IntrinsicMath

/// How transformations act on what optimizers carry along. With θ′ = Lθ + c and M = L⁻¹, gradients
/// go to MᵀG and metrics to MᵀAM, unit by unit, since no transformation mixes units.
extension Transformation {
  /// The gradient of the transformed model.
  ///
  /// Cost: as many displacements of the network as the largest unit has parameters.
  public func applied(
    to gradient: Gradient<Double>, of network: Network
  ) throws(TransformationError) -> Gradient<Double> {
    try UnitBlocks(self, network).covector(gradient)
  }

  /// The state with which a method goes on in the transformed model as it would have in a model of
  /// `network`, if it is invariant.
  ///
  /// - Throws: ``TransformationError/squaresMix(layer:unit:)`` for averages of squares under a
  ///   transformation that mixes parameters.
  public func applied(
    to state: OptimizerState<Double>, of network: Network
  ) throws(TransformationError) -> OptimizerState<Double> {
    let partition = state.components.values.lazy.compactMap { component -> Partition? in
      guard case .metric(let metric?) = component, case .units(let units) = metric.matrices else {
        return nil
      }
      if zip(units, network.layers).allSatisfy({ $0.count == $1.unitCount }) { return .units }
      return units.allSatisfy { $0.count == 1 } ? .layers : .groups
    }.first
    let blocks = try UnitBlocks(self, network, by: partition ?? .units)
    var image = state
    for (name, component) in state.components {
      image.components[name] =
        switch component {
        case .displacement(let vector): .displacement(try applied(to: vector, of: network))
        case .gradient(let vector): .gradient(blocks.covector(vector))
        case .squares(let squares): .squares(try blocks.squares(squares))
        case .metric(let metric): .metric(metric.map(blocks.metric))
        case .counts, .numbers: component
        }
    }
    return image
  }
}

/// M = L⁻¹ by units, or groups of units: each new one's parameters from those of one old one.
private struct UnitBlocks {
  private struct Block {
    let layer: Int
    let newUnit: Int
    let oldUnit: Int
    let new: Range<Int>
    let old: Range<Int>
    /// M, old parameters × new parameters.
    let matrix: Matrix<Double>
  }

  private let network: Network
  private var blocks: [Block] = []

  /// - Parameter partition: what a block is of; of groups of units, whose activity is a vector, where a
  ///   transformation mixes their units.
  init(
    _ transformation: Transformation, _ network: Network, by partition: Partition = .units
  ) throws(TransformationError) {
    self.network = network
    let image = try transformation.applied(
      to: Model(network: network, parameters: Parameters(network))
    ).network
    let inverse = transformation.inverse
    let isMixed = partition == .units && transformation.kinds.contains(.groupRecombination)
    let units = network.places(isMixed ? .groups : partition)
    let images = image.places(isMixed ? .groups : partition)
    let sizes = units.map(\.parameters.count)
    /// The image of a displacement with one number at one position of every new unit.
    func probe(
      _ position: Int, _ value: (Int) -> Double
    ) throws(TransformationError) -> [Double] {
      var displacement = Displacement<Double>(image)
      for (number, place) in images.enumerated() where position < place.parameters.count {
        displacement[place.parameters.lowerBound + position] = value(number)
      }
      return try inverse.applied(to: displacement, of: image).elements
    }
    var probes: [[Double]] = []
    for position in 0..<sizes.max()! { probes.append(try probe(position) { _ in 1 }) }
    // Which new unit an old one became: the factor by which numbering the new units multiplies it.
    let numbered = try probe(0) { Double($0 + 1) }
    for place in units {
      let old = place.parameters
      let strongest = old.max { abs(probes[0][$0]) < abs(probes[0][$1]) }!
      let number = Int((numbered[strongest] / probes[0][strongest]).rounded()) - 1
      var matrix = Matrix<Double>(rows: old.count, columns: old.count)
      for j in 0..<old.count {
        for (i, parameter) in old.enumerated() { matrix[i, j] = probes[j][parameter] }
      }
      blocks.append(
        Block(
          layer: place.layer, newUnit: images[number].unit, oldUnit: place.unit,
          new: images[number].parameters, old: old, matrix: matrix))
    }
  }

  func covector(_ gradient: Gradient<Double>) -> Gradient<Double> {
    var result = Gradient<Double>(network)
    for block in blocks {
      for (j, parameter) in block.new.enumerated() {
        result[parameter] = block.old.enumerated().reduce(0) {
          $0 + block.matrix[$1.offset, j] * gradient[$1.element]
        }
      }
    }
    return result
  }

  func metric(_ state: MetricState<Double>) -> MetricState<Double> {
    let matrices: MetricState<Double>.Matrices =
      switch state.matrices {
      case .full(let matrix): .full(metric(matrix))
      case .units(let units): .units(metrics(units))
      }
    return MetricState(
      matrices: matrices,
      outputParameters: state.outputParameters.map(outputParameterMetric),
      estimates: state.estimates)
  }

  func squares(
    _ values: GradientSquares<Double>
  ) throws(TransformationError) -> GradientSquares<Double> {
    var result = GradientSquares<Double>(network)
    for block in blocks {
      for (j, parameter) in block.new.enumerated() {
        let sources = block.old.indices.filter { block.matrix[$0 - block.old.lowerBound, j] != 0 }
        guard sources.count == 1 else {
          throw .squaresMix(layer: block.layer, unit: block.oldUnit)
        }
        let factor = block.matrix[sources[0] - block.old.lowerBound, j]
        result[parameter] = factor * factor * values[sources[0]]
      }
    }
    return result
  }

  private func metrics(_ units: [[Matrix<Double>]]) -> [[Matrix<Double>]] {
    var result = units
    for block in blocks {
      result[block.layer][block.newUnit] = product(
        block.matrix, units[block.layer][block.oldUnit], block.matrix)
    }
    return result
  }

  private func metric(_ full: Matrix<Double>) -> Matrix<Double> {
    var result = Matrix<Double>(rows: full.rows, columns: full.columns)
    for left in blocks {
      for right in blocks {
        var part = Matrix<Double>(rows: left.old.count, columns: right.old.count)
        for (i, p) in left.old.enumerated() {
          for (j, q) in right.old.enumerated() { part[i, j] = full[p, q] }
        }
        let image = product(left.matrix, part, right.matrix)
        for (i, p) in left.new.enumerated() {
          for (j, q) in right.new.enumerated() { result[p, q] = image[i, j] }
        }
      }
    }
    return result
  }

  /// That of the last layer, whose units have one parameter each.
  private func outputParameterMetric(_ matrix: Matrix<Double>) -> Matrix<Double> {
    let last = blocks.filter { $0.layer == network.layers.count - 1 }
    var result = matrix
    for a in last {
      for b in last {
        result[a.newUnit, b.newUnit] =
          a.matrix[0, 0] * matrix[a.oldUnit, b.oldUnit] * b.matrix[0, 0]
      }
    }
    return result
  }

  /// MᵀAN.
  private func product(
    _ m: Matrix<Double>, _ a: Matrix<Double>, _ n: Matrix<Double>
  ) -> Matrix<Double> {
    var half = Matrix<Double>(rows: a.rows, columns: n.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns where a[i, k] != 0 {
        for j in 0..<n.columns { half[i, j] += a[i, k] * n[k, j] }
      }
    }
    var result = Matrix<Double>(rows: m.columns, columns: n.columns)
    for k in 0..<m.rows {
      for i in 0..<m.columns where m[k, i] != 0 {
        for j in 0..<n.columns { result[i, j] += m[k, i] * half[k, j] }
      }
    }
    return result
  }
}
