import Foundation
import IntrinsicData
import IntrinsicProtobuf

/// One operator of an ONNX graph, with its attributes by name.
struct ONNXOperator {
  let type: String
  /// Its own, or its type if it has none.
  let name: String
  let inputs: [String]
  let isForTables: Bool
  let place: DataError.Place
  private let attributes: [String: ONNXAttributeProto]

  init(_ node: ONNXNodeProto, in url: URL) {
    type = node.opType
    name = node.name.isEmpty ? node.opType : node.name
    inputs = node.input
    isForTables = node.domain == ONNXGraph.tables
    place = DataError.Place(file: url.path, member: name)
    attributes = Dictionary(
      node.attribute.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func integer(_ name: String, orElse value: Int) -> Int {
    attributes[name].map { Int(clamping: $0.i) } ?? value
  }

  func real(_ name: String, orElse value: Double) -> Double {
    attributes[name].map { Double($0.f) } ?? value
  }

  func integers(_ name: String) -> [Int]? { attributes[name]?.ints.map { Int(clamping: $0) } }

  func reals(_ name: String) -> [Double]? { attributes[name]?.floats.map { Double($0) } }

  func text(_ name: String) -> String? {
    attributes[name].map { String(decoding: $0.s, as: UTF8.self) }
  }

  func texts(_ name: String) -> [String]? {
    attributes[name].map { $0.strings.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// The constant that an operator “Constant” is.
  func constant(in url: URL) throws(DataError) -> ONNXConstant {
    if let tensor = attributes["value"]?.t { return try ONNXConstant(tensor, in: url) }
    if let value = attributes["value_float"] { return ONNXConstant([Double(value.f)], shape: []) }
    if let value = attributes["value_int"] { return ONNXConstant([Double(value.i)], shape: []) }
    if let values = reals("value_floats") { return ONNXConstant(values) }
    if let values = integers("value_ints") { return ONNXConstant(values.map(Double.init)) }
    throw refusal(
      "a constant of this kind", remedy: "Export the network with constants of numbers.")
  }

  func refusal(_ found: String, remedy: String) -> DataError {
    .unsupported(place, found: "\(found) (\(type))", remedy: remedy)
  }

  /// That it has no counterpart here.
  func refusal(_ found: String? = nil) -> DataError {
    .unsupported(
      place, found: found.map { "\(type) \($0)" } ?? "the operator \(type) here has no counterpart",
      remedy:
        "Networks of Gemm, MatMul, Conv, BatchNormalization, poolings, sums and activations of single units can be imported."
    )
  }
}
