import Foundation
import IntrinsicData
import IntrinsicMath

/// The tensors of a PyTorch `state_dict`, saved with its `safetensors` package, by the modules that they belong to.
///
/// | module | tensors | layers |
/// |---|---|---|
/// | `Linear`, `Conv2d` | `weight`, `bias` | dense, convolution |
/// | `BatchNorm1d`, `BatchNorm2d` | `weight`, `bias`, `running_mean`, `running_var` | the layer before is normalized over batches |
/// | under `weight_norm` | `weight_g`, `weight_v`, or `parametrizations.weight.original0` and `…1` | by its weights |
public struct StateDictionary: Sendable {
  /// A module with tensors of its own.
  public struct Module: Sendable {
    /// Such as `features.0`.
    public let name: String
    fileprivate let tensors: [String: Tensor]

    fileprivate var isBatchNormalization: Bool { tensors["running_mean"] != nil }
  }

  /// In the order of their names, numbers in them by their size.
  public let modules: [Module]
  private let file: String

  /// - Throws: `DataError` if the file cannot be read, or a tensor is no part of a known module.
  public init(contentsOf url: URL) throws(DataError) {
    try self.init(Safetensors.read(url), file: url.path)
  }

  init(_ contents: Safetensors.Contents, file: String) throws(DataError) {
    self.file = file
    var parts: [String: [String: Tensor]] = [:]
    for tensor in contents.tensors {
      var name = tensor.name
      var field = ""
      for (suffix, short) in Self.fields where name == suffix || name.hasSuffix(".\(suffix)") {
        name = String(name.dropLast(suffix.count + (name == suffix ? 0 : 1)))
        field = short
        break
      }
      if field.isEmpty {
        throw .unsupported(
          .init(file: file, member: tensor.name),
          found: "this tensor is part of no Linear, Conv2d, BatchNorm or weight_norm",
          remedy: "Only networks of these modules can be imported.")
      }
      parts[name, default: [:]][field] = tensor.tensor
    }
    modules = parts.map { Module(name: $0.key, tensors: $0.value) }
      .sorted { $0.name.compare($1.name, options: .numeric) == .orderedAscending }
  }

  /// Ends of names, and what they are called here.
  private static let fields: [(String, String)] = [
    ("parametrizations.weight.original0", "weight_g"),
    ("parametrizations.weight.original1", "weight_v"),
    ("num_batches_tracked", "num_batches_tracked"), ("running_mean", "running_mean"),
    ("running_var", "running_var"), ("weight_g", "weight_g"), ("weight_v", "weight_v"),
    ("weight", "weight"), ("bias", "bias"),
  ]

  /// The number of inputs of the first module if it is `Linear`.
  public var inputCount: Int? {
    guard let first = modules.first(where: { !$0.isBatchNormalization }) else { return nil }
    let weight = first.tensors["weight"] ?? first.tensors["weight_v"]
    return weight.flatMap { $0.shape.count == 2 ? $0.shape[1] : nil }
  }

