import IntrinsicData

/// From what a user has to what the first layer reads.
extension ONNXModel {
  /// The features, samples × inputs or samples × channels × height × width.
  static func inputs(
    _ network: Network, _ encoding: TableEncoding?, _ graph: inout ONNXGraph
  ) -> String {
    guard let encoding, network.inputImage == nil else {
      let shape =
        network.inputImage.map { [$0.channels, $0.height, $0.width] } ?? [network.inputCount]
      return graph.input("features", .float32, shape: shape)
    }
    let features = encoding.columns.flatMap { Self.features($0, &graph) }
    return graph.add("Concat", features, [("axis", .integer(1))])
  }

  /// The features of a column, each samples × 1 or, of texts, samples × vocabulary.
  private static func features(
    _ column: TableEncoding.Column, _ graph: inout ONNXGraph
  ) -> [String] {
    switch column.kind {
    case .leftOut: return []
    case .number(let offset, let mean), .date(let offset, let mean):
      let value = graph.input(column.name, .float64, shape: [1])
      let isMissing = graph.add("IsNaN", [value])
      let place = graph.constant("\(column.name) mean", Tensor([mean], shape: [1, 1]))
      let known = graph.add("Where", [isMissing, place, value])
      let origin = graph.constant("\(column.name) offset", Tensor([offset], shape: [1, 1]))
      let feature = single(graph.add("Sub", [known, origin]), &graph)
      return [feature] + (column.hasIndicator ? [single(isMissing, &graph)] : [])
    case .categories(let texts):
      let value = graph.input(column.name, .text, shape: [1])
      return [oneHot(value, texts, &graph)]
        + (column.hasIndicator ? [oneHot(value, [""], &graph)] : [])
    }
  }

  /// 1 for the text that a value is, and 0 for the others; a text that is not known has none.
  private static func oneHot(_ value: String, _ texts: [String], _ graph: inout ONNXGraph) -> String
  {
    let codes = graph.add(
      "OneHotEncoder", [value], [("cats_strings", .texts(texts)), ("zeros", .integer(1))],
      isForTables: true)
    return graph.add("Flatten", [codes], [("axis", .integer(1))])
  }

  private static func single(_ value: String, _ graph: inout ONNXGraph) -> String {
    graph.add("Cast", [value], [("to", .integer(ONNXGraph.Element.float32.rawValue))])
  }

  /// (x − shift)/scale, where the constants have the shape of the features.
  static func standardized(
    _ x: String, _ network: Network, _ shift: [Float]?, _ scale: [Float]?,
    _ graph: inout ONNXGraph
  ) -> String {
    guard let shift, let scale else { return x }
    func constant(_ name: String, _ list: [Float]) -> String {
      guard let image = network.inputImage else {
        // Pixels, each with its channels, one after the other.
        let values = (0..<network.inputCount).map { list[$0 % list.count] }
        return graph.constant(name, Tensor(values, shape: [1, network.inputCount]))
      }
      let pixels = image.height * image.width
      let values = (0..<image.channels).flatMap { channel in
        (0..<pixels).map { list[($0 * image.channels + channel) % list.count] }
      }
      return graph.constant(
        name, Tensor(values, shape: [1, image.channels, image.height, image.width]))
    }
    let difference = graph.add("Sub", [x, constant("shift", shift)])
    return graph.add("Div", [difference, constant("scale", scale)])
  }
}
