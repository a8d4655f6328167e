import Foundation
import Intrinsic
import IntrinsicMath
import Testing

@Suite struct ResidualTests {
  /// The problem of a vector file, with a set for each point, since their operators differ.
  private func problem(
    _ file: VectorFile
  ) throws -> (ResidualProblem<Double>, Parameters<Double>) {
    let (network, parameters) = try file.network("given")
    let inputs = try file.matrix("given", "X").transposed
    let kappa = try #require(file.value("given", "kappa") as? [Double])
    let operators = try #require(file.value("given", "operator") as? [[Double]])
    let targets = try #require(file.value("given", "target") as? [Double])
    let weights = try #require(file.value("given", "weight") as? [Double])
    let d = kappa.count
    let sets = operators.indices.map { x in
      ResidualSet(
        "point \(x)",
        LinearOperator(
          value: operators[x][0], gradient: Array(operators[x][1...d]),
          laplacian: kappa.map { $0 * operators[x][d + 1] }),
        at: inputs.columns(x..<x + 1), targets: [targets[x]], weight: weights[x])
    }
    return (try ResidualProblem(network, sets), parameters)
  }

  @Test(arguments: VectorFile.names(containing: "jets"), [1, 3])
  func `residuals agree with the vectors`(_ name: String, threads: Int) throws {
    let file = try VectorFile(name)
    let (problem, parameters) = try problem(file)
    let weights = try #require(file.value("given", "weight") as? [Double])
    let residuals = try #require(file.value("expect", "residual") as? [Double])
    let tolerance = 1e-12
    expectClose(
      problem.residuals(at: parameters, threads: threads),
      zip(weights, residuals).map { $0.squareRoot() * $1 }, tolerance: tolerance, "residuals")
    expectClose(
      [problem.loss(at: parameters, threads: threads)], [try file.number("expect", "loss")],
      tolerance: tolerance, "loss")
    let gradient = try #require(file.value("expect", "gradient") as? [Double])
    expectClose(
      problem.gradient(at: parameters, threads: threads).elements, gradient, tolerance: tolerance,
      "gradient")
    let expected = try #require(file.value("expect", "residual_jacobian") as? [[Double]])
    let jacobian = problem.jacobian(at: parameters, threads: threads)
    #expect(jacobian.columns == weights.count)
    for x in weights.indices {
      expectClose(
        (0..<jacobian.rows).map { jacobian[$0, x] },
        expected[x].map { $0 * weights[x].squareRoot() }, tolerance: tolerance, "∂ω \(x)")
    }
  }

  @Test(arguments: VectorFile.names(containing: "jets"))
  func `matrices of residuals agree with the vectors`(_ name: String) throws {
    let file = try VectorFile(name)
    let (problem, parameters) = try problem(file)
    let full = try problem.matrix(.naturalGradient, at: parameters)
    let expected = try #require(file.value("expect", "full_fisher") as? [[Double]])
    expectClose(try full.dense().elements, expected.flatMap { $0 }, tolerance: 1e-12, "full")
    let gradient = problem.gradient(at: parameters)
    let epsilon = try file.number("given", "eps")
    let natural = try #require(file.value("expect", "natural") as? [Double])
    expectClose(
      try full.solve(gradient, damping: epsilon).elements, natural, tolerance: 1e-8, "natural")
    let reductions: [(String, Metric)] = [
      ("unitwise", .unitwiseNaturalGradient), ("quasi_diagonal", .quasiDiagonalNaturalGradient),
      ("diagonal", .diagonalNaturalGradient),
    ]
    for (key, metric) in reductions {
      let step = try #require(file.value("expect", "steps_fisher", key) as? [Double])
      let matrix = try problem.matrix(metric, at: parameters, threads: 2)
      expectClose(
        try matrix.solve(gradient, damping: epsilon).elements, step, tolerance: 1e-8, key)
    }
  }

