import Intrinsic
import IntrinsicMath

/// How far the matrices that a step inverts are from singular.
struct Conditioning {
  /// The least Cholesky pivot of all matrices that a metric inverts, each scaled to a diagonal of
  /// ones: 1 − R² of the incoming activity that the others explain best. Rounding errors of a step
  /// are of the order of 10⁻¹⁶ over this. 0 if a matrix has a vanishing diagonal entry that is not
  /// simply left out, 1 for diagonal matrices.
  private(set) var smallestPivot = 1.0
  /// Whose matrix that is; nil for the one of a full metric.
  private(set) var owner: (layer: Int, unit: Int)?

  init(
    _ metric: Metric, _ damping: Damping, at model: Model, _ samples: Samples<Double>,
    stream: RandomStream
  ) throws(MetricError) {
    let estimator = try MetricEstimator<Double>(
      metric, damping: damping, model.network, maximumBatchSize: samples.count, stream: stream)
    let workspace = Workspace<Double>(model.network, maximumBatchSize: samples.count)
    workspace.load(samples)
    var gradient = Gradient<Double>(model.network)
    workspace.lossAndGradient(model.parameters, into: &gradient)
    estimator.estimate(at: workspace, model.parameters)
    if let full = estimator.fullMatrix() {
      smallestPivot = Self.pivot(full)
      return
    }
    let reduction = metric.reduction
    if reduction == .diagonal { return }
    for (index, layer) in model.network.layers.enumerated() {
      if reduction == .quasiDiagonal && !layer.hasBias { continue }
      if layer.parameters.isEmpty { continue }
      for unit in estimator.matrices(of: index).indices {
        let matrix = estimator.unitMatrix(layer: index, unit: unit)!
        let pivot =
          reduction == .quasiDiagonal ? Self.quasiDiagonalPivot(matrix) : Self.pivot(matrix)
        if pivot < smallestPivot { (smallestPivot, owner) = (pivot, (index, unit)) }
      }
    }
  }

  private static func pivot(_ matrix: Matrix<Double>) -> Double {
    let count = matrix.rows
    let roots = (0..<count).map { matrix[$0, $0].squareRoot() }
    guard roots.allSatisfy({ $0 > 0 }) else { return 0 }
    var scaled = matrix
    for i in 0..<count {
      for j in 0..<count { scaled[i, j] = matrix[i, j] / (roots[i] * roots[j]) }
    }
    return scaled.elements.withUnsafeMutableBufferPointer { memory in
      let failure = Double.choleskyFactor(n: count, a: memory.baseAddress!, lda: count)
      if failure != 0 { return 0 }
      return (0..<count).map { memory[$0 * count + $0] * memory[$0 * count + $0] }.min()!
    }
  }

  /// min 1 − A_0i²/(A_00 A_ii), without inputs that are 0 wherever the unit reacts.
  private static func quasiDiagonalPivot(_ matrix: Matrix<Double>) -> Double {
    (1..<matrix.rows).reduce(1.0) { least, i in
      let product = matrix[0, 0] * matrix[i, i]
      return product > 0 ? min(least, 1 - matrix[0, i] * matrix[0, i] / product) : least
    }
  }
}
