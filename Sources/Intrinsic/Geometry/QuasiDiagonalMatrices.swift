import IntrinsicMath

/// The quasi-diagonal reduction: A_00, A_0i and A_ii of each unit (Ollivier 2015, Definition 6).
final class QuasiDiagonalMatrices<T: Scalar>: MomentMatrices {
  private let network: Network
  let noise: SamplingNoise<T>?
  let moments: UnitMoments<T>
  /// Where the parameters of each unit start within those of its layer.
  private let offsets: [IndexList]

  /// - Parameter samplingNoise: λ of the damping of that name, 0 for none.
  init(_ network: Network, samplingNoise: Double = 0) {
    self.network = network
    noise = samplingNoise > 0 ? SamplingNoise(network, strength: samplingNoise) : nil
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
  /// Sampling-noise damping shrinks each δw_i before the bias makes up for it.
  func solve(
    _ gradient: Gradient<T>, epsilon: T, into step: inout Displacement<T>
  ) throws(MetricError) {
    let memory = step.mutablePointer
    for (index, layer) in network.layers.enumerated() {
      let start = layer.parameters.lowerBound
      guard layer.hasBias else {
        T.kernels.diagonalSolve(
          layer.parameters.count, gradient.pointer + start, moments.second.pointer + start,
          moments.factor, epsilon, memory + start)
        if let noise {
          T.kernels.multiply(
            layer.parameters.count, memory + start, noise.factors.pointer + start, memory + start)
        }
        continue
      }
      _ = T.kernels.quasiDiagonalSolve(
        layer.unitCount, offsets[index].pointer, gradient.pointer + start,
        moments.first!.pointer + start, moments.second.pointer + start, moments.factor, epsilon,
        noise.map { UnsafePointer($0.factors.pointer + start) }, memory + start)
    }
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
