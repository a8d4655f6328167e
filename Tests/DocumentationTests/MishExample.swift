import Foundation
import Intrinsic

/// Mish (Misra 2019): s(y) = y tanh(softplus(y)).
struct Mish: ActivationFunction {
  let name = "mish"

  func value(_ y: Double) -> Double { y * tanh(softplus(y)) }

  func derivative(_ y: Double) -> Double {
    let t = tanh(softplus(y))
    return t + y * (1 - t * t) / (1 + exp(-y))
  }

  private func softplus(_ y: Double) -> Double { max(y, 0) + log1p(exp(-abs(y))) }
}

/// A network with it, saved.
func saveMishNetwork(to url: URL) throws -> Model {
  let network = try Network.layered([3, 6, 2], activation: .custom(Mish()), output: .softmax)
  var stream = RandomStream(seed: 1)
  let model = Model(
    network: network,
    parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
  try model.save(to: url)
  return model
}

/// The same in a program that reads it.
func loadMishNetwork(from url: URL) throws -> Model {
  Activation.register(Mish())
  return try Model(contentsOf: url)
}
