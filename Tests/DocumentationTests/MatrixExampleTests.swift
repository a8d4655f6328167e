import Intrinsic
import Testing

@Suite struct MatrixExampleTests {
  @Test func `the spectrum of the article is that of the Fisher matrix`() throws {
    let network = try Network.layered([3, 4, 2], activation: .tanh, output: .softmax)
    let trial = Trial(network, seed: 2, samples: 150)
    let model = Model(network: network, parameters: trial.parameters)
    let eigenvalues = try spectrum(of: model, over: trial.samples)
    #expect(eigenvalues.count == network.parameterCount)
    // Adding the same to both outputs changes nothing: as many zeros as parameters of an output.
    #expect(eigenvalues.prefix(5).allSatisfy { abs($0) < 1e-12 })
    #expect(eigenvalues[5] > 1e-9)
  }
}
