import Foundation
import IntrinsicData

/// A model as a PyTorch module: a `state_dict` with the names of network files, and the source of the module that
/// loads it and has the same outputs.
///
///     try PyTorchModule(of: model, shift: means, scale: deviations).write(to: folder)
///
/// Normalizations are folded. The module takes what the network takes before it is standardized: samples × inputs, or
/// samples × channels × height × width.
public struct PyTorchModule: Sendable {
  /// Of `model.py`.
  public let source: String
  private let model: Model
  private let preparation: [NamedTensor]

  /// - Parameters:
  ///   - model: what is exported.
  ///   - shift: what is subtracted from each input, or from those of each channel; nil for nothing.
  ///   - scale: what the difference is divided by.
  /// - Throws: `DataError` if a layer has no counterpart: sparse ones, those of one's own, reparametrized units.
  public init(
    of model: Model, shift: [Float]? = nil, scale: [Float]? = nil
  ) throws(DataError) {
    self.model = model.folded
    let network = self.model.network
    let description = NetworkDescription(network)
    preparation =
      shift.map { [NamedTensor("shift", Tensor($0)), NamedTensor("scale", Tensor(scale!))] } ?? []
    var modules: [String] = []
    var lines: [String] = []
    if let shift {
      let isByChannel = shift.count != network.inputCount
      lines.append(
        network.inputImage == nil
          ? isByChannel
            // Pixels, each with its channels, one after the other.
            ? "x = ((x.unflatten(1, (-1, \(shift.count))) - self.shift) / self.scale).flatten(1)"
            : "x = (x - self.shift) / self.scale"
          : isByChannel
            ? "x = (x - self.shift.view(-1, 1, 1)) / self.scale.view(-1, 1, 1)"
            : "x = ((x.movedim(1, 3).flatten(1) - self.shift) / self.scale).unflatten(1, \(Self.shape(network))).movedim(3, 1)"
      )
    }
    for (index, layer) in description.layers.enumerated() {
      let reads = layer.reads ?? []
      let names = reads.map { $0 == NetworkDescription.inputsName ? "x" : "h\($0.dropFirst(7))" }
      if layer.affine != nil { throw Self.refusal(index, "reparametrized units") }
      var value: String
      switch layer.kind {
      case .dense:
        let incoming =
          network.layers[index].connection.parameters(of: 0).count - (layer.bias ? 1 : 0)
        modules.append(
          "\"\(index)\": nn.Linear(\(incoming), \(layer.units)\(layer.bias ? "" : ", bias=False")),"
        )
        let flat = names.map { "\($0).flatten(1)" }
        value =
          "self.layers[\"\(index)\"](\(flat.count == 1 ? flat[0] : "torch.cat([\(flat.joined(separator: ", "))], 1)"))"
      case .convolution:
        let window = layer.window!
        let weights =
          network.layers[index].connection.parameters(of: 0).count - (layer.bias ? 1 : 0)
        modules.append(
          "\"\(index)\": nn.Conv2d(\(weights / (window.height * window.width)), \(layer.units), "
            + "\(Self.pair(window.height, window.width)), stride=\(Self.pair(window.verticalStride, window.horizontalStride)), "
            + "padding=\(Self.pair(window.verticalPadding, window.horizontalPadding))\(layer.bias ? "" : ", bias=False")),"
        )
        value = "self.layers[\"\(index)\"](\(names[0]))"
      case .maximumPooling, .averagePooling:
        let window = layer.window!
        value =
          "F.\(layer.kind == .maximumPooling ? "max" : "avg")_pool2d(\(names[0]), "
          + "\(Self.pair(window.height, window.width)), stride=\(Self.pair(window.verticalStride, window.horizontalStride)), "
          + "padding=\(Self.pair(window.verticalPadding, window.horizontalPadding)))"
      case .sum: value = names.joined(separator: " + ")
      case .sparse, .oneToOne, .outputParameters, .custom:
        throw Self.refusal(index, "a layer of the kind “\(layer.kind.rawValue)”")
      }
      value = try Self.activated(value, layer.activation, layer: index)
      lines.append("h\(index) = \(value)")
    }
    lines.append("return h\(description.layers.count - 1)")
    source = Self.text(
      modules: modules, lines: lines, means: shift?.count,
      outputs: network.output == .softmax ? "logits" : "outputs")
  }

