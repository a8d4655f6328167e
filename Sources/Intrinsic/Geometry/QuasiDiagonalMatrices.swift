import IntrinsicMath

/// The quasi-diagonal reduction: A_00, A_0i and A_ii of each unit (Ollivier 2015, Definition 6).
final class QuasiDiagonalMatrices<T: Scalar>: MomentMatrices {
  private let network: Network
  let noise: KurtosisDamping<T>?
  let moments: UnitMoments<T>
  /// Where the parameters of each unit start within those of its layer.
  private let offsets: [IndexList]
  private let threads: Int

  /// - Parameters:
  ///   - kurtosis: λ of the damping of that name, 0 for none.
  ///   - threads: of solves.
  init(_ network: Network, kurtosis: Double = 0, threads: Int) {
    self.threads = threads
    self.network = network
    noise = kurtosis > 0 ? KurtosisDamping(network, strength: kurtosis) : nil
    moments = UnitMoments(network, hasFirst: true)
    offsets = network.unitOffsets
  }

  /// The step of Ollivier 2015, eqs 22–23, with A_00 + ε and A_ii + ε:
  ///
  ///     δw_i = (G_i A_00 − G_0 A_0i)/(A_ii A_00 − A_0i²)
  ///     δw_0 = G_0/A_00 − Σ_i (A_0i/A_00) δw_i
  ///
  /// A weight whose input does not vary over the samples where the unit reacts has a vanishing
  /// determinant; it is the bias again and steps by 0. Units without bias have a diagonal step.
  /// Kurtosis damping shrinks each δw_i before the bias makes up for it.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let (memory, g) = (step.mutablePointer, gradient.pointer)
    for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
      let least = Parallel.leastElements / (layer.parameters.count / layer.unitCount) + 1
      Parallel.forEachPart(of: layer.unitCount, threads: threads, least: least) { units in
        solve(g, epsilon: epsilon, into: memory, layer: index, units: units)
      }
    }
  }

  private func solve(
    _ g: UnsafePointer<T>, epsilon: T, into step: UnsafeMutablePointer<T>, layer index: Int,
    units: Range<Int>
  ) {
    let (layer, starts) = (network.layers[index], offsets[index].pointer)
    let start = layer.parameters.lowerBound
    guard layer.hasBias else {
      let first = start + Int(starts[units.lowerBound])
      let count = start + Int(starts[units.upperBound]) - first
      T.diagonalSolve(
        count: count, g: g + first, a: moments.second.pointer + first, factor: moments.factor,
        epsilon: epsilon, into: step + first)
      guard let noise else { return }
      T.multiply(
        count: count, x: step + first, y: noise.factors.pointer + first, into: step + first)
      return
    }
    _ = T.quasiDiagonalSolve(
      units: units.count, offsets: starts + units.lowerBound, g: g + start,
      a0i: moments.first!.pointer + start,
      aii: moments.second.pointer + start, factor: moments.factor, epsilon: epsilon,
      shrink: noise.map { UnsafePointer($0.factors.pointer + start) }, into: step + start)
  }

  func set(_ matrix: Matrix<T>, layer: Int, unit: Int) {
    for (i, parameter) in network.parameters(layer: layer, unit: unit).enumerated() {
      moments.set(parameter, diagonal: matrix[i, i], biasRow: matrix[0, i])
    }
  }

  func matrix(layer: Int, unit: Int) -> Matrix<T> {
    let range = network.parameters(layer: layer, unit: unit)
    var result = Matrix<T>(rows: range.count, columns: range.count)
    for (i, parameter) in range.enumerated() {
      result[i, i] = moments.diagonal(parameter)
      if network.layers[layer].hasBias && i > 0 {
        result[0, i] = moments.biasRow(parameter)
        result[i, 0] = moments.biasRow(parameter)
      }
    }
    return result
  }
}
