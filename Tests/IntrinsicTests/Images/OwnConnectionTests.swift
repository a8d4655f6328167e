import IntrinsicMath
import Testing

@testable import Intrinsic

/// Layers with shared parameters by a connection of the caller's own, for which the library's convolution
/// stands in.
@Suite struct OwnConnectionTests {
  private func network(own: Bool, _ normalization: Normalization?) throws -> Network {
    let image = ImageShape(height: 5, width: 4, channels: 2)
    let window = Window(3, padding: 1)
    let grid = WindowGrid(image, window)
    var builder = NetworkBuilder(image: image)
    if own {
      builder.connect(
        3, .relu, image: ImageShape(height: 5, width: 4, channels: 3), normalization: normalization
      ) { place in
        Convolution(
          units: 3, grid, firstRow: place.sources[0].lowerBound, hasBias: place.hasBias,
          firstHiddenRow: place.firstHiddenRow)
      }
    } else {
      try builder.convolution(3, window, .relu, normalization: normalization)
    }
    try builder.pool(.average, size: 2)
    builder.dense(3, .identity)
    return try builder.build(output: .softmax)
  }

  @Test(arguments: [nil] + Normalization.named.map { Optional($0.normalization) })
  func `a convolution in the place of a connection of one's own is a convolution`(
    _ normalization: Normalization?
  ) throws {
    let (own, known) = (
      try network(own: true, normalization), try network(own: false, normalization)
    )
    var stream = RandomStream(seed: 1)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(known, using: &stream)
    let samples = randomSamples(known, count: 6, using: &stream)
    let (a, b) = (Trial(own, parameters, samples), Trial(known, parameters, samples))
    #expect(a.loss == b.loss)
    #expect(a.gradient.elements == b.gradient.elements)
    var methods: [Optimizer] = Metric.everyReduced.map { .metric($0, .additive(0.1)) }
    methods += [.quasiDiagonal, .batchAdaGrad(epsilon: 1e-8)]
    for method in methods { #expect(try a.step(method) == b.step(method), "\(method)") }
  }
}