  @Test(arguments: VectorFile.names(containing: "jets"))
  func `backpropagated matrices of jets agree with the vectors`(_ name: String) throws {
    let file = try VectorFile(name)
    let (problem, parameters) = try problem(file)
    let gradient = problem.gradient(at: parameters)
    let epsilon = try file.number("given", "eps")
    let blocks = try #require(file.value("expect", "unit_backpropagated") as? [String: [[Double]]])
    let matrix = try problem.matrix(.backpropagatedMetric, at: parameters)
    let dense = try matrix.dense()
    for (key, block) in blocks {
      let place = key.split(separator: ",").map { Int($0)! }
      let range = problem.network.parameters(layer: place[0], unit: place[1])
      expectClose(
        range.flatMap { i in range.map { j in dense[i, j] } }, block.flatMap { $0 },
        tolerance: 1e-12, key)
    }
    let reductions: [(String, Metric)] = [
      ("unitwise", .backpropagatedMetric), ("quasi_diagonal", .quasiDiagonalBackpropagatedMetric),
      ("diagonal", .diagonalGaussNewton),
    ]
    for (key, metric) in reductions {
      let step = try #require(file.value("expect", "steps_backpropagated", key) as? [Double])
      let matrix = try problem.matrix(metric, at: parameters)
      expectClose(
        try matrix.solve(gradient, damping: epsilon).elements, step, tolerance: 1e-8, key)
    }
  }

  /// A small problem with an equation that is not linear, over networks whose layers are skipped, unbiased or
  /// reparametrized.
  private struct Bratu: DifferentialOperator {
    var order: DerivativeOrder { .laplacian([1, 2]) }
    func value(_ u: OutputJet, at x: [Double]) -> Double {
      u[.laplacian] + exp(u[.value]) * x[0] + u[.slope(1)] * u[.slope(1)]
    }
    func derivative(_ u: OutputJet, at x: [Double], into l: inout OutputJet) {
      l[.laplacian] = 1
      l[.value] = exp(u[.value]) * x[0]
      l[.slope(1)] = 2 * u[.slope(1)]
    }
  }

  private func points(_ count: Int, _ stream: inout RandomStream) -> Matrix<Double> {
    Matrix(rows: 2, columns: count, elements: (0..<2 * count).map { _ in stream.uniform() })
  }

  private func bratu(_ network: Network, seed: UInt64) throws -> ResidualProblem<Double> {
    var stream = RandomStream(seed: seed)
    return try ResidualProblem(
      network,
      [
        ResidualSet("interior", Bratu(), at: points(13, &stream)),
        ResidualSet(
          "slopes", LinearOperator(value: 0.5, gradient: [1, -2], output: network.outputCount - 1),
          at: points(5, &stream), targets: [1, 2, 3, 4, 5], weight: 3),
        ResidualSet("values", LinearOperator(value: 2), at: points(300, &stream), weight: 0.5),
      ])
  }

