import Intrinsic
import IntrinsicMath

/// Summaries of what units do, from a workspace that holds a forward pass.
struct ActivityPass {
  private let model: Model
  private let workspace: Workspace<Double>
  private let limits: Inspection.Limits
  private let estimator: MetricEstimator<Double>?

  init(_ model: Model, _ workspace: Workspace<Double>, _ limits: Inspection.Limits) {
    self.model = model
    self.workspace = workspace
    self.limits = limits
    let network = model.network
    // The diagonal reduction has the same moduli and holds no matrices.
    estimator =
      network.output.hasFisherMetric
      ? try! MetricEstimator<Double>(
        .diagonalGaussNewton, damping: .none, network, maximumBatchSize: workspace.maximumBatchSize,
        stream: RandomStream(seed: 0)) : nil
  }

  func activity(_ index: Int) -> Inspection.Activity {
    let layer = model.network.layers[index]
    // The samples of a unit are those at all its positions.
    func values(_ matrix: Matrix<Double>) -> [[Double]] {
      (0..<layer.unitCount).map { unit in
        (0..<layer.positions).flatMap { matrix.row($0 * layer.unitCount + unit) }
      }
    }
    let (a, r) = (
      values(workspace.activities.matrix(layer.rows)),
      values(workspace.derivatives.matrix(layer.rows))
    )
    let seen = workspace.batch * layer.positions
    let count = Double(seen)
    let units = 0..<layer.unitCount
    let means = units.map { a[$0].reduce(0, +) / count }
    let variances = units.map { unit in
      a[unit].reduce(0) { $0 + ($1 - means[unit]) * ($1 - means[unit]) } / count
    }
    let c = estimator?.modulus(layer: index, at: workspace, model.parameters)
    return Inspection.Activity(
      mean: .init(means), variance: .init(variances),
      dead: units.count { r[$0].allSatisfy { $0 == 0 } },
      saturated: layer.activation.largestDerivative.map { largest in
        let scales = units.map { unit in
          layer.affine.map { abs($0.alpha[unit] / $0.gamma[unit]) } ?? 1
        }
        return units.count { unit in
          r[unit].count { abs($0) < 0.01 * largest * scales[unit] } * 2 > seen
        }
      },
      modulus: c.map { c in .init(values(c).map { $0.reduce(0, +) / count }) },
      condition: layer.connection.sharesParameters || layer.parameters.isEmpty
        ? nil : c.flatMap { conditions(layer, $0) })
  }

  private func conditions(_ layer: Network.Layer, _ c: Matrix<Double>) -> Inspection.Spread? {
    let incoming = (0..<c.rows).map(layer.connection.incomingRows)
    let norms = incoming.indices.map { scaledNorms(incoming[$0], c.row($0)) }
    let regular = incoming.indices.filter { unit in
      incoming[unit].count <= workspace.batch && norms[unit].allSatisfy { $0 != 0 }
    }
    let sizes = regular.map { incoming[$0].count }
    guard limits.allowConditions(of: sizes, samples: workspace.batch) else { return nil }
    var values = [Double](repeating: .infinity, count: c.rows)
    for unit in regular { values[unit] = condition(incoming[unit], c.row(unit), norms[unit]) }
    return .init(values)
  }

  /// √Σ_x a_i² c of each incoming row.
  private func scaledNorms(_ rows: [Int], _ c: [Double]) -> [Double] {
    rows.map { row in
      let a = workspace.activities.row(row)
      return c.indices.reduce(0.0) { $0 + a[$1] * a[$1] * c[$1] }.squareRoot()
    }
  }

  /// The condition number of E[ã ãᵀ c] scaled to a diagonal of ones, by its eigenvalues.
  private func condition(_ rows: [Int], _ c: [Double], _ norms: [Double]) -> Double {
    let (size, batch) = (rows.count, workspace.batch)
    var scaled = [Double](repeating: 0, count: size * batch)
    for (i, row) in rows.enumerated() {
      let a = workspace.activities.row(row)
      for x in 0..<batch { scaled[i * batch + x] = a[x] * c[x].squareRoot() / norms[i] }
    }
    var matrix = [Double](repeating: 0, count: size * size)
    var values = [Double](repeating: 0, count: size)
    Double.syrk(n: size, k: batch, alpha: 1, a: scaled, lda: batch, beta: 0, c: &matrix, ldc: size)
    guard Double.eigen(n: size, a: &matrix, lda: size, values: &values) == 0 else { return .nan }
    let (least, largest) = (values.min()!, values.max()!)
    return least <= largest * Double(size) * 0x1p-52 ? .infinity : largest / least
  }
}

extension Activation {
  /// max |s′| of functions whose derivative vanishes far from 0 on both sides.
  fileprivate var largestDerivative: Double? {
    switch self {
    case .sigmoid: 0.25
    case .tanh: 1
    case .scaledTanh: 1.7159 * 2 / 3
    case .identity, .relu, .softplus, .positivePower, .power, .gelu, .silu, .elu, .leakyRelu,
      .sine, .custom, .group:
      nil
    }
  }
}
