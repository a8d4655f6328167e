import Foundation
import Intrinsic
import IntrinsicMath
import Testing

/// The code of the README, which must compile and do what is said there.
@Test func `the example of the README learns a sine and saves it`() throws {
  let rows = (0..<200).map { [Double($0) / 100 - 1] }
  let samples = Samples<Double>(rows: rows, values: rows.map { [sin(3 * $0[0])] })
  let network = try Network.layered([1, 20, 1], activation: .tanh, output: .square)
  var stream = RandomStream(seed: 7)
  let start: Parameters<Double> = Initialization.normal(gain: 1).parameters(network, using: &stream)

  var settings = TrainingSettings(seed: 1)
  settings.optimizer = .automatic
  (settings.stepSize, settings.epochs, settings.batch) = (settings.optimizer.stepSize, 200, 50)
  let training = try Training<Double>(network, from: start, on: samples, settings)
  let model = try training.run()
  #expect(training.records.last!.trainLoss < 1e-3)

  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("sine-\(UUID()).safetensors")
  defer { try? FileManager.default.removeItem(at: url) }
  try model.save(to: url)
  #expect(try Model(contentsOf: url).parameters.elements == model.parameters.elements)
}

/// A classic that is not on the first page any more.
@Test func `bold-driver descent learns the exclusive or`() throws {
  var stream = RandomStream(seed: 7)
  let network = try Network.layered(
    [2, 4, 1], activation: .tanh, outputActivation: .sigmoid, output: .bernoulli)
  let xor = Samples<Double>(
    inputs: Matrix([[0, 0, 1, 1], [0, 1, 0, 1]]), targets: .values(Matrix([[0, 1, 1, 0]])))

  let descent = try BoldDriverDescent<Double>(
    .metric(.quasiDiagonalBackpropagatedMetric, .additive(1e-4)), network,
    from: Initialization.normal(gain: 1).parameters(network, using: &stream), samples: xor,
    stream: stream)
  while descent.loss > 1e-3 && descent.iterations < 1000 { try descent.iterate() }
  #expect(descent.loss <= 1e-3)
  #expect(descent.iterations < 200)
}