  @Test(arguments: [
    Activation.tanh, .scaledTanh, .sigmoid, .softplus, .silu, .gelu, .sine(2), .power(3),
    .positivePower(4),
  ])
  func `gradients and Jacobians are those of differences`(_ activation: Activation) throws {
    var stream = RandomStream(seed: 5)
    var builder = NetworkBuilder(inputs: 2)
    builder.dense(4, activation)
    builder.dense(3, activation)
    builder.dense(2, .identity)
    let network = try builder.build(output: .square)
    let problem = try bratu(network, seed: 8)
    let parameters = randomParameters(network, using: &stream)
    let gradient = problem.gradient(at: parameters, threads: 2)
    let jacobian = problem.jacobian(at: parameters)
    let h = 1e-5
    for p in 0..<network.parameterCount {
      let sides = [h, -h].map { change in
        var moved = parameters
        moved[p] += change
        return moved
      }
      let slope = (problem.loss(at: sides[0]) - problem.loss(at: sides[1])) / (2 * h)
      #expect(
        abs(gradient[p] + slope) <= 1e-6 * (1 + abs(slope)), "\(activation), parameter \(p)")
      let (above, below) = (problem.residuals(at: sides[0]), problem.residuals(at: sides[1]))
      for x in above.indices {
        let expected = (above[x] - below[x]) / (2 * h)
        #expect(
          abs(jacobian[p, x] - expected) <= 1e-6 * (1 + abs(expected)),
          "\(activation), parameter \(p), residual \(x)")
      }
    }
  }

  @Test func `Levenberg–Marquardt in the space of samples takes the steps of that of parameters`()
    throws
  {
    var stream = RandomStream(seed: 3)
    let network = try Network.layered([2, 12, 10, 1], activation: .tanh, output: .square)
    let start = randomParameters(network, using: &stream)
    var sets = [
      ResidualSet(
        "interior", LinearOperator(laplacian: [-1, -1]), at: points(60, &stream),
        targets: [Double](repeating: 1, count: 60))
    ]
    let few = try ResidualProblem(network, sets)
    // Points twice change neither the loss nor A, but make the sample space the dearer one.
    sets = [
      ResidualSet(
        "interior", sets[0].differential as! LinearOperator,
        at: Matrix(
          rows: 2, columns: 240,
          elements: (0..<2).flatMap { d in
            (0..<240).map { few.sets[0].points[d, $0 % 60] }
          }),
        targets: [Double](repeating: 1, count: 240))
    ]
    let many = try ResidualProblem(network, sets)
    for scaling in [Scaling.identity, .diagonal, .quasiDiagonal] {
      for penalty in [0, 1e-3] {
        var settings = LevenbergMarquardtSettings()
        settings.scaling = scaling
        settings.penalty = penalty
        let samples = try LevenbergMarquardt(few, from: start, settings, threads: 2)
        let parameters = try LevenbergMarquardt(many, from: start, settings)
        #expect(samples.space == .samples && parameters.space == .parameters)
        for trial in 0..<8 {
          let (a, b) = (try samples.iterate(), try parameters.iterate())
          #expect(a.isAccepted == b.isAccepted, "\(scaling), trial \(trial)")
          #expect(
            abs(a.loss - b.loss) <= 1e-7 * b.loss, "\(scaling), a = \(penalty), trial \(trial)")
        }
      }
    }
  }

  @Test func `a Poisson equation is solved to six digits`() throws {
    let network = try Network.layered([2, 20, 1], activation: .tanh, output: .square)
    var stream = RandomStream(seed: 1)
    let start: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    func solution(_ x: [Double]) -> Double { sin(.pi * x[0]) * sin(.pi * x[1]) }
    let inside = points(200, &stream)
    var edge = points(60, &stream)
    for x in 0..<60 { edge[x % 2, x] = x % 4 < 2 ? 0 : 1 }
    let problem = try ResidualProblem(
      network,
      [
        ResidualSet(
          "interior", LinearOperator(laplacian: [-1, -1]), at: inside,
          targets: (0..<200).map { x in
            2 * .pi * .pi * solution([inside[0, x], inside[1, x]])
          }),
        ResidualSet("boundary", LinearOperator(value: 1), at: edge, weight: 10),
      ])
    let descent = try LevenbergMarquardt(problem, from: start, threads: 2)
    try descent.run(iterations: 300)
    let grid = points(500, &stream)
    let values = Model(network: network, parameters: descent.parameters).predictions(for: grid)
    let error = (0..<500).map { abs(values[0, $0] - solution([grid[0, $0], grid[1, $0]])) }.max()!
    #expect(error < 1e-4, "\(error)")
    #expect(descent.loss < 1e-8, "\(descent.loss)")
  }

  @Test func `matrices from gradients of the loss and from draws are those of their definitions`()
    throws
  {
    let network = try Network.layered([2, 4, 1], activation: .tanh, output: .square)
    var stream = RandomStream(seed: 6)
    let parameters = randomParameters(network, using: &stream)
    let problem = try ResidualProblem(
      network,
      [
        ResidualSet("a", LinearOperator(laplacian: [1, 1]), at: points(7, &stream), weight: 2),
        ResidualSet("b", LinearOperator(gradient: [0, 1]), at: points(3, &stream)),
      ])
    let (j, r) = (problem.jacobian(at: parameters), problem.residuals(at: parameters))
    let outer = try problem.matrix(.empiricalFisher, at: parameters).dense()
    // With n the points of a set and w its weight, a column is √(w/n) ω ∂ω, and r has √(w/n) ω.
    let factors = (0..<10).map { $0 < 7 ? (2.0 / 7).squareRoot() : (1.0 / 3).squareRoot() }
    for p in 0..<j.rows {
      for q in 0..<j.rows {
        let expected = (0..<10).reduce(0.0) {
          let omega = r[$1] / factors[$1]
          return $0 + j[p, $1] * j[q, $1] * omega * omega
        }
        #expect(abs(outer[p, q] - expected) <= 1e-12 * (1 + abs(expected)))
      }
    }
    let exact = try problem.matrix(.naturalGradient, at: parameters)
    let drawn = try problem.matrix(
      .monteCarloNaturalGradient(samples: 20_000), at: parameters, stream: RandomStream(seed: 1))
    #expect(abs(drawn.trace / exact.trace - 1) < 0.05 && drawn.trace != exact.trace)
  }

  /// With fewer residuals than parameters and hardly any damping, a step takes residuals from t r to 0 but for terms of
  /// the second order in t, and with geodesic acceleration of the third: halving t shows which.
  @Test(arguments: [false, true], [false, true])
  func `geodesic acceleration leaves terms of the third order`(
    isGeodesic: Bool, isOfResiduals: Bool
  ) throws {
    let network = try Network.layered([2, 7, 6, 1], activation: .tanh, output: .square)
    var stream = RandomStream(seed: 21)
    let start = randomParameters(network, using: &stream)
    let inside = Matrix(rows: 2, columns: 3, elements: [-1, 0.2, 1.1, 0.4, -0.9, 0.8])
    let directions = (0..<3).map { _ in stream.normal() }
    let linear = LinearOperator(value: 1, gradient: [1, 0], laplacian: [-0.1, -0.1])
    let plain = try ResidualProblem(network, [ResidualSet("inside", linear, at: inside)])
    let values = plain.residuals(at: start).map { $0 * 3.0.squareRoot() }
    let outputs = Model(network: network, parameters: start).predictions(for: inside).elements
    var settings = LevenbergMarquardtSettings()
    (settings.scaling, settings.damping, settings.isGeodesic) = (.identity, 1e-9, isGeodesic)
    let left = try [0.02, 0.01].map { t in
      let targets = zip(isOfResiduals ? values : outputs, directions).map { $0 + t * $1 }
      let descent =
        isOfResiduals
        ? try LevenbergMarquardt(
          ResidualProblem(network, [ResidualSet("inside", linear, at: inside, targets: targets)]),
          from: start, settings)
        : try LevenbergMarquardt(
          network, from: start,
          samples: Samples(
            inputs: inside, targets: .values(Matrix(rows: 1, columns: 3, elements: targets))),
          settings)
      #expect(descent.space == .samples)
      #expect(try descent.iterate().isAccepted)
      return (2 * descent.loss).squareRoot()
    }
    let order = log2(left[0] / left[1])
    #expect(abs(order - (isGeodesic ? 3 : 2)) < 0.2, "\(order)")
  }

  @Test func `fresh points come after each step that is kept`() throws {
    let network = try Network.layered([2, 6, 1], activation: .tanh, output: .square)
    var stream = RandomStream(seed: 12)
    let start = randomParameters(network, using: &stream)
    let first = try bratu(network, seed: 0)
    var calls: UInt64 = 0
    let descent = try LevenbergMarquardt(
      first,
      fresh: {
        calls += 1
        return try! bratu(network, seed: calls)
      }, from: start)
    #expect(calls == 0 && descent.loss == first.loss(at: start))
    for _ in 0..<15 { try descent.iterate() }
    #expect(Int(calls) == descent.records.count { $0.isAccepted } && calls > 5)
    let present = try bratu(network, seed: calls)
    #expect(abs(descent.loss - present.loss(at: descent.parameters)) <= 1e-12 * descent.loss)
  }

  @Test func `what cannot be trained on is refused by name`() throws {
    let rectified = try Network.layered([2, 3, 1], activation: .relu, output: .square)
    let inside = Matrix<Double>(rows: 2, columns: 4)
    #expect(
      throws: ResidualError.noDerivative(
        set: "interior", .notSmooth(layer: 0, activation: .relu, order: 3))
    ) {
      try ResidualProblem(
        rectified, [ResidualSet("interior", LinearOperator(laplacian: [1, 1]), at: inside)])
    }
    // The slope of a rectifier has no derivative with respect to its weights, but its value has.
    #expect(throws: ResidualError.self) {
      try ResidualProblem(
        rectified, [ResidualSet("edge", LinearOperator(gradient: [1, 0]), at: inside)])
    }
    let values = try ResidualProblem(
      rectified, [ResidualSet("edge", LinearOperator(value: 1), at: inside)])
    #expect(throws: ResidualError.self) {
      try values.matrix(.pathSGD, at: Parameters(rectified))
    }
    var normalized = NetworkBuilder(inputs: 2)
    normalized.dense(3, .tanh, normalization: .batch)
    normalized.dense(1, .identity)
    let network = try normalized.build(output: .square)
    #expect(throws: ResidualError.normalized(layer: 0)) {
      try ResidualProblem(
        network, [ResidualSet("edge", LinearOperator(value: 1), at: inside)])
    }
    let smooth = try Network.layered([2, 3, 1], activation: .softplus, output: .square)
    var far = inside
    far[1, 2] = .infinity
    let problem = try ResidualProblem(
      smooth, [ResidualSet("edge", LinearOperator(value: 1), at: far)])
    var stream = RandomStream(seed: 1)
    let start = randomParameters(smooth, using: &stream)
    #expect(
      throws: DescentError.residual(
        .notFinite(set: "edge", point: 2, inputs: [0, .infinity]))
    ) { try LevenbergMarquardt(problem, from: start) }
  }
}
