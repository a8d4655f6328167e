import Foundation
import Intrinsic
import Testing

/// An activation function of one's own: gradients, metrics, files.
@Suite struct MishTests {
  @Test func `a network with it is saved, refused while unknown, and read after registration`()
    throws
  {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let model = try saveMishNetwork(to: url)
    // Another test may have registered it already; a name that nobody has is refused for certain.
    struct Unknown: ActivationFunction {
      let name = "nobodysown"
      func value(_ y: Double) -> Double { y }
      func derivative(_ y: Double) -> Double { 1 }
    }
    let other = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: other) }
    let network = try Network.layered([2, 3, 1], activation: .custom(Unknown()), output: .square)
    try Model(network: network, parameters: Parameters(network)).save(to: other)
    let error = #expect(throws: DataError.self) { _ = try Model(contentsOf: other) }
    #expect(error?.description.contains("nobodysown") == true)
    #expect(error?.description.contains("Activation.register") == true)

    let again = try loadMishNetwork(from: url)
    #expect(again.parameters.elements == model.parameters.elements)
    let x = Matrix<Double>(rows: 3, columns: 2, elements: [0.1, -0.4, 2, 1, -3, 0.5])
    #expect(again.predictions(for: x) == model.predictions(for: x))
  }

  @Test func `its gradient is that of finite differences, and metrics have it`() throws {
    let network = try Network.layered([3, 6, 2], activation: .custom(Mish()), output: .softmax)
    let trial = Trial(network, seed: 4, samples: 60)
    let h = 1e-6
    for index in stride(from: 0, to: network.parameterCount, by: 5) {
      func loss(_ shift: Double) -> Double {
        var moved = trial.parameters
        moved[index] += shift
        return Trial(network, moved, trial.samples).loss
      }
      let slope = (loss(h) - loss(-h)) / (2 * h)
      #expect(abs(slope + trial.gradient[index]) < 1e-7, "parameter \(index)")
    }
    let descent = try Descent(
      .metric(.unitwiseNaturalGradient, .additive(0.01)), network, from: trial.parameters,
      stepSize: .constant(0.2), maximumBatchSize: 60, stream: RandomStream(seed: 1))
    let losses = try (0..<30).map { _ in try descent.step(on: trial.samples) }
    #expect(losses.last! < losses[0])
  }
}
