import Foundation
import Intrinsic

/// The distribution of Laplace around the activity: the least absolute deviation.
struct Laplace: OutputFunction {
  let name = "laplace"
  func loss(_ a: Double, target y: Double) -> Double { abs(y - a) + log(2) }
  func derivative(_ a: Double, target y: Double) -> Double { a > y ? 1 : -1 }
  func fisherInformation(_ a: Double) -> Double { 1 }
}

/// A line through points some of which are far off, by natural gradient; the network is saved.
func fitRobustLine(_ x: [Double], _ y: [Double], savingTo url: URL) throws -> Model {
  let network = try Network.layered([1, 1], activation: .identity, output: .custom(Laplace()))
  let samples = Samples<Double>(rows: x.map { [$0] }, values: y.map { [$0] })
  var settings = TrainingSettings(seed: 1)
  settings.optimizer = .metric(.naturalGradient, .none)
  settings.stepSize = .cosine(initial: 0.5, final: 0, over: 400)
  (settings.epochs, settings.batch) = (400, samples.count)
  let start = Parameters<Double>(network)
  let model = try Training(network, from: start, on: samples, settings).run()
  try model.save(to: url)
  return model
}

/// The same in a program that reads it.
func loadRobustLine(from url: URL) throws -> Model {
  OutputModel.register(Laplace())
  return try Model(contentsOf: url)
}
