import Foundation
import IntrinsicData
import IntrinsicMath

/// The contents of a network file on their way to a model: everything is checked against the tensors
/// that are really there before memory is taken for it.
struct NetworkFile {
  private let contents: Safetensors.Contents
  private let file: String
  private let description: NetworkDescription

  private static let again = "Write the network again."

  init(_ contents: Safetensors.Contents, file: String) throws(DataError) {
    self.contents = contents
    self.file = file
    guard let text = contents.metadata[Model.architectureKey] else {
      throw .unsupported(
        .init(file: file), found: "the metadata hold no “\(Model.architectureKey)”",
        remedy:
          "Tensors alone do not say how units are connected; that of a PyTorch network says `intrinsic import`."
      )
    }
    do {
      description = try JSONDecoder().decode(NetworkDescription.self, from: Data(text.utf8))
    } catch DecodingError.dataCorrupted(let context) {
      throw .malformed(
        .init(file: file, member: Model.architectureKey),
        found: "this is no architecture that is known here: \(context.debugDescription)",
        remedy: Self.again)
    } catch {
      throw .malformed(
        .init(file: file, member: Model.architectureKey),
        found: "this is no architecture that is known here", remedy: Self.again)
    }
    if description.version != 1 {
      throw .unsupported(
        .init(file: file, member: Model.architectureKey),
        found: "the architecture has version \(description.version), not 1",
        remedy: "A newer Intrinsic wrote it; use that one.")
    }
  }

  /// Tensors for a network that is known, under the names of a network file.
  init(_ description: NetworkDescription, _ tensors: [NamedTensor], file: String) {
    contents = Safetensors.Contents(tensors: tensors)
    self.file = file
    self.description = description
  }

  func model() throws(DataError) -> Model {
    let network = try network()
    var values = [Double](repeating: 0, count: network.parameterCount)
    for (index, layer) in network.layers.enumerated() {
      if layer.parameters.isEmpty { continue }
      let name = NetworkDescription.name(ofLayer: index)
      if layer.filedConnection.kind == .custom {
        let biases = layer.hasBias ? layer.unitCount : 0
        try check("\(name).weight", shape: [layer.parameters.count - biases])
      }
      var weights = try tensor("\(name).weight").doubles[...]
      let biases = layer.hasBias ? try tensor("\(name).bias").doubles : []
      let order = network.fileOrder(ofLayer: index)
      for unit in 0..<layer.unitCount {
        var range = network.parameters(layer: index, unit: unit)
        if layer.hasBias { values[range.removeFirst()] = biases[unit] }
        for (place, value) in weights.prefix(range.count).enumerated() {
          values[range.lowerBound + (order?[place] ?? place)] = value
        }
        weights = weights.dropFirst(range.count)
      }
    }
    return Model(
      network: network, parameters: Parameters(values), statistics: try statistics(network))
  }

  /// The statistics of all layers whose normalization depends on the batch, or none.
  private func statistics(
    _ network: Network
  ) throws(DataError) -> [Int: NormalizationStatistics<Double>] {
    var result: [Int: NormalizationStatistics<Double>] = [:]
    let layers = network.layers.indices.filter {
      network.layers[$0].normalization?.usesBatch == true
    }
    let names = layers.flatMap { statisticNames(ofLayer: $0) }
    guard names.contains(where: { contents.tensors[$0] != nil }) else { return [:] }
    for index in layers {
      let names = statisticNames(ofLayer: index)
      for name in names { try check(name, shape: [network.layers[index].unitCount]) }
      let variance = try tensor(names[1]).doubles
      try check(variance.allSatisfy { $0 >= 0 }, "“\(names[1])” has a value below 0")
      result[index] = NormalizationStatistics(
        mean: try tensor(names[0]).doubles, variance: variance)
    }
    return result
  }

  /// The names of the mean and of the variance, which files of version 0.1 call `running_spread`.
  private func statisticNames(ofLayer index: Int) -> [String] {
    let layer = NetworkDescription.name(ofLayer: index)
    let isOld = contents.tensors["\(layer).running_spread"] != nil
    return ["running_mean", isOld ? "running_spread" : "running_var"].map { "\(layer).\($0)" }
  }

