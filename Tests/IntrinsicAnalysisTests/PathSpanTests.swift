import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@Suite struct PathSpanTests {
  private let inputs = Matrix<Double>([[1, -2, 0.5, -1, 3], [2, 1, -1, -0.5, 0.25]])

  private func span(
    _ sizes: [Int], _ activation: Activation, bias: Bool = false, weights: [Double]
  ) throws -> PathSpan {
    let network = try Network.layered(sizes, activation: activation, output: .square, bias: bias)
    return try PathSpan(
      Model(network: network, parameters: Parameters(weights)),
      on: inputs.transposed.columns(0..<sizes[0]).transposed)
  }

  @Test func `a linear layer adds paths but no dimensions`() throws {
    // The example of Neyshabur et al. 2016, §7.1.
    let classifier = try span([2, 1], .identity, weights: [1, 2])
    #expect(classifier.paths == 2 && classifier.dimension == 2 && classifier.isFull)
    let layers = try span([2, 3, 1], .identity, weights: [1, 2, 3, -4, -5, 6, 1, 1, 1])
    #expect(layers.paths == 6 && layers.dimension == 2 && !layers.isFull)
  }

  @Test func `units that are active on different inputs tell paths apart`() throws {
    let opposite = try span([1, 2, 1], .relu, weights: [1, -1, 1, 1])
    #expect(opposite.paths == 2 && opposite.dimension == 2)
    let alike = try span([1, 2, 1], .relu, weights: [1, 2, 1, 1])
    #expect(alike.paths == 2 && alike.dimension == 1)
    // Never active, as what it reads is not negative.
    let dead = try span([1, 1, 2, 1], .relu, weights: [1, -1, 2, 1, 1])
    #expect(dead.paths == 2 && dead.dimension == 1)
  }

  @Test func `a path is active where all its units are`() throws {
    // The first unit reacts above 0, then one at 3 only and one on all inputs. The dimensions: x and
    // the constant where the first reacts, 3, and the constants of the others.
    let span = try span(
      [1, 1, 2, 1], .relu, bias: true, weights: [0, 1, -2, 1, 0.25, 1, 0, 1, 1])
    #expect(span.paths == 7 && span.dimension == 4)
  }

  @Test func `each output has paths of its own, and biases begin paths`() throws {
    let outputs = try span([2, 2], .identity, bias: true, weights: [9, 1, 1, 9, 1, 1])
    #expect(outputs.paths == 6 && outputs.ranks.map(\.rank) == [3, 3] && outputs.isFull)
    // One input and a constant through a unit that is active above −½, and the constant beside it.
    let unit = try span([1, 1, 1], .relu, bias: true, weights: [0.5, 1, 0, 1])
    #expect(unit.paths == 3 && unit.dimension == 3)
    // On 1, ½ and 3 only it is active: the constant beside it makes the third dimension.
    #expect(unit.ranks[0].rows == 3 && unit.ranks[0].columns == 5)
  }

  @Test func `many paths are refused`() throws {
    let network = try Network.layered([2, 9, 9, 9, 1], activation: .relu, output: .square)
    #expect(throws: DegreesOfFreedomError.self) {
      try PathSpan(Model(network: network, parameters: Parameters(network)), on: inputs)
    }
  }
}
