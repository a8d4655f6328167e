import IntrinsicMath
import Testing

@testable import Intrinsic

/// Whatever the modulus, what holds of the quasi-diagonal reduction.
@Suite struct QuasiDiagonalTests {
  static let sources = MetricTests.sources

  private let kinds = NetworkKinds(
    activations: NetworkKinds.smooth, models: OutputModel.allCases.filter(\.hasFisherMetric),
    batch: 4...9, biases: [true])

  @Test(arguments: sources, [Damping.none, .additive(1e-3), .additive(1)])
  func `a quasi-diagonal step inverts the matrix of its definition`(
    _ source: (modulus: Modulus, twin: ReferenceNetwork.Source), _ damping: Damping
  ) throws {
    try forAllNetworks(seeds: 0..<60, kinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let reference = ReferenceNetwork(network, parameters, samples)
      let step = try trial.step(.metric(.reduced(source.modulus, .quasiDiagonal), damping))
      let gradient = reference.gradient
      for (k, unit) in reference.units.enumerated() {
        let matrix = damped(reference.unitMatrix(k, source.twin), damping.additive)
        let kept = ReferenceNetwork.quasiDiagonal(matrix)
        // Inputs that hardly vary make 1 − A_0i²/(A_ii A_00) small, and its inverse amplifies
        // rounding: at most 1e-16/1e-7 for these seeds.
        let flatness = (1..<kept.count).map {
          1 - kept[0][$0] * kept[0][$0] / (kept[0][0] * kept[$0][$0])
        }.min()!
        guard flatness > 1e-7 else { continue }
        expectClose(
          Array(step[unit.parameters]), solve(kept, Array(gradient[unit.parameters])),
          tolerance: 1e-10 + 1e-15 / flatness, "\(label), unit \(k), flatness \(flatness)")
      }
    }
  }

  @Test func `the step is positive on random positive semi-definite matrices`() {
    var stream = RandomStream(seed: 3)
    for trial in 0..<200 {
      let size = Int.random(in: 1...8, using: &stream)
      let rank = Int.random(in: 1...8, using: &stream)
      let factor = randomMatrix(size, rank, using: &stream).nested
      let matrix = factor.map { row in factor.map { dot(row, $0) } }
      let gradient = (0..<size).map { _ in stream.normal() }
      var step = [Double](repeating: .nan, count: size)
      _ = Double.kernels.quasiDiagonalSolve(
        1, [0, Int32(size)], gradient, matrix[0], (0..<size).map { matrix[$0][$0] },
        0, nil, &step)
      #expect(dot(gradient, step) > 0, "seed 3, trial \(trial): \(matrix)")
      if rank > 1 {
        let kept = ReferenceNetwork.quasiDiagonal(matrix)
        #expect(dot(step, multiply(kept, step)) > 0, "seed 3, trial \(trial)")
        // Random vectors are far from parallel: rounding only.
        expectClose(step, solve(kept, gradient), tolerance: 1e-8, "seed 3, trial \(trial)")
      }
    }
  }

  @Test(arguments: sources)
  func `with one incoming unit it is the unitwise step`(
    _ modulus: Modulus, _ twin: ReferenceNetwork.Source
  ) throws {
    var stream = RandomStream(seed: 4)
    let network = try Network.layered(
      [1, 1, 1], activation: .tanh, outputActivation: .sigmoid, output: .bernoulli)
    let trial = Trial(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: 12, using: &stream))
    // Both invert the same 2 × 2 matrices, of condition below 1e3.
    expectClose(
      try trial.step(.metric(.reduced(modulus, .quasiDiagonal), .none)),
      try trial.step(.metric(.reduced(modulus, .unitwise), .none)), tolerance: 1e-12, "\(modulus)")
  }

  /// A linear unit with the eight corners of a shifted cube as inputs, which are uncorrelated.
  private func cube() throws -> Trial<Double> {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered([3, 2], activation: .identity, output: .square)
    var inputs = Matrix<Double>(rows: 3, columns: 8)
    for i in 0..<3 {
      for x in 0..<8 { inputs[i, x] = Double(2 + i) + (x >> i & 1 == 1 ? 1 : -1) }
    }
    return Trial(
      network, randomParameters(network, using: &stream),
      Samples(inputs: inputs, targets: .values(randomMatrix(2, 8, using: &stream))))
  }

  @Test func `with uncorrelated inputs it is the unitwise step, and the diagonal one is not`()
    throws
  {
    let trial = try cube()
    let unitwise = try trial.step(.metric(.unitwiseNaturalGradient, .none))
    expectClose(
      try trial.step(.metric(.quasiDiagonalNaturalGradient, .none)), unitwise, tolerance: 1e-12,
      "cube")
    let diagonal = try trial.step(.metric(.diagonalNaturalGradient, .none))
    #expect(deviation(diagonal, from: unitwise) > 1e-3)
  }

  @Test func `zeros instead of products of the bias row give another step`() throws {
    let trial = try cube()
    let step = try trial.step(.metric(.quasiDiagonalNaturalGradient, .additive(0.5)))
    let matrix = ReferenceNetwork(trial.network, trial.parameters, trial.samples).unitMatrix(
      0, .fisher)
    let arrow = damped(matrix, 0.5).enumerated().map { i, row in
      row.enumerated().map { j, entry in i == j || i * j == 0 ? entry : 0 }
    }
    let range = trial.network.parameters(layer: 0, unit: 0)
    let other = solve(arrow, Array(trial.gradient.elements[range]))
    #expect(deviation(other, from: Array(step[range])) > 1e-3)
  }

  @Test(arguments: sources)
  func `without biases it is the diagonal step`(
    _ modulus: Modulus, _ twin: ReferenceNetwork.Source
  ) throws {
    var kinds = self.kinds
    (kinds.biases, kinds.models) = ([false], [.square, .bernoulli, .softmax])
    try forAllNetworks(seeds: 0..<20, kinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      expectClose(
        try trial.step(.metric(.reduced(modulus, .quasiDiagonal), .additive(0.1))),
        try trial.step(.metric(.reduced(modulus, .diagonal), .additive(0.1))), tolerance: 1e-13,
        label)
    }
  }
}