  /// The model of a network whose layers have these modules in their order.
  ///
  /// - Parameters:
  ///   - network: the architecture.
  ///   - order: names of modules in the order of the layers, where that is not the order of names.
  ///   - epsilon: that of batch normalizations, which is added to the variances.
  /// - Throws: `DataError`, naming module and layer, if they do not fit, or a module is left over.
  public func model(
    of network: Network, order: [String]? = nil, epsilon: Double = 1e-5
  ) throws(DataError) -> ImportedNetwork {
    var rest = try ordered(order)[...]
    var tensors: [NamedTensor] = []
    var matches: [ImportedNetwork.Match] = []
    var skipsGains = false
    for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
      if skipsGains {
        skipsGains = false
        continue
      }
      let name = NetworkDescription.name(ofLayer: index)
      guard let module = rest.popFirst() else {
        throw .malformed(
          .init(file: file), found: "no module is left for layer \(index)",
          remedy: "The network has more layers than the file; check its words.")
      }
      if module.isBatchNormalization {
        throw mismatch(module, index, "it is a batch normalization; say “:bn” at the layer before")
      }
      let fromWeights = module.tensors["weight_v"]
      guard let weight = fromWeights ?? module.tensors["weight"] else {
        throw mismatch(module, index, "it has no weight")
      }
      matches.append(.init(layer: index, module: module.name, shape: weight.shape))
      tensors.append(NamedTensor("\(name).weight", try values(weight, module, index)))
      let bias = try module.tensors["bias"].map { (tensor) throws(DataError) in
        try values(tensor, module, index).doubles
      }
      guard let normalization = layer.normalization else {
        if fromWeights != nil {
          throw mismatch(module, index, "its weights are normalized; say “:wn” at this layer")
        }
        if layer.hasBias != (bias != nil) {
          throw mismatch(
            module, index,
            bias == nil
              ? "it has no bias; say “:nobias” at this layer" : "it has a bias; leave out “:nobias”"
          )
        }
        if let bias { tensors.append(NamedTensor("\(name).bias", Tensor(bias))) }
        continue
      }
      let gains = "\(NetworkDescription.name(ofLayer: index + 1))"
      skipsGains = true
      if normalization == .weight, let length = module.tensors["weight_g"] {
        tensors.append(
          NamedTensor("\(gains).weight", Tensor(try values(length, module, index).doubles)))
        tensors.append(
          NamedTensor(
            "\(gains).bias", Tensor(bias ?? [Double](repeating: 0, count: layer.unitCount))))
        continue
      }
      guard normalization == .batch, let batch = rest.popFirst(), batch.isBatchNormalization else {
        throw mismatch(
          module, index,
          "no batch normalization or weight_norm goes with it, as the word of the layer says")
      }
      matches.append(.init(layer: index + 1, module: batch.name, shape: [layer.unitCount]))
      func field(_ name: String, orElse value: Double) throws(DataError) -> [Double] {
        guard let tensor = batch.tensors[name] else {
          return [Double](repeating: value, count: layer.unitCount)
        }
        let list = try values(tensor, batch, index + 1).doubles
        if list.count != layer.unitCount {
          throw mismatch(
            batch, index + 1, "it has \(list.count) units, the layer \(layer.unitCount)")
        }
        return list
      }
      let shift = bias ?? [Double](repeating: 0, count: layer.unitCount)
      let mean = zip(try field("running_mean", orElse: 0), shift).map { $0 - $1 }
      let variance = try field("running_var", orElse: 1).map { $0 + epsilon }
      tensors += [
        NamedTensor("\(name).running_mean", Tensor(mean)),
        NamedTensor("\(name).running_var", Tensor(variance)),
        NamedTensor("\(gains).weight", Tensor(try field("weight", orElse: 1))),
        NamedTensor("\(gains).bias", Tensor(try field("bias", orElse: 0))),
      ]
    }
    if let left = rest.first {
      throw .malformed(
        .init(file: file, member: left.name), found: "no layer is left for this module",
        remedy: "The file has more layers than the network; check its words.")
    }
    let model = try NetworkFile(NetworkDescription(network), tensors, file: file).model()
    return ImportedNetwork(model: model, matches: matches)
  }

  private func ordered(_ names: [String]?) throws(DataError) -> [Module] {
    guard let names else { return modules }
    var result: [Module] = []
    for name in names {
      guard let module = modules.first(where: { $0.name == name }) else {
        throw .malformed(
          .init(file: file), found: "there is no module “\(name)”",
          remedy: "The modules are \(modules.map(\.name).joined(separator: ", ")).")
      }
      result.append(module)
    }
    if result.count != modules.count || Set(names).count != names.count {
      throw .malformed(
        .init(file: file), found: "the order names \(names.count) of \(modules.count) modules",
        remedy: "Name each once: \(modules.map(\.name).joined(separator: ", ")).")
    }
    return result
  }

  /// The numbers of a tensor in Double.
  private func values(
    _ tensor: Tensor, _ module: Module, _ layer: Int
  ) throws(DataError) -> Tensor {
    try tensor.requireFinite(file: file, name: module.name)
    return Tensor(try tensor.doubles, shape: tensor.shape)
  }

  private func mismatch(_ module: Module, _ layer: Int, _ found: String) -> DataError {
    .malformed(
      .init(file: file, member: module.name), found: "the module for layer \(layer): \(found)",
      remedy: "The modules are taken in the order \(modules.map(\.name).joined(separator: ", ")).")
  }
}
