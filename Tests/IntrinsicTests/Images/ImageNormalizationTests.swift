import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// Normalization by channel: statistics over all positions of all samples, gains shared by positions.
@Suite struct ImageNormalizationTests {
  static let members = Normalization.named.map(\.normalization)
  static let gained = members.filter { $0.gain != .none }

  private static func network(
    _ kind: Normalization?, _ activation: Activation = .tanh
  ) throws -> Network {
    var builder = NetworkBuilder(image: ImageShape(height: 5, width: 4, channels: 2))
    let first = try builder.convolution(
      3, kernel: 3, padding: 1, activation, normalization: kind)
    let second = try builder.convolution(
      3, Window(height: 2, width: 3, verticalPadding: 1, horizontalPadding: 1), activation,
      normalization: kind)
    try builder.pool(.average, Window(height: 2, width: 1), reading: second)
    try builder.sum(of: [first, builder.last], activation)
    try builder.pool(.maximum, size: 2, stride: 1)
    builder.dense(3, .identity)
    return try builder.build(output: .softmax)
  }

  static func trial(
    _ kind: Normalization?, _ activation: Activation = .tanh, threads: Int = 1
  ) throws -> Trial<Double> {
    let network = try network(kind, activation)
    var stream = RandomStream(seed: 11)
    var values = [Double](repeating: 0, count: network.parameterCount)
    for (index, layer) in network.layers.enumerated() {
      for unit in 0..<layer.unitCount {
        let range = network.parameters(layer: index, unit: unit)
        for i in range { values[i] = stream.normal() / Double(range.count).squareRoot() }
      }
    }
    let samples = randomSamples(network, count: 5, using: &stream)
    return Trial(network, Parameters(values), samples, threads: threads)
  }

  @Test(arguments: members)
  func `channels are normalized over positions and samples`(_ kind: Normalization) throws {
    let trial = try Self.trial(kind)
    let (network, workspace) = (trial.network, trial.workspace)
    for (index, layer) in network.layers.enumerated() where layer.normalization != nil {
      let raw = workspace.preactivations(layer: index, trial.parameters)
      let actual = Array(
        UnsafeBufferPointer(
          start: workspace.normalized(layer: index), count: layer.rows.count * 5))
      var expected = [Double](repeating: 0, count: actual.count)
      for channel in 0..<layer.unitCount {
        let rows = (0..<layer.positions).map { $0 * layer.unitCount + channel }
        let values = rows.flatMap { raw.row($0) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
        let own = trial.parameters.elements[network.parameters(layer: index, unit: channel)]
        let norm = own.reduce(0) { $0 + $1 * $1 }
        let alpha = kind.measure.alpha
        let scale = (alpha * variance + (1 - alpha) * norm).squareRoot()
        for row in rows {
          for x in 0..<5 {
            expected[row * 5 + x] = (raw[row, x] - (kind.isCentred ? mean : 0)) / scale
          }
        }
      }
      expectClose(actual, expected, tolerance: 1e-12, "layer \(index)")
    }
  }

  @Test(arguments: members)
  func `gradients through the statistics are those of differences`(_ kind: Normalization) throws {
    let trial = try Self.trial(kind)
    let workspace = trial.workspace
    let pooling = try #require(workspace.selections.firstIndex { $0 != nil })
    let count = trial.network.layers[pooling].rows.count * trial.samples.count
    func selected() -> [Int32] {
      Array(UnsafeBufferPointer(start: workspace.selections[pooling]!.pointer, count: count))
    }
    let start = selected()
    var (actual, expected): ([Double], [Double]) = ([], [])
    for parameter in trial.parameters.elements.indices {
      var isSmooth = true
      func slope(_ h: Double) -> Double {
        let losses = [h, -h].map { change in
          var moved = trial.parameters
          moved[parameter] += change
          workspace.forward(moved)
          isSmooth = isSmooth && selected() == start
          return workspace.loss()
        }
        return (losses[1] - losses[0]) / (2 * h)
      }
      let derivative = (4 * slope(1e-4) - slope(2e-4)) / 3
      // A difference must not step over a change of the maximum.
      guard isSmooth else { continue }
      actual.append(trial.gradient[parameter])
      expected.append(derivative)
    }
    #expect(actual.count > trial.parameters.count * 3 / 4)
    let worst = zip(actual, expected).map { abs($0 - $1) }.max()!
    // Differences lose u L/h = 1e-12 L to rounding.
    #expect(worst < 1e-8 * (expected.map(abs).max()! + trial.loss), "\(worst)")
  }

  @Test(arguments: gained)
  func `a plain network can be normalized and folded again`(_ kind: Normalization) throws {
    let plain = try Self.trial(nil, .relu)
    let (network, parameters) = try plain.network.normalized(
      plain.parameters, by: kind, layers: [0, 1], on: plain.samples.inputs)
    let normalized = Trial(network, parameters, plain.samples)
    #expect(network.isNormalized && network.inputImage == plain.network.inputImage)
    expectClose(
      normalized.workspace.outputs.elements, plain.workspace.outputs.elements, tolerance: 1e-12,
      "outputs")
    let folded = normalized.workspace.folded(parameters)
    #expect(!folded.network.isNormalized)
    let again = Trial(folded.network, folded.parameters, plain.samples)
    expectClose(
      again.workspace.outputs.elements, plain.workspace.outputs.elements, tolerance: 1e-12,
      "folded outputs")
    expectClose(
      folded.parameters.elements, plain.parameters.elements, tolerance: 1e-12, "folded weights")
  }

  @Test(arguments: members)
  func `normalized networks come back from files`(_ kind: Normalization) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("images-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let trial = try Self.trial(kind)
    let model = Model(network: trial.network, parameters: trial.parameters)
    try model.save(to: url)
    let read = try Model(contentsOf: url)
    #expect(read.parameters.elements == model.parameters.elements)
    #expect(NetworkDescription(read.network) == NetworkDescription(model.network))
    #expect(
      read.predictions(for: trial.samples.inputs).elements
        == model.predictions(for: trial.samples.inputs).elements)
  }

