import Foundation
import IntrinsicData

/// A model as an ONNX file, for runtimes that know no Swift.
///
///     try ONNXModel(of: model, shift: means, scale: deviations, classes: ["no", "yes"]).write(to: url)
///
/// Normalizations are folded, and the standardization of the inputs comes first. The input is `features`, samples ×
/// inputs or samples × channels × height × width; with the encoding of a table there is one input for each column,
/// samples × 1, numbers in double precision and texts. The output is `outputs`, or for softmax networks
/// `probabilities` and the class, `label`.
public struct ONNXModel: Sendable {
  /// The file.
  public let data: Data

  /// - Parameters:
  ///   - model: what is exported.
  ///   - shift: what is subtracted from each input, or from those of each channel; nil for nothing.
  ///   - scale: what the difference is divided by.
  ///   - encoding: how the columns of a table become inputs; nil if inputs are numbers.
  ///   - classes: their names, in order; nil if they have none.
  /// - Throws: `DataError` if a layer has no counterpart: sparse ones, those of one's own, reparametrized units.
  public init(
    of model: Model, shift: [Float]? = nil, scale: [Float]? = nil, encoding: TableEncoding? = nil,
    classes: [String]? = nil
  ) throws(DataError) {
    let model = model.folded
    let network = model.network
    var graph = ONNXGraph()
    var values = [
      NetworkDescription.inputsName: Self.standardized(
        Self.inputs(network, encoding, &graph), network, shift, scale, &graph)
    ]
    var constants: [String: String] = [:]
    for entry in model.tensors(.float32) {
      constants[entry.name] = graph.constant(entry.name, entry.tensor)
    }
    for (index, layer) in NetworkDescription(network).layers.enumerated() {
      let name = NetworkDescription.name(ofLayer: index)
      let y = try Self.preactivation(
        layer, index, (layer.reads ?? []).map { values[$0]! }, constants, &graph)
      values[name] = try Self.activated(y, layer.activation, layer: index, &graph)
    }
    let last = values[NetworkDescription.name(ofLayer: network.layers.count - 1)]!
    Self.addOutputs(last, network, classes, &graph)
    // A graph has no required fields that could be missing.
    data = try! graph.model().serializedData()
  }

  /// Writes the file.
  /// - Throws: `DataError` if it cannot be written.
  public func write(to url: URL) throws(DataError) { try AtomicFile.write(data, to: url) }

  private static func preactivation(
    _ layer: NetworkDescription.Layer, _ index: Int, _ reads: [String],
    _ constants: [String: String], _ graph: inout ONNXGraph
  ) throws(DataError) -> String {
    if layer.affine != nil { throw refusal(index, "reparametrized units") }
    let name = NetworkDescription.name(ofLayer: index)
    let weights = [constants["\(name).weight"], constants["\(name).bias"]].compactMap(\.self)
    switch layer.kind {
    case .dense:
      let flat = reads.map { graph.add("Flatten", [$0], [("axis", .integer(1))]) }
      let incoming = flat.count == 1 ? flat[0] : graph.add("Concat", flat, [("axis", .integer(1))])
      return graph.add("Gemm", [incoming] + weights, [("transB", .integer(1))])
    case .convolution:
      return graph.add("Conv", [reads[0]] + weights, attributes(of: layer.window!))
    case .maximumPooling: return graph.add("MaxPool", reads, attributes(of: layer.window!))
    case .averagePooling:
      return graph.add(
        "AveragePool", reads, attributes(of: layer.window!) + [("count_include_pad", .integer(1))])
    case .sum: return graph.add("Sum", reads)
    case .sparse, .oneToOne, .outputParameters, .custom:
      throw refusal(index, "a layer of the kind “\(layer.kind.rawValue)”")
    }
  }

  private static func attributes(
    of window: Window
  ) -> [(String, ONNXGraph.Attribute)] {
    let padding = [window.verticalPadding, window.horizontalPadding]
    return [
      ("kernel_shape", .integers([window.height, window.width])),
      ("strides", .integers([window.verticalStride, window.horizontalStride])),
      ("pads", .integers(padding + padding)),
    ]
  }

