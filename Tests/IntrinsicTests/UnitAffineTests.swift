import Intrinsic
import IntrinsicMath
import Testing

@Suite struct UnitAffineTests {
  private let change = UnitAffine(
    alpha: [2, -0.5, 3], beta: [1, -2, 0.5], gamma: [0.5, -3, 2], delta: [-1, 0.25, 2])

  /// Signals of reparametrized units against central differences, which are good to about 10⁻¹⁰.
  @Test(arguments: [Activation.tanh, .identity, .softplus])
  func `gradients of reparametrized units are those of the loss`(_ activation: Activation) throws {
    var stream = RandomStream(seed: 3)
    let network = try Network.layered([2, 3, 3, 2], activation: activation, output: .square)
      .reparametrized(layer: 0, by: change).reparametrized(layer: 1, by: change)
    let parameters: Parameters<Double> = Initialization.normal(gain: 0.5)
      .parameters(network, using: &stream)
    let samples = Samples<Double>(
      inputs: Matrix([[1, 2, -1], [0, -2, 1]]),
      targets: .values(Matrix([[0.5, 1, 2], [-1, 0, 3]])))
    let workspace = Workspace<Double>(network, maximumBatchSize: 3)
    workspace.load(samples)
    var gradient = Gradient<Double>(network)
    workspace.lossAndGradient(parameters, into: &gradient)
    let scale = gradient.elements.map(abs).max()!
    for index in 0..<parameters.count {
      let losses = [1e-5, -1e-5].map { change in
        var moved = parameters
        moved[index] += change
        workspace.forward(moved)
        return workspace.loss()
      }
      #expect(abs((losses[1] - losses[0]) / 2e-5 - gradient[index]) < 1e-8 * scale)
    }
  }

  @Test func `activities and derivatives are those of the definition`() throws {
    let network = try Network.layered([1, 3, 1], activation: .tanh, output: .square)
    let reparametrized = try network.reparametrized(layer: 0, by: change)
    let parameters = Parameters<Double>([0.3, 1, -0.2, 0.5, 1, -1, 0, 1, 1, 1])
    let input = Matrix<Double>([[0.7, -1]])
    let workspace = Workspace<Double>(reparametrized, maximumBatchSize: 2)
    workspace.load(inputs: input)
    workspace.forward(parameters)
    let plain = Workspace<Double>(network, maximumBatchSize: 2)
    for unit in 0..<3 {
      for sample in 0..<2 {
        let y = parameters[2 * unit] + parameters[2 * unit + 1] * input[0, sample]
        // A plain unit fed with (y′ − δ)/γ.
        var moved = parameters
        moved[2 * unit] = (y - change.delta[unit]) / change.gamma[unit]
        moved[2 * unit + 1] = 0
        plain.load(inputs: input)
        plain.forward(moved)
        let row = network.layers[0].rows.lowerBound + unit
        let (a, r) = (plain.activities.row(row)[sample], plain.derivatives.row(row)[sample])
        #expect(
          abs(
            workspace.activities.row(row)[sample]
              - (change.alpha[unit] * a + change.beta[unit])) < 1e-14)
        #expect(
          abs(
            workspace.derivatives.row(row)[sample]
              - change.alpha[unit] * r / change.gamma[unit]) < 1e-14)
      }
    }
  }

  @Test func `a change followed by its inverse is no change`() throws {
    let simple = UnitAffine(alpha: [2, -4], beta: [1, 3], gamma: [0.5, -2], delta: [-1, 8])
    #expect(simple.then(simple.inverse).isIdentity)
    let network = try Network.layered([1, 2, 1], activation: .relu, output: .square)
    let there = try network.reparametrized(layer: 0, by: simple)
    #expect(there.layers[0].affine == simple)
    #expect(try there.reparametrized(layer: 0, by: simple.inverse).layers[0].affine == nil)
  }
}
