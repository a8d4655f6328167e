import IntrinsicMath
import Testing

@testable import Intrinsic

@Suite struct SpringTests {
  private func problem(
    _ network: Network, points: Int, seed: UInt64
  ) throws -> ResidualProblem<Double> {
    var stream = RandomStream(seed: seed)
    let rows = (0..<points).map { _ in [stream.uniform(), stream.uniform()] }
    return try ResidualProblem(
      network,
      [
        ResidualSet(
          "interior", LinearOperator(value: 1, laplacian: [-1, -1]), at: rows,
          targets: rows.map { $0[0] * $0[1] })
      ])
  }

  private func start(_ network: Network) -> Parameters<Double> {
    var stream = RandomStream(seed: 9)
    return randomParameters(network, using: &stream)
  }

  /// δ_t = μ δ_{t−1} + J (JᵀJ + λ Id)⁻¹ (ζ − μ Jᵀ δ_{t−1}), written out.
  @Test(arguments: [8, 200])
  func `steps are those of the published formula`(points: Int) throws {
    let network = try Network.layered([2, 6, 1], activation: .tanh, output: .square)
    var settings = SpringSettings()
    (settings.damping, settings.momentum) = (1e-2, 0.8)
    let problems = try (0..<4).map { try problem(network, points: points, seed: $0) }
    let descent = try SpringDescent(problems[0], from: start(network), settings, threads: 2)
    #expect(descent.space == (points < network.parameterCount ? .samples : .parameters))
    var theta = start(network)
    var last = Displacement<Double>(network)
    for problem in problems {
      let (j, r) = (problem.jacobian(at: theta), problem.residuals(at: theta))
      var system = Matrix<Double>(rows: points, columns: points)
      var right = [Double](repeating: 0, count: points)
      for x in 0..<points {
        for y in 0..<points {
          system[x, y] = (0..<j.rows).reduce(0.0) { $0 + j[$1, x] * j[$1, y] }
        }
        system[x, x] += settings.damping
        right[x] = -r[x]
        for p in 0..<j.rows { right[x] -= settings.momentum * j[p, x] * last[p] }
      }
      let column = Matrix(rows: points, columns: 1, elements: right)
      let solution = try #require(system.positiveDefiniteSolve(column)).elements
      var step = Displacement<Double>(network)
      for p in 0..<j.rows {
        step[p] = settings.momentum * last[p]
        for x in 0..<points { step[p] += j[p, x] * solution[x] }
      }
      let result = try descent.step(on: problem)
      #expect(abs(result.loss - problem.loss(at: theta)) <= 1e-12 * result.loss)
      #expect(result.stepSize == 1)
      theta.move(by: step, stepSize: 1)
      last = step
      for p in 0..<j.rows {
        #expect(abs(descent.parameters[p] - theta[p]) <= 1e-8 * (1 + abs(theta[p])))
      }
    }
  }

  @Test(arguments: [Scaling.diagonal, .quasiDiagonal])
  func `both spaces take the same steps with every scaling`(_ scaling: Scaling) throws {
    let network = try Network.layered([2, 14, 12, 1], activation: .tanh, output: .square)
    var settings = SpringSettings()
    (settings.damping, settings.scaling, settings.momentum) = (10, scaling, 0.3)
    let few = try problem(network, points: 60, seed: 3)
    let set = few.sets[0]
    let many = try ResidualProblem(
      network,
      [
        ResidualSet(
          "interior", set.differential as! LinearOperator,
          at: Matrix(
            rows: 2, columns: 300,
            elements: (0..<600).map { set.points[$0 / 300, $0 % 300 % 60] }),
          targets: (0..<300).map { set.targets[$0 % 60] })
      ])
    let a = try SpringDescent(few, from: start(network), settings)
    let b = try SpringDescent(many, from: start(network), settings)
    #expect(a.space == .samples && b.space == .parameters)
    for step in 0..<5 {
      let (one, other) = (try a.step().loss, try b.step().loss)
      #expect(abs(one - other) <= 1e-6 * other, "\(scaling), step \(step)")
    }
    #expect(try a.step().loss < few.loss(at: start(network)))
  }

  @Test func `a line search halves until the loss is least`() {
    func size(_ search: LogarithmicSearch, _ loss: (Double) -> Double) -> Double {
      search.stepSize(before: 1, loss)
    }
    let search = LogarithmicSearch.halving(10)
    let least = size(search) { ($0 - 0.25) * ($0 - 0.25) }
    #expect(least == 0.25)
    let none = size(search) { 1 + $0 }
    #expect(none == 0)
    let finite = size(search) { $0 > 0.1 ? .nan : $0 }
    #expect(finite == 1.0 / 1024)
    let whole = size(.none) { _ in 5 }
    #expect(whole == 1)
  }

  @Test func `as a rule it trains on batches of any output model`() throws {
    let network = try Network.layered([2, 8, 3], activation: .tanh, output: .softmax)
    var stream = RandomStream(seed: 2)
    let rows = (0..<90).map { _ in [stream.normal(), stream.normal()] }
    let samples = Samples(rows: rows, classes: rows.map { $0[0] > 0.3 ? 2 : $0[1] > 0 ? 1 : 0 })
    var spring = SpringSettings()
    spring.search = .halving(8)
    var settings = TrainingSettings(seed: 4)
    settings.optimizer = .spring(spring)
    settings.stepSize = .constant(1)
    (settings.epochs, settings.batch) = (6, 30)
    let first = start(network)
    let training = try Training(network, from: first, on: samples, settings)
    let workspace = Workspace<Double>(network, maximumBatchSize: 90)
    workspace.load(samples)
    workspace.forward(first)
    let before = workspace.loss()
    try training.run()
    workspace.forward(training.parameters)
    #expect(workspace.loss() < before / 2)
  }

  @Test func `rules that know gradients only descend, others are refused`() throws {
    let network = try Network.layered([2, 8, 1], activation: .tanh, output: .square)
    let problem = try problem(network, points: 40, seed: 1)
    for optimizer in [
      Optimizer.adam, .gradientDescent, .momentum(0.9), .adam.withWeightDecay(1e-4),
      .gradientDescent.clipped(toGradientNorm: 1),
    ] {
      let descent = try ResidualDescent(
        optimizer, problem, from: start(network), stepSize: .constant(0.01), threads: 2)
      let first = try descent.step()
      for _ in 0..<100 { try descent.step() }
      #expect(try descent.step() < first, "\(optimizer)")
    }
    #expect(throws: ResidualError.self) {
      try ResidualDescent(.quasiDiagonal, problem, from: start(network))
    }
    #expect(throws: ResidualError.self) {
      try ResidualDescent(
        .metric(.naturalGradient, .additive(1)).withMomentum(0.5), problem, from: start(network))
    }
  }
}
