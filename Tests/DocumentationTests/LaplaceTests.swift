import Foundation
import Intrinsic
import Testing

/// An output model of one's own: training, the Fisher metric, files.
@Suite struct LaplaceTests {
  @Test func `outliers do not bend the line, and files hold the model`() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let x = (0..<41).map { Double($0 - 20) / 10 }
    let y = x.enumerated().map { $0 % 5 == 4 ? 30.0 : 2 * $1 - 1 }
    let model = try fitRobustLine(x, y, savingTo: url)
    #expect(abs(model.parameters[0] + 1) < 0.02, "bias \(model.parameters[0])")
    #expect(abs(model.parameters[1] - 2) < 0.02, "slope \(model.parameters[1])")
    let again = try loadRobustLine(from: url)
    #expect(again.network.output == .custom(Laplace()))
    #expect(again.predictions(for: [[0.5]]) == model.predictions(for: [[0.5]]))
  }

  @Test func `a model that nobody has registered is refused with the remedy`() throws {
    struct Unknown: OutputFunction {
      let name = "nobodysmodel"
      func loss(_ a: Double, target y: Double) -> Double { a * y }
      func derivative(_ a: Double, target y: Double) -> Double { y }
      func fisherInformation(_ a: Double) -> Double { .nan }
      var hasFisherInformation: Bool { false }
    }
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let network = try Network.layered(
      [1, 1], activation: .identity, output: .custom(Unknown()))
    try Model(network: network, parameters: Parameters(network)).save(to: url)
    let error = #expect(throws: DataError.self) { _ = try Model(contentsOf: url) }
    #expect(error?.description.contains("nobodysmodel") == true)
    #expect(error?.description.contains("OutputModel.register") == true)
    #expect(throws: MetricError.self) {
      _ = try MetricEstimator<Double>(
        .naturalGradient, damping: .none, network, maximumBatchSize: 1,
        stream: RandomStream(seed: 1))
    }
  }
}
