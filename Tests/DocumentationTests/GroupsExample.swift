import Foundation
import Intrinsic

/// Two groups of probabilities below three directions in the plane; both outputs are one vector.
func groupedNetwork() throws -> Network {
  var builder = NetworkBuilder(inputs: 3)
  builder.dense(6, .softmax(of: 3))
  builder.dense(6, .radial(of: 2))
  builder.dense(2, .identity(of: 2))
  return try builder.build(output: .square)
}

/// The Fisher matrix of each group of a layer.
func groupMatrices(
  _ model: Model, layer: Int, _ samples: Samples<Double>
) throws -> [Matrix<Double>] {
  let estimator = try MetricEstimator<Double>(
    .unitwiseNaturalGradient, damping: .none, model.network, maximumBatchSize: samples.count,
    stream: RandomStream(seed: 1))
  let workspace = Workspace<Double>(model.network, maximumBatchSize: samples.count)
  workspace.load(samples)
  workspace.forward(model.parameters)
  estimator.estimate(at: workspace, model.parameters)
  return estimator.matrices(of: layer).indices.map {
    estimator.unitMatrix(layer: layer, unit: $0)!
  }
}

/// A rotation by 1 radian a unit of length.
struct Swirl: GroupFunction {
  let name = "swirl"
  let size = 2

  func value(_ y: [Double]) -> [Double] {
    let angle = hypot(y[0], y[1])
    return [
      cos(angle) * y[0] - sin(angle) * y[1], sin(angle) * y[0] + cos(angle) * y[1],
    ]
  }

  func jacobian(_ y: [Double]) -> Matrix<Double> {
    let angle = hypot(y[0], y[1])
    let a = value(y)
    let (dx, dy) = angle > 0 ? (y[0] / angle, y[1] / angle) : (0, 0)
    return Matrix([
      [cos(angle) - a[1] * dx, -sin(angle) - a[1] * dy],
      [sin(angle) + a[0] * dx, cos(angle) + a[0] * dy],
    ])
  }
}