  private func network() throws(DataError) -> Network {
    var known: Set<String> = []
    try check(
      (1...100_000_000).contains(description.inputs), "there are \(description.inputs) inputs")
    if let image = description.image {
      try check(
        image.isValid && image.count == description.inputs,
        "an image of \(image) has not \(description.inputs) inputs")
    }
    var builder =
      description.image.map { NetworkBuilder(image: $0) }
      ?? NetworkBuilder(inputs: description.inputs)
    var sources = [NetworkDescription.inputsName: NetworkBuilder.Source.inputs]
    let hasOutputParameters = description.layers.last?.kind == .outputParameters
    for (index, layer) in description.layers.enumerated() {
      let name = NetworkDescription.name(ofLayer: index)
      if layer.normalization?.usesBatch == true {
        known.formUnion(statisticNames(ofLayer: index))
      }
      let hasParameters = ![.maximumPooling, .averagePooling, .sum].contains(layer.kind)
      if hasParameters { known.insert("\(name).weight") }
      if layer.bias && hasParameters {
        known.insert("\(name).bias")
        try check("\(name).bias", shape: [layer.units])
      }
      let names = layer.reads ?? []
      let reading = names.compactMap { sources[$0] }
      try check(
        [.sparse, .outputParameters].contains(layer.kind)
          || !names.isEmpty && reading.count == names.count && Set(names).count == names.count,
        "\(name) reads \(names), which are not earlier layers, each once")
      switch layer.kind {
      case .convolution, .maximumPooling, .averagePooling, .sum:
        sources[name] = try add(layer, name, reading: reading, to: &builder)
      case .dense:
        let fanIn = reading.reduce(0) { $0 + builder.units(of: $1).count }
        try check("\(name).weight", shape: [layer.units, fanIn])
        try check(
          zip(reading, reading.dropFirst()).allSatisfy { $0.index < $1.index },
          "\(name) reads \(names), which are not in order")
        sources[name] = builder.append(item(layer, .dense(reading: reading)))
      case .sparse:
        known.formUnion(["\(name).indices", "\(name).offsets"])
        sources[name] = builder.append(
          item(layer, .sparse(incoming: try incoming(name, units: layer.units))))
      case .oneToOne:
        let below = index > 0 ? description.layers[index - 1] : nil
        try check(
          layer.reads == [NetworkDescription.name(ofLayer: index - 1)]
            && below?.normalization.map { $0.gain != .none } == true && below?.units == layer.units,
          "\(name) does not hold the gains of a normalized layer just below")
        try check("\(name).weight", shape: [layer.units])
        var gains = item(layer, .oneToOne(reading: builder.last))
        gains.units = builder.units(of: builder.last).count
        gains.image = builder.image(of: builder.last)
        sources[name] = builder.append(gains)
      case .custom:
        sources[name] = builder.append(try customItem(layer, name, reading: reading, builder))
      case .outputParameters:
        try check(
          index == description.layers.count - 1 && index > 0 && !layer.bias
            && layer.activation == .identity, "\(name) cannot hold output parameters")
        try check("\(name).weight", shape: [builder.units(of: builder.last).count])
      }
    }
    for (index, layer) in description.layers.enumerated() {
      guard let normalization = layer.normalization, normalization.gain != .none else { continue }
      try check(
        description.layers.dropFirst(index + 1).first?.kind == .oneToOne
          && layer.activation == .identity && !layer.bias,
        "layer \(index) is normalized with gains, but no layer holds them")
    }
    if let extra = contents.tensors.first(where: { !known.contains($0.name) }) {
      throw .malformed(
        .init(file: file, member: extra.name), found: "the architecture has no such tensor",
        remedy: Self.again)
    }
    return try building {
      var network = try builder.build(
        output: description.output, outputParameters: hasOutputParameters)
      for (index, layer) in description.layers.enumerated() {
        guard let affine = layer.affine else { continue }
        try check(
          affine.isValid(for: layer.units) && index < description.layers.count - 1,
          "layer \(index) cannot be reparametrized as described")
        network = try network.reparametrized(layer: index, by: affine)
      }
      guard let numbers = description.numbers else { return network }
      try check(
        numbers.sorted() == Array(network.unitRows.indices),
        "the \(numbers.count) numbers of units are no order of them")
      return network.renumbered(numbers)
    }
  }

