import Intrinsic

/// K-FAC (Martens and Grosse 2015) for dense layers. The Fisher matrix of a layer, with the parameters of unit
/// k one after the other, is taken for a Kronecker product of averages over samples,
///
///     F ≈ G ⊗ A,   A = E[ã ãᵀ],   G = E[s sᵀ]
///
/// with incoming activities ã and the signals s of targets that the network would draw, so that its step is
/// G⁻¹ V A⁻¹ for a gradient V, units × incoming. Damping λ is split between the factors.
final class KFAC<T: Scalar>: StepRule {
  let damping: T
  /// The weight of a new estimate in the averages.
  let rate: T
  private(set) var incoming: [Matrix<T>]
  private(set) var outgoing: [Matrix<T>]
  private var steps = 0

  init(_ network: Network, damping: T, rate: T) {
    self.damping = damping
    self.rate = rate
    let sizes = network.layers.indices.map { layer in
      (network.parameters(layer: layer, unit: 0).count, network.layers[layer].unitCount)
    }
    incoming = sizes.map { Matrix(rows: $0.0, columns: $0.0) }
    outgoing = sizes.map { Matrix(rows: $0.1, columns: $0.1) }
  }

  var name: String { "K-FAC with damping \(damping), rate \(rate)" }

  func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    let network = workspace.network
    try estimate(at: workspace, parameters)
    for (index, layer) in network.layers.enumerated() {
      let (a, g) = (incoming[index], outgoing[index])
      var v = Matrix<T>(rows: layer.unitCount, columns: a.rows)
      for unit in 0..<layer.unitCount {
        for (i, parameter) in network.parameters(layer: index, unit: unit).enumerated() {
          v[unit, i] = gradient[parameter]
        }
      }
      // π balances the factors: λ Id ⊗ Id ≈ (√λ/π Id) ⊗ (π √λ Id) beside the product.
      let pi = ((trace(a) / T(a.rows)) / max(trace(g) / T(g.rows), 1e-30)).squareRoot()
      let left = g.addingToDiagonal(damping.squareRoot() / pi)
      let right = a.addingToDiagonal(damping.squareRoot() * pi)
      guard let half = left.positiveDefiniteSolve(v),
        let whole = right.positiveDefiniteSolve(half.transposed)
      else { throw SingularFactor(layer: index) }
      for unit in 0..<layer.unitCount {
        for (i, parameter) in network.parameters(layer: index, unit: unit).enumerated() {
          step[parameter] = whole[i, unit]
        }
      }
    }
  }

  /// A and G move towards those of the batch.
  private func estimate(at workspace: Workspace<T>, _ parameters: Parameters<T>) throws {
    let signals = try workspace.fisherSignals(parameters)
    let keep = steps == 0 ? 0 : 1 - rate
    let scale = (1 - keep) / T(workspace.batch)
    for index in workspace.network.layers.indices {
      let (a, s) = (workspace.incomingActivities(layer: index), signals[index])
      incoming[index] = incoming[index].map { keep * $0 }.adding(a * a.transposed, times: scale)
      outgoing[index] = outgoing[index].map { keep * $0 }.adding(s * s.transposed, times: scale)
    }
    steps += 1
  }

  private func trace(_ matrix: Matrix<T>) -> T {
    (0..<matrix.rows).reduce(0) { $0 + matrix[$1, $1] }
  }

  func code(_ coder: CheckpointCoder<T>) {
    coder.code("steps", &steps)
    for index in incoming.indices {
      coder.code("incoming.\(index)", &incoming[index])
      coder.code("outgoing.\(index)", &outgoing[index])
    }
  }

  /// A factor that is singular even with damping.
  struct SingularFactor: Error, CustomStringConvertible {
    let layer: Int
    var description: String { "a Kronecker factor of layer \(layer) is singular; use more damping" }
  }
}
