import Foundation
import IntrinsicData
import IntrinsicMath
import IntrinsicProtobuf

extension ImportedNetwork {
  /// The network of an ONNX file, with the standardization of its inputs and the names of its classes if they are in it.
  ///
  ///     let network = try ImportedNetwork(onnx: url)
  ///
  /// Read are Gemm, MatMul, Conv, BatchNormalization behind one of these, poolings, sums, concatenations before dense
  /// layers, and activations of single units, however operators put them together. Operators behind the probabilities,
  /// for labels, are left out. Inputs are images by channel, height and width, or by height, width and channel if they
  /// are transposed first.
  ///
  /// - Parameters:
  ///   - url: the file; tensors that are in files of their own are looked for beside it.
  ///   - image: the shape of the inputs, if the file leaves it open.
  ///   - output: what the outputs mean; nil for classes if there are several, and a square loss otherwise.
  /// - Throws: `DataError`, naming the operator, if it has no counterpart here.
  public init(
    onnx url: URL, image: ImageShape? = nil, output: OutputModel? = nil
  ) throws(DataError) {
    let model: ONNXModelProto
    do { model = try ONNXModelProto(serializedBytes: try DataFile.read(url)) } catch let error
      as DataError
    {
      throw error
    } catch {
      throw .malformed(
        .init(file: url.path), found: "it is no ONNX file, or cut short",
        remedy: "Fetch or export it again.")
    }
    guard !model.graph.node.isEmpty else {
      throw .malformed(
        .init(file: url.path), found: "it is no ONNX file: it has no operators",
        remedy: "A file of tensors only, such as a state_dict, ends in .safetensors.")
    }
    var reader = try ONNXReader(model.graph, image: image, in: url)
    try reader.read(model.graph)
    self = try reader.network(output)
  }
}
