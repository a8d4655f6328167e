import Foundation
import Intrinsic

/// Units that each read their own stretch of the layer below, such as of a time series.
struct LocallyConnected: WiredLayer {
  static let name = "locally-connected"
  var units: Int
  var width: Int
  var stride = 1

  func incoming(of unit: Int, at position: Int, reading count: Int) -> [Int?] {
    (0..<width).map { unit * stride + $0 }
  }
}

/// A network with it, trained and saved.
func saveLocallyConnectedNetwork(_ samples: Samples<Double>, to url: URL) throws -> Model {
  var builder = NetworkBuilder(inputs: 16)
  builder.connect(LocallyConnected(units: 7, width: 4, stride: 2), .tanh)
  builder.dense(1, .identity)
  let network = try builder.build(output: .square)
  var stream = RandomStream(seed: 1)
  let start: Parameters<Double> = Initialization.normal(gain: 1).parameters(network, using: &stream)
  var settings = TrainingSettings(seed: 1)
  settings.epochs = 100
  let training = try Training(network, from: start, on: samples, settings)
  let model = try training.run()
  try model.save(to: url)
  return model
}

/// The same in a program that reads it.
func loadLocallyConnectedNetwork(from url: URL) throws -> Model {
  Network.register(LocallyConnected.self)
  return try Model(contentsOf: url)
}
