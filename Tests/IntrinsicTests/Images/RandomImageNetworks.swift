import IntrinsicMath
import Testing

@testable import Intrinsic

/// What `forAllImageNetworks` draws from.
struct ImageKinds {
  var activations = NetworkKinds.smooth + [.relu]
  var models: [OutputModel] = [.square, .bernoulli, .softmax, .exponential]
  var hasMaximum = true
  var layers = 1...3
  var size = 2...5
  var channels = 1...3
  var batch = 1...4

  /// Networks whose pre-activations are piecewise linear in each weight.
  static let piecewiseLinear = ImageKinds(
    activations: [.relu, .identity], models: [.square], size: 2...4, channels: 1...2, batch: 2...4)
}

/// Calls `body` with a random network with convolutions, its parameters, samples and a label with
/// the seed, which belongs into every failure message.
func forAllImageNetworks(
  seeds: Range<Int>, _ kinds: ImageKinds = ImageKinds(),
  _ body: (Network, Parameters<Double>, Samples<Double>, String) throws -> Void
) throws {
  for seed in seeds {
    var stream = RandomStream(seed: UInt64(seed)).child("image network")
    let network = try kinds.network(using: &stream)
    let samples = randomSamples(
      network, count: Int.random(in: kinds.batch, using: &stream), using: &stream)
    var values = [Double](repeating: 0, count: network.parameterCount)
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.unitCount {
        let range = network.parameters(layer: index, unit: unit)
        for i in range { values[i] = 0.9 * stream.normal() / Double(range.count).squareRoot() }
      }
    }
    let layers = network.layers.map { layer in
      "\(type(of: layer.connection)) \(layer.image?.description ?? "\(layer.unitCount)")"
    }
    let label =
      "seed \(seed): \(network.inputImage!), \(layers.joined(separator: ", ")), "
      + "\(network.output), \(samples.count) samples"
    do {
      try body(network, Parameters(values), samples, label)
    } catch {
      Issue.record(error, "\(label)")
    }
  }
}

extension ImageKinds {
  func window(using stream: inout RandomStream) -> Window {
    let (height, width) = (
      Int.random(in: 1...3, using: &stream), Int.random(in: 1...3, using: &stream)
    )
    return Window(
      height: height, width: width, verticalStride: Int.random(in: 1...2, using: &stream),
      horizontalStride: Int.random(in: 1...2, using: &stream),
      verticalPadding: Int.random(in: 0..<height, using: &stream),
      horizontalPadding: Int.random(in: 0..<width, using: &stream))
  }

  func network(using stream: inout RandomStream) throws -> Network {
    let model = models.randomElement(using: &stream)!
    var builder = NetworkBuilder(
      image: ImageShape(
        height: Int.random(in: size, using: &stream), width: Int.random(in: size, using: &stream),
        channels: Int.random(in: channels, using: &stream)))
    var sources: [NetworkBuilder.Source] = [.inputs]
    var unread = Set<NetworkBuilder.Source>()
    /// An earlier image, the last one more often than others.
    func image() -> NetworkBuilder.Source {
      let images = sources.filter { builder.image(of: $0) != nil }
      return Bool.random(using: &stream) ? images.last! : images.randomElement(using: &stream)!
    }
    try builder.convolution(
      Int.random(in: channels, using: &stream), Window(3, padding: 1),
      activations.randomElement(using: &stream)!, bias: Bool.random(using: &stream))
    sources.append(builder.last)
    unread.insert(builder.last)
    for _ in 0..<Int.random(in: layers, using: &stream) - 1 {
      let source = image()
      let activation = activations.randomElement(using: &stream)!
      let window = self.window(using: &stream)
      let choice = Int.random(in: 0..<6, using: &stream)
      var read = [source]
      let twins = sources.filter { builder.image(of: $0) == builder.image(of: source) }
      switch choice {
      case 0 where twins.count > 1 && twins.contains { $0 != .inputs }:
        try builder.sum(of: twins, activation)
        read = twins
      case 1 where hasMaximum && window.fits(builder.image(of: source)!):
        try builder.pool(.maximum, window, activation, reading: source)
      case 2 where window.fits(builder.image(of: source)!):
        try builder.pool(.average, window, activation, reading: source)
      case 3 where !sources.isEmpty:
        builder.dense(Int.random(in: 1...3, using: &stream), activation, reading: [source])
      case _ where window.fits(builder.image(of: source)!):
        try builder.convolution(
          Int.random(in: channels, using: &stream), window, activation, reading: source,
          bias: Bool.random(using: &stream))
      default:
        try builder.convolution(
          Int.random(in: channels, using: &stream), kernel: 1, activation, reading: source)
      }
      unread.subtract(read)
      sources.append(builder.last)
      unread.insert(builder.last)
    }
    let outputActivation = model == .bernoulli ? Activation.sigmoid : .identity
    let last = builder.last
    if unread == [last], let shape = builder.image(of: last), Bool.random(using: &stream),
      model != .softmax || shape.channels > 1
    {
      try builder.globalPool(.average, outputActivation)
    } else {
      let reading = Array(unread) + (Bool.random(using: &stream) ? [.inputs] : [])
      builder.dense(
        Int.random(in: 2...3, using: &stream), outputActivation, reading: reading,
        bias: Bool.random(using: &stream))
    }
    return try builder.build(output: model)
  }
}