  /// A network of 1 × 1 convolutions on P positions and a dense one that reads them as samples.
  private func pair(
    _ kind: Normalization
  ) throws -> (image: Trial<Double>, dense: Trial<Double>, positions: Int) {
    var stream = RandomStream(seed: 3)
    let (positions, count) = (6, 7)
    var builder = NetworkBuilder(image: ImageShape(height: 3, width: 2, channels: 3))
    try builder.convolution(4, kernel: 1, .tanh, normalization: kind)
    try builder.convolution(2, kernel: 1, .identity)
    let network = try builder.build(output: .square)
    let dense = try Network.layered(
      [3, 4, 2], activation: .tanh, output: .square, normalization: kind)
    let parameters = randomParameters(dense, using: &stream)
    let samples = randomSamples(network, count: count, using: &stream)
    func spread(_ matrix: Matrix<Double>, _ channels: Int) -> Matrix<Double> {
      Matrix(
        (0..<channels).map { c in
          (0..<positions).flatMap { p in (0..<count).map { matrix[p * channels + c, $0] } }
        })
    }
    guard case .values(let targets) = samples.targets else { preconditionFailure() }
    let flat = Samples(inputs: spread(samples.inputs, 3), targets: .values(spread(targets, 2)))
    return (
      Trial(network, parameters, samples), Trial(dense, parameters, flat), positions
    )
  }

  @Test(arguments: members)
  func `a convolution of one pixel is a dense layer on all positions`(
    _ kind: Normalization
  ) throws {
    let (image, dense, positions) = try pair(kind)
    let factor = Double(positions)
    expectClose(
      image.gradient.elements, dense.gradient.elements.map { factor * $0 }, tolerance: 1e-12,
      "gradient")
    for modulus in [Modulus.backpropagated, .expand(.fisher), .expand(.empiricalFisher)] {
      for reduction in Reduction.allCases {
        let metric = Metric.reduced(modulus, reduction)
        let (a, b) = (try image.estimator(metric), try dense.estimator(metric))
        for (layer, unit, _) in ImageMetricTests.owners(image.network) {
          expectClose(
            a.unitMatrix(layer: layer, unit: unit)!.elements,
            b.unitMatrix(layer: layer, unit: unit)!.elements.map { factor * $0 },
            tolerance: 1e-12, "\(metric), layer \(layer)")
        }
      }
    }
    let running = [image, dense].map { trial in
      let statistics = RunningStatistics<Double>(trial.network)
      statistics.update(from: trial.workspace)
      return statistics.statistics
    }
    for (layer, own) in running[1] {
      expectClose(running[0][layer]!.mean, own.mean, tolerance: 1e-12, "running means")
      expectClose(running[0][layer]!.variance, own.variance, tolerance: 1e-12, "running variances")
    }
    // Population statistics with derivatives, and gamma decay.
    let gradients = [image, dense].map { trial in
      trial.workspace.freeze(trial.workspace.differentiableStatistics)
      var gradient = Gradient<Double>(trial.network)
      trial.workspace.lossAndGradient(trial.parameters, into: &gradient)
      return gradient.elements
    }
    expectClose(
      gradients[0], gradients[1].map { factor * $0 }, tolerance: 1e-12, "frozen statistics")
    guard kind.gain != .none else { return }
    let penalties = try [image, dense].map { trial in
      trial.workspace.freeze(nil)
      trial.workspace.forward(trial.parameters)
      let penalty = GammaDecayPenalty<Double>(
        try GammaDecay(.adaptive(noiseOf: 5)), trial.network, maximumBatchSize: trial.samples.count)
      var gradient = Gradient<Double>(trial.network)
      penalty.add(to: &gradient, at: trial.workspace, trial.parameters)
      return gradient.elements
    }
    #expect(penalties[1].contains { $0 != 0 } == kind.usesBatch)
    expectClose(penalties[0], penalties[1], tolerance: 1e-12, "gamma decay")
  }

  @Test func `several threads give the same statistics`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 12, width: 12, channels: 3))
    try builder.convolution(16, kernel: 3, padding: 1, .relu, normalization: .batch)
    try builder.convolution(16, kernel: 3, padding: 1, .relu, normalization: .exponentialWeight)
    builder.dense(10, .identity)
    let network = try builder.build(output: .softmax)
    var stream = RandomStream(seed: 5)
    let parameters: Parameters<Double> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &stream)
    let samples = randomSamples(network, count: 64, using: &stream)
    let one = Trial(network, parameters, samples)
    let two = Trial(network, parameters, samples, threads: 2)
    expectClose(two.gradient.elements, one.gradient.elements, tolerance: 1e-11, "2 threads")
    let single = Trial<Float>(
      network, Parameters(parameters.elements.map { Float($0) }), samples.single)
    let norm = one.gradient.elements.map { $0 * $0 }.reduce(0, +).squareRoot()
    let distance = zip(single.gradient.elements, one.gradient.elements)
      .map { (Double($0) - $1) * (Double($0) - $1) }.reduce(0, +).squareRoot()
    // c·√n·2⁻²³ with sums of up to 10⁴ terms.
    #expect(distance < 1e-4 * norm, "relative deviation in single precision \(distance / norm)")
  }
}
