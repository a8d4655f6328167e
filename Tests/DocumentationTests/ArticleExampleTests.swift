import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies
import Testing

/// What the articles say of the code in them.
@Suite struct ArticleExampleTests {
  private func temporaryDirectory() throws -> URL {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  private func subject() throws -> (model: Model, samples: Samples<Double>) {
    let network = try Network.layered([3, 5, 3], activation: .relu, output: .softmax)
    let trial = Trial(network, seed: 1, samples: 200)
    return (Model(network: network, parameters: trial.parameters), trial.samples)
  }

  @Test func `a quasi-diagonal step sees neither scales nor shifts, but does see mixtures`() throws
  {
    let (model, samples) = try subject()
    let verdicts = try verdicts(
      of: .metric(.quasiDiagonalBackpropagatedMetric, .none), on: model, samples)
    #expect(verdicts[.rescaling] == .invariant)
    #expect(verdicts[.affine] == .invariant)
    #expect(verdicts[.inputInversion] == .invariant)
    #expect(verdicts[.recombination] == .dependent)
    #expect(verdicts[.sigmoidTanh] == nil)
    #expect(verdicts[.directionScaling] == nil)
  }

  @Test func `a gradient step sees all but the order of units`() throws {
    let (model, samples) = try subject()
    let verdicts = try verdicts(of: .gradientDescent, on: model, samples)
    #expect(verdicts[.permutation] == .invariant)
    #expect(verdicts[.rescaling] == .dependent)
    #expect(verdicts[.affine] == .dependent)
  }

  @Test func `verdicts are the same from files`() throws {
    let folder = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (model, samples) = try subject()
    let (network, data) = (
      folder.appendingPathComponent("network.safetensors"),
      folder.appendingPathComponent("data.npz")
    )
    try model.save(to: network)
    guard case .classes(let classes) = samples.targets else { preconditionFailure() }
    try NPZ.write(
      [
        NamedTensor(
          "inputs",
          Tensor(samples.inputs.transposed.elements, shape: [samples.count, 3])),
        NamedTensor("targets", Tensor(classes)),
      ], to: data)
    let method = Optimizer.metric(.unitwiseNaturalGradient, .none)
    let direct = try verdicts(of: method, on: model, samples)
    #expect(try verdicts(of: method, network: network, data: data) == direct)
    #expect(direct[.recombination] == .invariant)
  }

  @Test func `claims that were not met are read back`() throws {
    let folder = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: folder) }
    let directory = try RunDirectory(at: folder)
    let claims = [1.0, 3, .nan].map {
      Claim("a number", source: "nowhere", measured: $0, band: .within(0...2))
    }
    try Claims(claims).write(to: directory)
    let unmet = try unmetClaims(in: folder)
    #expect(unmet.count == 2)
    #expect(unmet.first?.measured == 3)
    #expect(unmet.last?.measured.isNaN == true)
  }
}
