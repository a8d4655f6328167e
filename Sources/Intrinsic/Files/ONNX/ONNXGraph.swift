import IntrinsicData

/// A graph of ONNX operators under construction. A value is known by its name; each operator gives one.
struct ONNXGraph {
  /// The types of elements, by their numbers in the format.
  enum Element: Int {
    case float32 = 1
    case int64 = 7
    case text = 8
    case float64 = 11
  }

  enum Attribute {
    case integer(Int)
    case real(Float)
    case integers([Int])
    case texts([String])
  }

  private var nodes: [ProtocolBuffer] = []
  private var constants: [ProtocolBuffer] = []
  private var inputs: [ProtocolBuffer] = []
  private var outputs: [ProtocolBuffer] = []
  private var count = 0

  /// The operators of the standard, as of ONNX 1.12, and those of its companion for data of tables.
  private static let versions = (file: 8, operators: 17, tables: 3)
  private static let tables = "ai.onnx.ml"

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
    count += 1
    let value = name ?? "\(type.lowercased())_\(count)"
    var node = ProtocolBuffer()
    for operand in operands { node.add(1, operand) }
    node.add(2, value)
    node.add(3, "\(type)_\(count)")
    node.add(4, type)
    for (name, attribute) in attributes { node.add(5, Self.message(name, attribute)) }
    if isForTables { node.add(7, Self.tables) }
    nodes.append(node)
    return value
  }

  private static func message(_ name: String, _ attribute: Attribute) -> ProtocolBuffer {
    var message = ProtocolBuffer()
    message.add(1, name)
    switch attribute {
    case .real(let value):
      message.add(2, value)
      message.add(20, 1)
    case .integer(let value):
      message.add(3, value)
      message.add(20, 2)
    case .integers(let list):
      for value in list { message.add(8, value) }
      message.add(20, 7)
    case .texts(let list):
      for text in list { message.add(9, text) }
      message.add(20, 8)
    }
    return message
  }

  /// Adds a constant and returns its name.
  mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    let type: Element =
      switch tensor.elementType {
      case .float64: .float64
      case .int64: .int64
      default: .float32
      }
    var message = ProtocolBuffer()
    for size in tensor.shape { message.add(1, size) }
    message.add(2, type.rawValue)
    message.add(8, name)
    message.add(9, tensor.bytes)
    constants.append(message)
    return name
  }

  /// Adds an input, or an output that is the value of that name; the first size is any number of samples.
  mutating func input(_ name: String, _ element: Element, shape: [Int]) -> String {
    inputs.append(Self.signature(name, element, shape))
    return name
  }

  mutating func output(_ name: String, _ element: Element, shape: [Int]) {
    outputs.append(Self.signature(name, element, shape))
  }

  private static func signature(_ name: String, _ element: Element, _ sizes: [Int])
    -> ProtocolBuffer
  {
    var shape = ProtocolBuffer()
    var samples = ProtocolBuffer()
    samples.add(2, "samples")
    shape.add(1, samples)
    for size in sizes {
      var dimension = ProtocolBuffer()
      dimension.add(1, size)
      shape.add(1, dimension)
    }
    var tensor = ProtocolBuffer()
    tensor.add(1, element.rawValue)
    tensor.add(2, shape)
    var type = ProtocolBuffer()
    type.add(1, tensor)
    var message = ProtocolBuffer()
    message.add(1, name)
    message.add(2, type)
    return message
  }

  /// The file.
  func model() -> [UInt8] {
    var graph = ProtocolBuffer()
    for node in nodes { graph.add(1, node) }
    graph.add(2, "network")
    for constant in constants { graph.add(5, constant) }
    for input in inputs { graph.add(11, input) }
    for output in outputs { graph.add(12, output) }
    var model = ProtocolBuffer()
    model.add(1, Self.versions.file)
    model.add(2, "Intrinsic")
    model.add(7, graph)
    for (domain, version) in [("", Self.versions.operators), (Self.tables, Self.versions.tables)] {
      var set = ProtocolBuffer()
      if !domain.isEmpty { set.add(1, domain) }
      set.add(2, version)
      model.add(8, set)
    }
    return model.bytes
  }
}
