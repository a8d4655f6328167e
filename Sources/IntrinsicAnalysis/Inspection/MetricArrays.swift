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
    let whole = try MetricMatrix<Double>(
      metric, of: model, over: samples, isFormed: metric.reduction == nil, stream: stream)
    if case .full = metric {
      let matrix = try whole.dense()
      arrays = [
        NamedTensor("metric", Tensor(matrix.elements, shape: [matrix.rows, matrix.columns]))
      ]
      return
    }
    var arrays: [NamedTensor] = []
    let diagonal = whole.diagonal
    for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
      let ranges = (0..<layer.unitCount).map { network.parameters(layer: index, unit: $0) }
      let name = "layers.\(index)"
      if let matrices = whole.unitMatrices(layer: index) {
        let size = matrices[0].rows
        if matrices.allSatisfy({ $0.rows == size }) {
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
      let size = ranges[0].count
      let isUniform = ranges.allSatisfy { $0.count == size }
      func array(_ name: String, _ values: [Double]) -> NamedTensor {
        NamedTensor(name, Tensor(values, shape: isUniform ? [ranges.count, size] : [values.count]))
      }
      arrays.append(array("\(name).diagonal", ranges.flatMap { diagonal[$0] }))
      if let biasRow = whole.biasRow, layer.hasBias {
        arrays.append(
          array(
            "\(name).bias_row",
            ranges.flatMap { [diagonal[$0.lowerBound]] + biasRow[$0.dropFirst()] }
          ))
      }
    }
    self.arrays = arrays
  }

  private static func checkSize(_ metric: Metric, _ network: Network) throws(MetricError) {
    let numbers: Double
    switch (metric, metric.reduction) {
    case (.full, _): numbers = Double(network.parameterCount) * Double(network.parameterCount)
    case (_, .quasiDiagonal), (_, .diagonal): numbers = 2 * Double(network.parameterCount)
    case (_, .unitwise), (_, nil):
      numbers = network.places(metric.partition).reduce(0) {
        $0 + Double($1.parameters.count) * Double($1.parameters.count)
      }
    }
    if numbers * 8 > Double(greatestSize) {
      throw .tooLarge(
        parameters: network.parameterCount, columns: 0, gigabytes: (numbers * 8e-9).rounded())
    }
  }
}
