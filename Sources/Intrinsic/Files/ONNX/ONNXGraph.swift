import Foundation
import IntrinsicData
import IntrinsicProtobuf

/// A graph of ONNX operators under construction. A value is known by its name; each operator gives one.
struct ONNXGraph {
  typealias Element = ONNXTensorProto.Element

  enum Attribute {
    case integer(Int)
    case real(Float)
    case integers([Int])
    case texts([String])
  }

  private var graph = ONNXGraphProto.with { $0.name = "network" }

  /// The operators of the standard, as of ONNX 1.12, and those of its companion for data of tables.
  private static let versions = (file: 8 as Int64, operators: 17 as Int64, tables: 3 as Int64)
  static let tables = "ai.onnx.ml"

  /// Adds an operator.
  /// - Parameters:
  ///   - name: that of its value; a new one if none is given.
  ///   - isForTables: whether it belongs to the companion.
  /// - Returns: the name of its value.
  @discardableResult
  mutating func add(
    _ type: String, _ operands: [String], _ attributes: [(String, Attribute)] = [],
    isForTables: Bool = false, as name: String? = nil
  ) -> String {
    let number = graph.node.count + 1
    let value = name ?? "\(type.lowercased())_\(number)"
    graph.node.append(
      .with {
        $0.input = operands
        $0.output = [value]
        $0.name = "\(type)_\(number)"
        $0.opType = type
        $0.attribute = attributes.map(Self.message)
        $0.domain = isForTables ? Self.tables : ""
      })
    return value
  }

  private static func message(_ name: String, _ attribute: Attribute) -> ONNXAttributeProto {
    .with {
      $0.name = name
      switch attribute {
      case .real(let value): ($0.f, $0.type) = (value, .float)
      case .integer(let value): ($0.i, $0.type) = (Int64(value), .int)
      case .integers(let list): ($0.ints, $0.type) = (list.map(Int64.init), .ints)
      case .texts(let list): ($0.strings, $0.type) = (list.map { Data($0.utf8) }, .strings)
      }
    }
  }

  /// Adds a constant and returns its name.
  mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    graph.initializer.append(
      .with {
        $0.name = name
        $0.dims = tensor.shape.map(Int64.init)
        $0.rawData = Data(tensor.bytes)
        $0.dataType =
          switch tensor.elementType {
          case .float64: .float64
          case .int64: .int64
          default: .float32
          }
      })
    return name
  }

  /// Adds an input, or an output that is the value of that name; the first size is any number of samples.
  mutating func input(_ name: String, _ element: Element, shape: [Int]) -> String {
    graph.input.append(Self.signature(name, element, shape))
    return name
  }

  mutating func output(_ name: String, _ element: Element, shape: [Int]) {
    graph.output.append(Self.signature(name, element, shape))
  }

  private static func signature(
    _ name: String, _ element: Element, _ sizes: [Int]
  ) -> ONNXValueInfoProto {
    .with {
      $0.name = name
      $0.type.tensorType.elemType = element
      $0.type.tensorType.shape.dim =
        [.with { $0.dimParam = "samples" }]
        + sizes.map { size in .with { $0.dimValue = Int64(size) } }
    }
  }

  /// The file.
  func model() -> ONNXModelProto {
    .with {
      $0.irVersion = Self.versions.file
      $0.producerName = "Intrinsic"
      $0.graph = graph
      $0.opsetImport = [
        .with { $0.version = Self.versions.operators },
        .with { ($0.domain, $0.version) = (Self.tables, Self.versions.tables) },
      ]
    }
  }
}
