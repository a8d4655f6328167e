import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// A metric of a model as arrays for other programs. Parameters of a unit are in the order bias, then
/// weights; those of a network unit after unit, layer after layer.
///
/// | reduction | arrays |
/// |---|---|
/// | full | `metric`: parameters × parameters |
/// | unitwise | `layers.N.metric`: units × d × d, or `layers.N.metric.K`: d × d for unit K, where units have different numbers d of parameters |
/// | quasi-diagonal | `layers.N.diagonal` (A_ii) and `layers.N.bias_row` (A_0i) |
/// | diagonal | `layers.N.diagonal` |
///
/// Diagonals are units × d, or one long array where units have different numbers of parameters.
public struct MetricArrays: Sendable {
  public let arrays: [NamedTensor]

  /// Metrics that need more bytes are refused.
  public static let greatestSize = 4_000_000_000

  /// The mean over the samples, undamped.
  ///
  /// - Parameters:
  ///   - metric: what is computed.
  ///   - model: where.
  ///   - samples: over what the mean is; the loss gradient needs targets.
  ///   - stream: where Monte Carlo metrics draw from.
  /// - Throws: `MetricError` if the output model has no such metric or it is too large.
  public init(
    _ metric: Metric, of model: Model, on samples: Samples<Double>, stream: RandomStream
  ) throws(MetricError) {
    let network = model.network
    try Self.checkSize(metric, network)
    // A little damping lets a matrix be formed where it could not be inverted.
    let estimator = try MetricEstimator<Double>(
      metric, damping: .additive(1), evolution: Evolution(discount: 0.5), network,
      capacity: samples.count, stream: stream)
    let workspace = Workspace<Double>(network, capacity: samples.count)
    workspace.load(samples)
    var gradient = Gradient<Double>(network)
    workspace.lossAndGradient(model.parameters, into: &gradient)
    estimator.estimate(at: workspace, model.parameters)
    guard let reduction = metric.reduction else {
      let matrix = estimator.fullMatrix()!
      arrays = [
        NamedTensor("metric", Tensor(matrix.elements, shape: [matrix.rows, matrix.columns]))
      ]
      return
    }
    var arrays: [NamedTensor] = []
    for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
      let matrices = (0..<layer.unitCount).map {
        estimator.unitMatrix(layer: index, unit: $0)!
      }
      let size = matrices[0].rows
      let isUniform = matrices.allSatisfy { $0.rows == size }
      let name = "layers.\(index)"
      if reduction == .unitwise {
        if isUniform {
          arrays.append(
            NamedTensor(
              "\(name).metric",
              Tensor(matrices.flatMap(\.elements), shape: [matrices.count, size, size])))
        } else {
          arrays += matrices.enumerated().map { unit, matrix in
            NamedTensor(
              "\(name).metric.\(unit)", Tensor(matrix.elements, shape: [matrix.rows, matrix.rows]))
          }
        }
        continue
      }
      func array(_ name: String, _ values: [Double]) -> NamedTensor {
        NamedTensor(
          name, Tensor(values, shape: isUniform ? [matrices.count, size] : [values.count]))
      }
      arrays.append(
        array("\(name).diagonal", matrices.flatMap { m in (0..<m.rows).map { m[$0, $0] } }))
      if reduction == .quasiDiagonal && layer.hasBias {
        arrays.append(array("\(name).bias_row", matrices.flatMap { $0.row(0) }))
      }
    }
    self.arrays = arrays
  }

  private static func checkSize(_ metric: Metric, _ network: Network) throws(MetricError) {
    let numbers: Double
    switch metric.reduction {
    case nil: numbers = Double(network.parameterCount) * Double(network.parameterCount)
    case .unitwise:
      numbers = network.layers.reduce(0) { sum, layer in
        (0..<layer.unitCount).reduce(sum) {
          let size = Double(layer.connection.parameters(of: $1).count)
          return $0 + size * size
        }
      }
    case .quasiDiagonal, .diagonal: numbers = 2 * Double(network.parameterCount)
    }
    if numbers * 8 > Double(greatestSize) {
      throw .tooLarge(
        parameters: network.parameterCount, columns: 0, gigabytes: (numbers * 8e-9).rounded())
    }
  }
}
