import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

/// Steps on residuals keep the invariance of their metric and of D.
@Suite struct ResidualInvarianceTests {
  private func problem(_ network: Network, _ inputs: (Matrix<Double>) -> Matrix<Double>) throws
    -> ResidualProblem<Double>
  {
    var stream = RandomStream(seed: 4)
    func points(_ count: Int) -> Matrix<Double> {
      inputs(
        Matrix(rows: 2, columns: count, elements: (0..<2 * count).map { _ in stream.uniform() }))
    }
    return try ResidualProblem(
      network,
      [
        ResidualSet(
          "interior", LinearOperator(value: 1, gradient: [1, -2], laplacian: [-1, -0.5]),
          at: points(60), targets: (0..<60).map { Double($0 % 7) / 7 }),
        ResidualSet("boundary", LinearOperator(value: 1), at: points(20), weight: 3),
      ])
  }

  private func losses(_ model: Model, _ settings: LevenbergMarquardtSettings) throws -> [Double] {
    let descent = try LevenbergMarquardt(
      problem(model.network) { $0 }, from: model.parameters, settings)
    for _ in 0..<12 { try descent.iterate() }
    return descent.records.map(\.loss)
  }

  static let cases: [(Metric, Scaling, Transformation.Kind, Bool)] = [
    (.naturalGradient, .quasiDiagonal, .affine, true),
    (.naturalGradient, .unitwise, .affine, true),
    (.naturalGradient, .diagonal, .unitScaling, true),
    (.naturalGradient, .identity, .affine, false),
    (.naturalGradient, .diagonal, .affine, false),
    (.unitwiseNaturalGradient, .unitwise, .affine, true),
    (.quasiDiagonalNaturalGradient, .quasiDiagonal, .affine, true),
    (.quasiDiagonalNaturalGradient, .identity, .affine, false),
  ]

  @Test(arguments: cases)
  func `trajectories do not depend on how units are written`(
    _ metric: Metric, _ scaling: Scaling, _ kind: Transformation.Kind, _ isInvariant: Bool
  ) throws {
    let network = try Network.layered([2, 5, 4, 1], activation: .tanh, output: .square)
    var stream = RandomStream(seed: 12)
    let model = Model(
      network: network,
      parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
    let other = try Transformation.random(kind, for: model, using: &stream).applied(to: model)
    var settings = LevenbergMarquardtSettings()
    (settings.metric, settings.scaling) = (metric, scaling)
    let (first, second) = (try losses(model, settings), try losses(other, settings))
    #expect(first.last! < first[0])
    let difference = zip(first, second).map { abs($0 / $1 - 1) }.max()!
    let label = "\(metric), \(scaling), \(kind): \(difference)"
    if isInvariant {
      #expect(difference < 1e-6, "\(label)")
    } else {
      #expect(difference > 1e-3, "\(label)")
    }
  }
}
