import Intrinsic
import IntrinsicMath
import Testing

/// The code of the README, which must compile and do what is said there.
@Test func `the example of the README learns the exclusive or`() throws {
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