  /// Writes `network.safetensors` and `model.py`.
  /// - Throws: `DataError` if one cannot be written.
  public func write(to directory: URL) throws(DataError) {
    try Safetensors.write(
      tensors: preparation + model.tensors(.float32),
      to: directory.appendingPathComponent("network.safetensors"))
    try AtomicFile.write(
      Data(source.utf8), to: directory.appendingPathComponent("model.py"))
  }

  private static func pair(_ a: Int, _ b: Int) -> String { a == b ? "\(a)" : "(\(a), \(b))" }

  private static func shape(_ network: Network) -> String {
    let image = network.inputImage!
    return "(\(image.height), \(image.width), \(image.channels))"
  }

  private static func refusal(_ layer: Int, _ what: String) -> DataError {
    .unsupported(
      .init(file: "model.py"), found: "layer \(layer) is \(what), which PyTorch has no module for",
      remedy: "Dense layers, convolutions, poolings and sums can be exported.")
  }

  private static func activated(
    _ y: String, _ activation: Activation, layer: Int
  ) throws(DataError) -> String {
    switch activation {
    case .identity: y
    case .relu: "torch.relu(\(y))"
    case .sigmoid: "torch.sigmoid(\(y))"
    case .tanh: "torch.tanh(\(y))"
    case .scaledTanh: "1.7159 * torch.tanh(\(y) * (2 / 3))"
    case .softplus: "F.softplus(\(y))"
    case .positivePower(let p): "torch.relu(\(y)) ** \(p)"
    case .power(let p): "(\(y)) ** \(p)"
    case .gelu: "F.gelu(\(y))"
    case .silu: "F.silu(\(y))"
    case .elu: "F.elu(\(y))"
    case .leakyRelu(let p): "F.leaky_relu(\(y), \(p))"
    case .sine(let p): "torch.sin(\(p) * (\(y)))"
    case .custom(let registered):
      throw refusal(layer, "of the activation “\(registered.function.name)”")
    case .group(let group):
      switch group.function {
      case .identity: y
      case .softmax: Self.grouped(y, group, "torch.softmax(v, -1)")
      case .radial:
        Self.grouped(y, group, "F.normalize(v, dim=-1) * torch.tanh(v.norm(dim=-1, keepdim=True))")
      case .custom: throw refusal(layer, "of the activation “\(group)”")
      }
    }
  }

  /// A function of v on each group of the columns of y.
  private static func grouped(
    _ y: String, _ group: GroupActivation, _ function: String
  ) -> String {
    let sizes = group.sizes.count == 1 ? "\(group.sizes[0])" : "\(group.sizes)"
    return "torch.cat([\(function) for v in (\(y)).split(\(sizes), -1)], -1)"
  }

  private static func text(
    modules: [String], lines: [String], means: Int?, outputs: String
  ) -> String {
    let buffers = means.map {
      """
              self.register_buffer("shift", torch.zeros(\($0)))
              self.register_buffer("scale", torch.ones(\($0)))

      """
    }
    return """
      \"\"\"A network that Intrinsic trained; `load()` has its \(outputs).\"\"\"

      from pathlib import Path

      import torch
      import torch.nn.functional as F
      from safetensors.torch import load_file
      from torch import nn


      class Network(nn.Module):
          def __init__(self):
              super().__init__()
      \(buffers ?? "")        self.layers = nn.ModuleDict({
      \(modules.map { "            " + $0 }.joined(separator: "\n"))
              })

          def forward(self, x):
      \(lines.map { "        " + $0 }.joined(separator: "\n"))


      def load():
          network = Network()
          network.load_state_dict(load_file(Path(__file__).with_name("network.safetensors")))
          return network.eval()

      """
  }
}
