import IntrinsicData
import IntrinsicMath

/// The layers that a graph of operators amounts to, before it is known which of their activations are read.
struct ONNXLayers {
  /// What a layer, or the inputs, hands on: after an activation.
  struct Reference: Hashable {
    /// -1 for the inputs.
    var layer: Int
    var activation = Activation.identity
  }

  struct BatchNormalization {
    var mean: [Double]
    /// With ε added.
    var variance: [Double]
    var gain: [Double]
    var shift: [Double]
    let name: String
  }

  struct Layer {
    let kind: NetworkDescription.Layer.Kind
    /// Channels, of images.
    var units: Int
    var image: ImageShape?
    let reads: [Reference]
    var window: Window?
    /// In the order of network files: by unit, then as they read.
    var weights: [Double] = []
    var weightShape: [Int] = []
    var bias: [Double]?
    var normalization: BatchNormalization?
    /// The operator.
    let name: String
    /// How often weights have been changed by operators after it; what was read before is another function.
    var version = 0
    /// The activations that are read, in the order of their first use.
    var activations: [Activation] = []

    var count: Int { image?.count ?? units }

    /// Takes y ↦ a y + b, by unit, into weights and bias, or into gains and shifts.
    mutating func compose(_ a: [Double], _ b: [Double]) {
      version += 1
      func composed(_ shift: [Double]) -> [Double] {
        zip(zip(a, b), shift).map { $0.0 * $1 + $0.1 }
      }
      if normalization != nil {
        normalization!.gain = zip(a, normalization!.gain).map(*)
        normalization!.shift = composed(normalization!.shift)
        return
      }
      let fanIn = weights.count / max(units, 1)
      if a.contains(where: { $0 != 1 }) {
        for index in weights.indices { weights[index] *= a[index / fanIn] }
      }
      if bias != nil || b.contains(where: { $0 != 0 }) {
        bias = composed(bias ?? [Double](repeating: 0, count: units))
      }
    }
  }

  var layers: [Layer] = []
  var inputs: Int
  var image: ImageShape?

  /// The network of these layers, whose last one ends in the given activation.
  ///
  /// - Throws: `DataError` if there is no such network.
  func model(_ output: OutputModel, file: String) throws(DataError) -> (
    Model, [ImportedNetwork.Match]
  ) {
    var names = [Reference(layer: -1): NetworkDescription.inputsName]
    var description = NetworkDescription(inputs: inputs, image: image, output: output, layers: [])
    var tensors: [NamedTensor] = []
    var matches: [ImportedNetwork.Match] = []
    func add(_ layer: NetworkDescription.Layer, _ operatorName: String, _ shape: [Int]) -> String {
      matches.append(.init(layer: description.layers.count, module: operatorName, shape: shape))
      description.layers.append(layer)
      return NetworkDescription.name(ofLayer: description.layers.count - 1)
    }
    for (index, layer) in layers.enumerated() {
      let uses = layer.activations
      let activation = uses.count == 1 ? uses[0] : .identity
      let isNormalized = layer.normalization != nil
      var name = add(
        .init(
          kind: layer.kind, units: layer.units, activation: isNormalized ? .identity : activation,
          bias: layer.bias != nil && !isNormalized, reads: layer.reads.map { names[$0]! },
          window: layer.window, normalization: isNormalized ? .batch : nil),
        layer.name, layer.weightShape)
      if !layer.weights.isEmpty {
        tensors.append(
          NamedTensor("\(name).weight", Tensor(layer.weights, shape: layer.weightShape)))
      }
      if let normalization = layer.normalization {
        let bias = layer.bias ?? [Double](repeating: 0, count: layer.units)
        tensors += [
          NamedTensor("\(name).running_mean", Tensor(zip(normalization.mean, bias).map(-))),
          NamedTensor("\(name).running_var", Tensor(normalization.variance)),
        ]
        name = add(
          .init(
            kind: .oneToOne, units: layer.units, activation: activation, bias: true, reads: [name]),
          normalization.name, [layer.units])
        tensors += [
          NamedTensor("\(name).weight", Tensor(normalization.gain)),
          NamedTensor("\(name).bias", Tensor(normalization.shift)),
        ]
      } else if let bias = layer.bias {
        tensors.append(NamedTensor("\(name).bias", Tensor(bias)))
      }
      names[Reference(layer: index, activation: activation)] = name
      // What is read both before and after an activation, or after two of them.
      for other in uses where other != activation {
        names[Reference(layer: index, activation: other)] = add(
          .init(kind: .sum, units: layer.units, activation: other, bias: false, reads: [name]),
          "\(other)", [])
      }
    }
    return (try NetworkFile(description, tensors, file: file).model(), matches)
  }
}
