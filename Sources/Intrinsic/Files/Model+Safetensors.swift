import Foundation
import IntrinsicData
import IntrinsicMath

/// Network files: safetensors with the parameters of layer N under names that PyTorch users expect,
/// and the architecture as JSON in the metadata.
///
/// | tensor | layers | shape |
/// |---|---|---|
/// | `layers.N.weight` | dense | units × incoming, blocks in the order of `reads`; images by channel, height, width |
/// | | convolution | channels × channels that are read × window height × window width |
/// | | sparse | edges, unit after unit |
/// | | gains of a normalized layer, output parameters | units |
/// | | of a kind of the caller's | parameters, unit after unit |
/// | `layers.N.bias` | those with bias | units |
/// | `layers.N.running_mean` | normalized over the batch, after training | units |
/// | `layers.N.running_var` | the same: the variance or second moment | units |
/// | `layers.N.indices` | sparse | edges: the unit that is read, inputs first, then layer after layer |
/// | `layers.N.offsets` | sparse | units + 1: where the edges of each unit start |
extension Model {
  /// The metadata that holds the architecture.
  static let architectureKey = "intrinsic.network"

  /// How parameters are stored.
  public enum Precision: Sendable {
    case float32
    /// Without any loss.
    case float64
  }

  /// Writes a network file, all of it or nothing; an earlier file of that name is replaced.
  ///
  /// - Parameters:
  ///   - url: where to.
  ///   - precision: the type of the stored numbers.
  ///   - metadata: more text by key, such as where the model came from.
  /// - Throws: `DataError` if the file cannot be written.
  public func save(
    to url: URL, precision: Precision = .float64, metadata: [String: String] = [:]
  ) throws(DataError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let description = NetworkDescription(network)
    var metadata = metadata
    // Descriptions are finite numbers and text, which always encode.
    metadata[Self.architectureKey] = String(
      decoding: try! encoder.encode(description), as: UTF8.self)
    try Safetensors.write(tensors: tensors(precision), metadata: metadata, to: url)
  }

  func tensors(_ precision: Precision) -> [NamedTensor] {
    let values = parameters.elements
    func tensor(_ list: [Double], _ shape: [Int]) -> Tensor {
      precision == .float64
        ? Tensor(list, shape: shape) : Tensor(list.map(Float.init), shape: shape)
    }
    var result: [NamedTensor] = []
    for (index, layer) in network.layers.enumerated() {
      let name = NetworkDescription.name(ofLayer: index)
      if layer.parameters.isEmpty { continue }
      let units = layer.unitCount
      let ranges = (0..<units).map { network.parameters(layer: index, unit: $0) }
      let weights = ranges.map { layer.hasBias ? $0.dropFirst() : $0 }
      let order = network.fileOrder(ofLayer: index)
      let list = weights.flatMap { range in
        order.map { $0.map { values[range.lowerBound + $0] } } ?? Array(values[range])
      }
      let shape = layer.filedConnection.weightShape(count: list.count)
      result.append(NamedTensor("\(name).weight", tensor(list, shape)))
      if layer.hasBias {
        result.append(
          NamedTensor("\(name).bias", tensor(ranges.map { values[$0.lowerBound] }, [units])))
      }
      if let running = statistics[index], layer.normalization?.usesBatch == true {
        result.append(
          NamedTensor("\(name).running_mean", tensor(running.mean, [running.mean.count])))
        result.append(
          NamedTensor("\(name).running_var", tensor(running.variance, [running.variance.count])))
      }
      if layer.filedConnection.kind == .sparse && !layer.holdsOutputParameters {
        let numbers = network.numbersInLayerOrder
        let indices = (0..<units).flatMap { unit in
          layer.connection.incomingRows(of: unit).compactMap { numbers[$0] }
        }
        result.append(NamedTensor("\(name).indices", Tensor(indices)))
        let offsets = weights.reduce(into: [0]) { $0.append($0.last! + $1.count) }
        result.append(NamedTensor("\(name).offsets", Tensor(offsets)))
      }
    }
    return result
  }

  /// Reads a network file.
  ///
  /// - Throws: `DataError`, naming the file and the tensor, if the file is damaged, holds no
  ///   architecture, tensors do not fit it, a parameter is not a number, or an activation or a kind of layer
  ///   is not known (``Activation/register(_:)-(ActivationFunction)``, ``Network/register(_:)``).
  public init(contentsOf url: URL) throws(DataError) {
    self = try NetworkFile(try Safetensors.read(url), file: url.path).model()
  }
}

extension Network {
  /// The number of each row's unit when units are counted in layer order, nil for constant rows.
  fileprivate var numbersInLayerOrder: [Int?] {
    var numbers = [Int?](repeating: nil, count: rowCount)
    for (number, row) in unitRows.sorted().enumerated() { numbers[row] = number }
    return numbers
  }
}
