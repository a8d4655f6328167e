import Foundation
import IntrinsicMath

@testable import Intrinsic

/// A small training: a network, where it starts, and samples whose last batch of an epoch is smaller.
struct TrainingTask<T: Scalar> {
  let network: Network
  let start: Parameters<T>
  let train: Samples<T>
  let validation: Samples<T>

  init(_ network: Network, count: Int = 34, seed: UInt64 = 3) {
    var stream = RandomStream(seed: seed)
    self.network = network
    start = Initialization.normal(gain: 1).parameters(network, using: &stream)
    func samples(_ count: Int) -> Samples<T> {
      var inputs = Matrix<T>(rows: network.inputCount, columns: count)
      for index in inputs.elements.indices { inputs.elements[index] = T(stream.normal()) }
      let outputs = network.outputCount
      // Something to learn: the targets depend on the first inputs.
      if network.output.targetsAreClasses {
        return Samples(
          inputs: inputs,
          targets: .classes(
            (0..<count).map { x in
              (0..<outputs).max { inputs[$0, x] < inputs[$1, x] }!
            }))
      }
      var values = Matrix<T>(rows: outputs, columns: count)
      for index in values.elements.indices { values.elements[index] = inputs.elements[index] }
      return Samples(inputs: inputs, targets: .values(values))
    }
    train = samples(count)
    validation = samples(12)
  }

  /// Settings with batches of 10, so that an epoch of 34 samples has four steps.
  static func settings(_ method: Optimizer, epochs: Int = 4) -> TrainingSettings {
    var settings = TrainingSettings(seed: 11)
    settings.optimizer = method
    settings.stepSize = .inverseTime(initial: 0.01, rate: 0.05)
    settings.batch = 10
    settings.epochs = epochs
    return settings
  }

  func training(_ settings: TrainingSettings) throws -> Training<T> {
    try Training(network, from: start, on: train, validation: validation, settings)
  }

  func resumed(_ url: URL, _ settings: TrainingSettings) throws -> Training<T> {
    try Training(resuming: url, network, on: train, validation: validation, settings)
  }

  /// Runs a body with the name of a file that does not exist yet, and removes it afterwards.
  static func withFile(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("checkpoint-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }
}