  /// Reports a network that cannot exist as a fault of the file.
  private func building<Part>(_ body: () throws -> Part) throws(DataError) -> Part {
    do { return try body() } catch let error as NetworkError {
      throw .malformed(
        .init(file: file, member: Model.architectureKey), found: error.description,
        remedy: Self.again)
    } catch let error as DataError {
      throw error
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// Adds a layer that reads an image, or a sum.
  private func add(
    _ layer: NetworkDescription.Layer, _ name: String, reading: [NetworkBuilder.Source],
    to builder: inout NetworkBuilder
  ) throws(DataError) -> NetworkBuilder.Source {
    try building {
      if layer.kind == .sum { return try builder.sum(of: reading, layer.activation) }
      guard let window = layer.window, reading.count == 1 else {
        throw DataError.malformed(
          .init(file: file, member: Model.architectureKey),
          found: "\(name) needs one layer that it reads and a window", remedy: Self.again)
      }
      if layer.kind == .convolution {
        if let image = builder.image(of: reading[0]) {
          try check(
            "\(name).weight", shape: [layer.units, image.channels, window.height, window.width])
        }
        // Gains are layers of the file, too.
        return builder.append(
          try builder.convolutionItem(
            layer.units, window, layer.activation, reading: reading[0], bias: layer.bias,
            normalization: layer.normalization, dropout: layer.dropout ?? 0))
      }
      return try builder.pool(
        layer.kind == .maximumPooling ? .maximum : .average, window, layer.activation,
        reading: reading[0])
    }
  }

  /// A layer of a kind of the caller's.
  private func customItem(
    _ layer: NetworkDescription.Layer, _ name: String, reading: [NetworkBuilder.Source],
    _ builder: NetworkBuilder
  ) throws(DataError) -> NetworkBuilder.Item {
    let kind = layer.custom?.name ?? ""
    let custom: (any CustomLayer)?
    do { custom = try layer.custom?.layer() } catch {
      throw .malformed(
        .init(file: file, member: name),
        found: "what it says of the layer “\(kind)” is not such a layer",
        remedy: Self.again)
    }
    guard let custom else {
      throw .unsupported(
        .init(file: file, member: name), found: "a layer of the kind “\(kind)”, which is not known",
        remedy: "A program that reads it calls Network.register with that kind first.")
    }
    try check(
      custom.units == layer.units && (custom.image?.channels ?? layer.units) == layer.units,
      "\(name) has \(layer.units) units, but what it says of its kind has \(custom.units)")
    return builder.customItem(
      custom, layer.activation, reading: reading, bias: layer.bias,
      normalization: layer.normalization, dropout: layer.dropout ?? 0)
  }

  private func item(
    _ layer: NetworkDescription.Layer, _ wiring: NetworkBuilder.Wiring
  ) -> NetworkBuilder.Item {
    NetworkBuilder.Item(
      units: layer.units, activation: layer.activation, hasBias: layer.bias, wiring: wiring,
      normalization: layer.normalization, dropout: layer.dropout ?? 0)
  }

  /// The units that each unit of a sparse layer reads: increasing, as the edges are stored.
  private func incoming(_ name: String, units: Int) throws(DataError) -> [[Int]] {
    let indices = try tensor("\(name).indices").ints
    try check("\(name).weight", shape: [indices.count])
    let offsets = try tensor("\(name).offsets").ints
    try check(
      units >= 1 && offsets.count - 1 == units && offsets.first == 0
        && offsets.last == indices.count && zip(offsets, offsets.dropFirst()).allSatisfy(<=),
      "the offsets of \(name) are not those of \(indices.count) edges of \(units) units")
    return try zip(offsets, offsets.dropFirst()).map { (start, end) throws(DataError) in
      let list = Array(indices[start..<end])
      try check(
        zip(list, list.dropFirst()).allSatisfy(<),
        "the edges \(start) to \(end) of \(name) are not in increasing order")
      return list
    }
  }

  private func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let tensor = contents.tensors[name] else {
      throw .malformed(
        .init(file: file), found: "the tensor “\(name)” is missing", remedy: Self.again)
    }
    try tensor.requireFinite(file: file, name: name)
    return tensor
  }

  private func check(_ name: String, shape: [Int]) throws(DataError) {
    let actual = try tensor(name).shape
    if actual != shape {
      throw .malformed(
        .init(file: file, member: name),
        found: "the shape is \(actual), but the architecture needs \(shape)", remedy: Self.again)
    }
  }

  private func check(_ holds: Bool, _ found: String) throws(DataError) {
    if !holds {
      throw .malformed(
        .init(file: file, member: Model.architectureKey), found: found, remedy: Self.again)
    }
  }
}
