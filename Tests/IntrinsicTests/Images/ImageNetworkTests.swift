import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct ImageNetworkTests {
  @Test func `losses, activities and gradients agree with a scalar twin`() throws {
    try forAllImageNetworks(seeds: 0..<200) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let twin = ImageTwin(network, parameters, samples)
      // Rounding only: sums of some hundreds of terms.
      expectClose(trial.workspace.sampleLosses, twin.losses, tolerance: 1e-11, label)
      expectClose(
        trial.workspace.activities.matrix(0..<network.rowCount).transposed.elements,
        twin.samples.flatMap(\.activities), tolerance: 1e-12, label)
      expectClose(trial.gradient.elements, twin.gradient, tolerance: 1e-10, label)
      let jacobian = trial.workspace.outputJacobian(parameters)
      let expected = parameters.elements.indices.flatMap { p in
        network.outputRows.indices.flatMap { o in
          twin.samples.map { $0.jacobian[o - network.outputRows.lowerBound][p] }
        }
      }
      expectClose(jacobian.elements, expected, tolerance: 1e-10, label)
    }
  }

  /// What is selected and which ReLUs react.
  private func pattern(_ workspace: Workspace<Double>) -> [Int32] {
    let network = workspace.network
    var result: [Int32] = []
    for (index, layer) in network.layers.enumerated() {
      if let selection = workspace.selections[index] {
        result += (0..<layer.rows.count * workspace.batch).map { selection.pointer[$0] }
      }
      if layer.activation == .relu {
        result += workspace.activities.matrix(layer.rows).elements.map { $0 > 0 ? 1 : 0 }
      }
    }
    return result
  }

  @Test func `the gradient is minus the derivative of the loss`() throws {
    var (checked, skipped) = (0, 0)
    try forAllImageNetworks(seeds: 1000..<1120) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let pattern = pattern(trial.workspace)
      var (actual, expected): ([Double], [Double]) = ([], [])
      for parameter in parameters.elements.indices {
        var isSmooth = true
        func slope(_ h: Double) -> Double {
          let losses = [h, -h].map { change in
            var moved = trial.parameters
            moved[parameter] += change
            trial.workspace.forward(moved)
            isSmooth = isSmooth && self.pattern(trial.workspace) == pattern
            return trial.workspace.loss()
          }
          return (losses[0] - losses[1]) / (2 * h)
        }
        let derivative = (4 * slope(2e-4) - slope(4e-4)) / 3
        // A difference must not step over a kink or a change of the maximum.
        if !isSmooth {
          skipped += 1
          continue
        }
        checked += 1
        actual.append(trial.gradient[parameter])
        expected.append(-derivative)
      }
      guard let scale = expected.map(abs).max() else { return }
      let worst = zip(actual, expected).map { abs($0 - $1) }.max()!
      #expect(worst < 1e-6 * (scale + trial.loss), "\(label): deviation \(worst), scale \(scale)")
    }
    #expect(checked > 20 * skipped, "\(checked) checked, \(skipped) skipped")
  }

  @Test func `threads, maximumBatchSize and parts of a batch change nothing but rounding`() throws {
    try forAllImageNetworks(seeds: 2000..<2060) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let other = Trial(
        network, parameters, samples, maximumBatchSize: samples.count + 3, threads: 3)
      expectClose(other.gradient.elements, trial.gradient.elements, tolerance: 1e-13, label)
      let partial = Workspace<Double>(network, maximumBatchSize: samples.count)
      partial.copyPasses(from: trial.workspace, count: 1)
      let single = Trial(network, parameters, samples.subset([0]))
      partial.backpropagate(parameters)
      let rows = network.firstHiddenRow..<network.layers.last!.rows.lowerBound
      if !rows.isEmpty {
        expectClose(
          partial.signals.matrix(rows).elements, single.workspace.signals.matrix(rows).elements,
          tolerance: 1e-13, label)
      }
    }
  }

  @Test func `a large convolution is the same on several threads`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 12, width: 12, channels: 3))
    let first = try builder.convolution(16, kernel: 3, padding: 1, .relu)
    try builder.convolution(16, kernel: 3, padding: 1, .relu)
    try builder.sum(of: [first, builder.last], .relu)
    try builder.pool(.maximum, size: 2)
    builder.dense(10, .identity)
    let network = try builder.build(output: .softmax)
    var stream = RandomStream(seed: 5)
    let parameters: Parameters<Double> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &stream)
    let samples = randomSamples(network, count: 64, using: &stream)
    let one = Trial(network, parameters, samples)
    for threads in 2...4 {
      let several = Trial(network, parameters, samples, threads: threads)
      expectClose(
        several.gradient.elements, one.gradient.elements, tolerance: 1e-12, "\(threads) threads")
      #expect(several.loss == one.loss)
    }
    let single = Trial<Float>(
      network, Parameters(parameters.elements.map { Float($0) }), samples.single)
    // c·√n·2⁻²³ with sums of up to 10⁴ terms.
    let norm = one.gradient.elements.map { $0 * $0 }.reduce(0, +).squareRoot()
    let distance = zip(single.gradient.elements, one.gradient.elements)
      .map { (Double($0) - $1) * (Double($0) - $1) }.reduce(0, +).squareRoot()
    #expect(distance < 1e-4 * norm, "relative deviation in single precision \(distance / norm)")
  }

  @Test func `initial weights keep the size of activities`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 8, width: 8, channels: 16))
    try builder.convolution(64, kernel: 3, .relu)
    try builder.convolution(64, kernel: 3, .relu)
    builder.dense(4, .identity)
    let network = try builder.build(output: .square)
    var stream = RandomStream(seed: 1)
    let parameters: Parameters<Double> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &stream)
    let workspace = Workspace<Double>(network, maximumBatchSize: 20)
    workspace.load(inputs: randomMatrix(network.inputCount, 20, using: &stream))
    workspace.forward(parameters)
    for (index, fanIn) in [144, 576].enumerated() {
      let own = network.parameters(layer: index, unit: 3)
      #expect(own.count == fanIn + 1 && parameters[own.lowerBound] == 0)
      let z = workspace.preactivations(layer: index, parameters).elements
      let variance = z.map { $0 * $0 }.reduce(0, +) / Double(z.count)
      // Gain √2 keeps E[z²] at 2 behind the first layer; 64 channels give it a deviation of about
      // a fifth.
      #expect((1...4).contains(variance), "layer \(index): \(variance)")
    }
  }

  private func error(_ body: (inout NetworkBuilder) throws -> Void) -> NetworkError? {
    var builder = NetworkBuilder(image: ImageShape(height: 4, width: 5, channels: 2))
    do {
      try body(&builder)
      return nil
    } catch {
      return error as? NetworkError
    }
  }

  @Test(arguments: [
    Window(5), Window(3, stride: 0), Window(0), Window(3, padding: 3), Window(-1),
    Window(height: 1, width: 6), Window(2, padding: -1), Window(.max), Window(2, stride: .max),
  ])
  func `windows that do not fit are refused by layer and size`(_ window: Window) throws {
    let image = ImageShape(height: 4, width: 5, channels: 2)
    let expected = NetworkError.windowDoesNotFit(layer: 0, window: window, image: image)
    #expect(error { try $0.convolution(3, window, .relu) } == expected)
    #expect(error { try $0.pool(.maximum, window) } == expected)
    #expect("\(expected)".contains("layer 0") && "\(expected)".contains("4 × 5 × 2"))
  }

  @Test func `what is no image, or differs, is refused`() throws {
    #expect(
      error {
        $0.dense(3, .relu)
        try $0.convolution(3, kernel: 1, .relu)
      } == .noImage(layer: 1))
    #expect(error { try $0.convolution(0, kernel: 1, .relu) } == .emptyLayer(layer: 0))
    #expect(
      error {
        let first = try $0.convolution(3, kernel: 1, .relu)
        try $0.sum(of: [first, .inputs])
      } == .branchesDiffer(layer: 1, shapes: ["4 × 5 × 3", "4 × 5 × 2"]))
    #expect(
      error {
        try $0.globalPool(.maximum)
        _ = try $0.build(output: .softmax)
      } == .outputIsMaximum)
    #expect(
      error {
        try $0.convolution(2, kernel: 3, .relu)
        try $0.convolution(2, kernel: 1, .relu, reading: .inputs)
        _ = try $0.build(output: .square)
      } == .danglingUnit(unit: 40))
    for shape in [
      ImageShape(height: 0, width: 1, channels: 1),
      ImageShape(height: 1, width: .max, channels: .max),
    ] {
      var builder = NetworkBuilder(image: shape)
      builder.dense(1, .identity)
      #expect(throws: NetworkError.invalidInputs(shape)) {
        try builder.build(output: .square)
      }
    }
  }

  @Test func `networks come back from files bit for bit, with weights as PyTorch has them`() throws
  {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("images-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try forAllImageNetworks(seeds: 3000..<3080) { network, parameters, samples, label in
      let model = Model(network: network, parameters: parameters)
      try model.save(to: url)
      let read = try Model(contentsOf: url)
      #expect(read.parameters.elements == parameters.elements, "\(label)")
      #expect(NetworkDescription(read.network) == NetworkDescription(network), "\(label)")
      #expect(
        read.predictions(for: samples.inputs).elements
          == model.predictions(for: samples.inputs).elements, "\(label)")
    }
  }
}