  private static func activated(
    _ y: String, _ activation: Activation, layer: Int, _ graph: inout ONNXGraph
  ) throws(DataError) -> String {
    func scaled(_ value: String, _ factor: Double) -> String {
      graph.add("Mul", [value, number(factor)])
    }
    func number(_ value: Double) -> String {
      graph.constant("constant_\(layer)_\(value)", Tensor([Float(value)]))
    }
    switch activation {
    case .identity: return y
    case .relu: return graph.add("Relu", [y])
    case .sigmoid: return graph.add("Sigmoid", [y])
    case .tanh: return graph.add("Tanh", [y])
    case .scaledTanh: return scaled(graph.add("Tanh", [scaled(y, 2.0 / 3)]), 1.7159)
    case .softplus: return graph.add("Softplus", [y])
    case .positivePower(let p):
      return graph.add("Pow", [graph.add("Relu", [y]), number(Double(p))])
    case .power(let p): return graph.add("Pow", [y, number(Double(p))])
    case .gelu:
      let erf = graph.add("Erf", [scaled(y, 0.5.squareRoot())])
      return graph.add("Mul", [scaled(y, 0.5), graph.add("Add", [erf, number(1)])])
    case .silu: return graph.add("Mul", [y, graph.add("Sigmoid", [y])])
    case .elu: return graph.add("Elu", [y], [("alpha", .real(1))])
    case .leakyRelu(let p): return graph.add("LeakyRelu", [y], [("alpha", .real(Float(p)))])
    case .sine(let p): return graph.add("Sin", [scaled(y, Double(p))])
    case .custom(let registered):
      throw refusal(layer, "of the activation “\(registered.function.name)”")
    case .group(let group): return try grouped(y, group, layer: layer, &graph)
    }
  }

  /// Groups of one size as an axis of their own.
  private static func grouped(
    _ y: String, _ group: GroupActivation, layer: Int, _ graph: inout ONNXGraph
  ) throws(DataError) -> String {
    if group.function == .identity { return y }
    guard group.sizes.count == 1 else { throw refusal(layer, "of groups of several sizes") }
    func shape(_ name: String, _ sizes: [Int64]) -> String {
      graph.constant(
        "\(name)_\(layer)",
        Tensor(
          elementType: .int64, shape: [sizes.count], bytes: sizes.withUnsafeBytes { [UInt8]($0) }))
    }
    let groups = graph.add("Reshape", [y, shape("groups", [0, -1, Int64(group.sizes[0])])])
    let result: String
    switch group.function {
    case .softmax: result = graph.add("Softmax", [groups], [("axis", .integer(2))])
    case .radial:
      let length = graph.add("ReduceL2", [groups], [("axes", .integers([2]))])
      let least = graph.constant("least_\(layer)", Tensor([Float.leastNormalMagnitude]))
      let ratio = graph.add(
        "Div", [graph.add("Tanh", [length]), graph.add("Max", [length, least])])
      result = graph.add("Mul", [groups, ratio])
    case .custom, .identity: throw refusal(layer, "of the activation “\(group)”")
    }
    return graph.add("Reshape", [result, shape("units", [0, -1])])
  }

  private static func addOutputs(
    _ last: String, _ network: Network, _ classes: [String]?, _ graph: inout ONNXGraph
  ) {
    let count = network.outputCount
    guard network.output == .softmax else {
      graph.add("Identity", [last], as: "outputs")
      return graph.output("outputs", .float32, shape: [count])
    }
    graph.add("Softmax", [last], [("axis", .integer(1))], as: "probabilities")
    graph.output("probabilities", .float32, shape: [count])
    let best = graph.add(
      "ArgMax", ["probabilities"], [("axis", .integer(1)), ("keepdims", .integer(0))],
      as: classes == nil ? "label" : nil)
    if let classes {
      graph.add(
        "LabelEncoder", [best],
        [("keys_int64s", .integers(Array(classes.indices))), ("values_strings", .texts(classes))],
        isForTables: true, as: "label")
    }
    graph.output("label", classes == nil ? .int64 : .text, shape: [])
  }

  static func refusal(_ layer: Int, _ what: String) -> DataError {
    .unsupported(
      .init(file: "ONNX"), found: "layer \(layer) is \(what), which has no operator there",
      remedy: "Dense layers, convolutions, poolings and sums can be exported.")
  }
}
