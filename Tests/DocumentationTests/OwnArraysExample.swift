import Foundation
import Intrinsic

/// Trains on rows of features with a value each by natural gradient, and saves the network.
func trainSurrogate(on rows: [[Double]], _ values: [[Double]], savingTo url: URL) throws {
  let network = try Network.layered(
    [rows[0].count, 16, values[0].count], activation: .tanh, output: .square)
  var stream = RandomStream(seed: 1)
  let start: Parameters<Double> = Initialization.normal(gain: 1).parameters(network, using: &stream)

  var settings = TrainingSettings(seed: 1)
  settings.optimizer = .metric(.naturalGradient, .additive(1e-3))
  settings.stepSize = .cosine(initial: 0.5, final: 0, over: 400)
  settings.epochs = 100
  settings.batch = (rows.count + 3) / 4
  let training = try Training(
    network, from: start, on: Samples(rows: rows, values: values), settings)
  try training.run().save(to: url)
}

/// What a saved network says about new rows.
func predict(_ rows: [[Double]], by url: URL) throws -> [[Double]] {
  try Model(contentsOf: url).predictions(for: rows)
}
