import Foundation
import IntrinsicData
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Layers of the caller's with shared parameters, for which the library's convolution is the twin.
@Suite struct CustomLayerTests {
  private static let image = ImageShape(height: 5, width: 4, channels: 2)
  private static let window = Window(3, padding: 1)

  /// The library's products under a name of the caller's.
  private struct Borrowed: CustomLayer {
    static let name = "borrowed"
    var units = 3
    var image: ImageShape? { ImageShape(height: 5, width: 4, channels: units) }

    func connection(at place: ConnectionPlace) -> any Connection {
      Convolution(
        units: units, WindowGrid(CustomLayerTests.image, CustomLayerTests.window),
        firstRow: place.sources[0].lowerBound, hasBias: place.hasBias,
        firstHiddenRow: place.firstHiddenRow)
    }
  }

  /// The same edges.
  private struct Wired: WiredLayer {
    static let name = "wired"
    var units = 3
    var image: ImageShape? { ImageShape(height: 5, width: 4, channels: units) }

    func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?] {
      WindowGrid(CustomLayerTests.image, CustomLayerTests.window).pixels(at: position)
        .flatMap { pixel in (0..<2).map { pixel < 0 ? nil : pixel * 2 + $0 } }
    }
  }

  enum Kind: CaseIterable { case known, borrowed, wired }

  private func network(
    _ kind: Kind, _ normalization: Normalization?, bias: Bool = true, isHidden: Bool = false
  ) throws -> Network {
    var builder = NetworkBuilder(image: Self.image)
    if isHidden { try builder.convolution(2, kernel: 1, .tanh) }
    switch kind {
    case .known:
      try builder.convolution(3, Self.window, .relu, bias: bias, normalization: normalization)
    case .borrowed: builder.connect(Borrowed(), .relu, bias: bias, normalization: normalization)
    case .wired: builder.connect(Wired(), .relu, bias: bias, normalization: normalization)
    }
    try builder.pool(.average, size: 2)
    builder.dense(3, .identity)
    return try builder.build(output: .softmax)
  }

  private static let methods: [Optimizer] =
    Metric.everyReduced.map { .metric($0, .additive(0.1)) } + [
      .metric(.naturalGradient, .additive(0.1)), .quasiDiagonal, .batchAdaGrad(epsilon: 1e-8),
    ]

  private func trial(_ network: Network, seed: UInt64) -> Trial<Double> {
    var stream = RandomStream(seed: seed)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    return Trial(network, parameters, randomSamples(network, count: 6, using: &stream))
  }

  @Test(arguments: [nil] + Normalization.named.map { Optional($0.normalization) })
  func `a convolution in the place of a connection of one's own is a convolution`(
    _ normalization: Normalization?
  ) throws {
    let a = trial(try network(.borrowed, normalization), seed: 1)
    let b = trial(try network(.known, normalization), seed: 1)
    #expect(a.loss == b.loss)
    #expect(a.gradient.elements == b.gradient.elements)
    for method in Self.methods { #expect(try a.step(method) == b.step(method), "\(method)") }
  }

  @Test(arguments: [true, false], [true, false])
  func `edges with shared weights are a convolution for every method`(
    _ bias: Bool, _ isHidden: Bool
  ) throws {
    let a = trial(try network(.wired, nil, bias: bias, isHidden: isHidden), seed: 2)
    let b = trial(try network(.known, nil, bias: bias, isHidden: isHidden), seed: 2)
    func expectClose(_ a: [Double], _ b: [Double], _ what: String) {
      for (x, y) in zip(a, b) { #expect(abs(x - y) <= 1e-9 * max(1, abs(y)), "\(what)") }
    }
    expectClose([a.loss], [b.loss], "loss")
    expectClose(a.gradient.elements, b.gradient.elements, "gradient")
    for method in Self.methods {
      expectClose(
        try a.step(method), try b.step(method), "\(method)")
    }
    let measure = PathMeasure.half(.secondMoment)
    expectClose(
      [a.workspace.pathQuantities(measure, a.parameters).total],
      [b.workspace.pathQuantities(measure, b.parameters).total], "γ²")
  }

  @Test func `a file holds them with a normalization and gains`() throws {
    Network.register(Wired.self)
    let network = try network(.wired, .batch, isHidden: true)
    var stream = RandomStream(seed: 3)
    let model = Model(
      network: network,
      parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try model.save(to: url)
    let again = try Model(contentsOf: url)
    #expect(again.parameters.elements == model.parameters.elements)
    #expect(NetworkDescription(again.network) == NetworkDescription(network))
  }

  @Test func `a kind that is not known, another value and other weights are refused by name`()
    throws
  {
    struct Unknown: WiredLayer {
      static let name = "nobodys-own"
      var units = 2
      func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?] { [unit] }
    }
    struct Wider: WiredLayer {
      static let name = "nobodys-own"
      var units: Int { 3 }
      func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?] { [0] }
    }
    struct Longer: WiredLayer {
      static let name = "nobodys-own"
      var units = 2
      func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?] { [0, 1] }
    }
    struct Other: WiredLayer {
      static let name = "nobodys-own"
      var units = 2
      var depth: Int
      func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?] { [unit] }
    }
    var builder = NetworkBuilder(inputs: 2)
    builder.connect(Unknown(), .tanh)
    builder.dense(1, .identity)
    let network = try builder.build(output: .square)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try Model(network: network, parameters: Parameters(network)).save(to: url)
    func refusal() -> String {
      do {
        _ = try Model(contentsOf: url)
        return "read"
      } catch { return "\(error)" }
    }
    #expect(refusal().contains("“nobodys-own”, which is not known"))
    #expect(refusal().contains("Network.register"))
    Network.register(Other.self)
    #expect(refusal().contains("what it says of the layer “nobodys-own” is not such a layer"))
    Network.register(Longer.self)
    #expect(refusal().contains("the shape is [2], but the architecture needs [4]"))
    Network.register(Unknown.self)
    #expect(refusal() == "read")
    Network.register(Wider.self)
    #expect(refusal().contains("layers.0 has 2 units, but what it says of its kind has 3"))
  }
}
