import Intrinsic
import Testing

/// K-FAC, written outside the library, against whole matrices.
@Suite struct KFACTests {
  private static let network = try! Network.layered(
    [4, 5, 3], activation: .tanh, output: .softmax)

  private func trial(samples: Int) -> Trial {
    Trial(Self.network, seed: 6, samples: samples)
  }

  /// The block of a layer of a matrix over all parameters.
  private func block(_ whole: Matrix<Double>, layer: Int) -> Matrix<Double> {
    let range = Self.network.layers[layer].parameters
    var result = Matrix<Double>(rows: range.count, columns: range.count)
    for (i, p) in range.enumerated() {
      for (j, q) in range.enumerated() { result[i, j] = whole[p, q] }
    }
    return result
  }

  private func kronecker(_ g: Matrix<Double>, _ a: Matrix<Double>) -> Matrix<Double> {
    var result = Matrix<Double>(rows: g.rows * a.rows, columns: g.rows * a.rows)
    for k in 0..<g.rows {
      for l in 0..<g.rows {
        for i in 0..<a.rows {
          for j in 0..<a.rows { result[k * a.rows + i, l * a.rows + j] = g[k, l] * a[i, j] }
        }
      }
    }
    return result
  }

  @Test func `of one sample the product of the factors is the Fisher matrix of the layer`() throws {
    let trial = trial(samples: 1)
    let rule = KFAC<Double>(Self.network, damping: 0.1, rate: 1)
    _ = try trial.step(rule)
    let fisher = try MetricMatrix<Double>(
      .naturalGradient, of: Model(network: Self.network, parameters: trial.parameters),
      over: trial.samples
    ).dense()
    for layer in 0..<2 {
      let product = kronecker(rule.outgoing[layer], rule.incoming[layer])
      for (a, b) in zip(product.elements, block(fisher, layer: layer).elements) {
        #expect(abs(a - b) < 1e-12)
      }
    }
  }

  @Test func `a step solves with the Kronecker product of the damped factors`() throws {
    let trial = trial(samples: 200)
    let damping = 0.01
    let rule = KFAC<Double>(Self.network, damping: damping, rate: 1)
    let step = try trial.step(rule)
    for layer in 0..<2 {
      let (a, g) = (rule.incoming[layer], rule.outgoing[layer])
      func mean(_ m: Matrix<Double>) -> Double {
        (0..<m.rows).reduce(0) { $0 + m[$1, $1] } / Double(m.rows)
      }
      let pi = (mean(a) / mean(g)).squareRoot()
      let product = kronecker(
        g.addingToDiagonal(damping.squareRoot() / pi),
        a.addingToDiagonal(damping.squareRoot() * pi))
      let range = Self.network.layers[layer].parameters
      let v = Matrix(
        rows: range.count, columns: 1, elements: range.map { trial.gradient[$0] })
      let expected = product.positiveDefiniteSolve(v)!
      for (i, parameter) in range.enumerated() {
        #expect(abs(step[parameter] - expected[i, 0]) < 1e-9 * abs(expected[i, 0]) + 1e-12)
      }
    }
  }

  @Test func `it trains`() throws {
    let trial = trial(samples: 200)
    let descent = try Descent(
      rule: KFAC<Double>(Self.network, damping: 0.01, rate: 0.3), Self.network,
      from: trial.parameters, stepSize: .constant(0.3), maximumBatchSize: 200,
      stream: RandomStream(seed: 1))
    let losses = try (0..<60).map { _ in try descent.step(on: trial.samples) }
    #expect(losses.last! < 0.85 * losses[0])
  }
}
