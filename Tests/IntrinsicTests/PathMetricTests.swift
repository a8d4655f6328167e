import IntrinsicMath
import Testing

@testable import Intrinsic

/// γ, κ and the path metric against definitions, differences, enumerations and vectors.
@Suite struct PathMetricTests {
  static func estimator(
    _ measure: PathMeasure, _ propagation: PathPropagation, _ reduction: Reduction,
    _ trial: Trial<Double>, seed: UInt64 = 1
  ) throws -> MetricEstimator<Double> {
    try trial.estimator(.path(measure, propagation, reduction), seed: seed)
  }

  /// The diagonal for every parameter.
  static func kappa(_ estimator: MetricEstimator<Double>) -> [Double] {
    estimator.network.layers.indices.flatMap { layer in
      (0..<estimator.network.layers[layer].unitCount).flatMap { unit in
        let matrix = estimator.unitMatrix(layer: layer, unit: unit)!
        return (0..<matrix.rows).map { matrix[$0, $0] }
      }
    }
  }

  /// Estimates that outlive a step are made on a copy of the passes.
  @Test(arguments: [MetricAveraging(refreshInterval: 3), MetricAveraging(batchFraction: 1)])
  func `a later estimate is that of the later parameters`(_ averaging: MetricAveraging) throws {
    var stream = RandomStream(seed: 21)
    let network = try Network.layered([3, 4, 2], activation: .relu, output: .square)
    let samples = randomSamples(network, count: 9, using: &stream)
    let (a, b) = (
      randomParameters(network, using: &stream), randomParameters(network, using: &stream)
    )
    func estimator() throws -> MetricEstimator<Double> {
      try MetricEstimator(
        .ddpSGD(.half(.covariance), .exact), damping: .none, averaging: averaging, network,
        maximumBatchSize: 9, stream: stream)
    }
    let (twice, once) = (try estimator(), try estimator())
    let first = Trial(network, a, samples).workspace
    twice.estimate(at: first, a)
    first.forward(b)
    twice.estimate(at: first, b)
    once.estimate(at: Trial(network, b, samples).workspace, b)
    expectClose(Self.kappa(twice), Self.kappa(once), tolerance: 1e-13, "κ")
  }

  @Test(arguments: VectorFile.names(containing: "ddp-sgd"))
  func `γ, κ and steps are those of an independent implementation`(_ name: String) throws {
    let file = try VectorFile(name)
    let (network, parameters) = try file.network("net")
    let trial = Trial(network, parameters, try file.samples())
    let mask = file.value("net", "mask") as? [[[Double]]]
    func flat(_ weights: Any?, _ biases: Any?) throws -> [Double] {
      let weights = try #require(weights as? [[[Double]]])
      let biases = biases as? [[Double]]
      return weights.enumerated().flatMap { layer, rows in
        rows.enumerated().flatMap { unit, row in
          (biases.map { [$0[layer][unit]] } ?? [])
            + row.indices.filter { mask == nil || mask![layer][unit][$0] != 0 }.map { row[$0] }
        }
      }
    }
    let cases = try #require(file.value("expect") as? [String: Any])
    for key in cases.keys.sorted() {
      let parts = key.split(separator: ":")
      let measure = try PathMeasure(
        alpha: Double(parts[1])!, parts[0] == "M" ? .secondMoment : .covariance)
      let quantities = trial.workspace.pathQuantities(measure, parameters)
      expectClose(
        quantities.gammaSquared.flatMap { $0 },
        (file.value("expect", key, "gamma2") as! [[Double]]).flatMap { $0 }, "γ² of \(key)")
      expectClose(
        [quantities.total], [try file.number("expect", key, "gamma_net2")], "γ²_net of \(key)")
      let estimator = try Self.estimator(measure, .exact, .diagonal, trial)
      expectClose(
        Self.kappa(estimator),
        try flat(file.value("expect", key, "kappaW"), file.value("expect", key, "kappab")),
        "κ of \(key)")
      let step = try trial.step(
        .metric(.ddpSGD(measure, .exact), .additive(try file.number("params", "eps"))))
      expectClose(
        step,
        try flat(
          file.value("expect", key, "update", "dW"), file.value("expect", key, "update", "db")),
        "update of \(key)")
    }
  }

  @Test(arguments: PathMeasure.every)
  func `the unitwise metric is half the second derivative of γ²_net`(
    _ measure: PathMeasure
  ) throws {
    var (checked, skipped) = (0, 0)
    try forAllNetworks(seeds: 0..<40, .piecewiseLinear) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let total = pathTotal(measure, network, parameters, samples)
      // A constant output has no variance but that of rounding.
      #expect(
        abs(trial.workspace.pathQuantities(measure, parameters).total - total)
          <= 1e-12 * total + 1e-30, "\(label)")
      let full = try Self.estimator(measure, .exact, .unitwise, trial)
      let reduced = try Self.estimator(measure, .exact, .quasiDiagonal, trial)
      let pattern = activationPattern(network, parameters, samples)
      for place in network.places(.units) {
        let range = place.parameters
        let matrix = full.unitMatrix(layer: place.layer, unit: place.unit)!
        let kept = reduced.unitMatrix(layer: place.layer, unit: place.unit)!
        let (scale, h) = (max(total, matrix.elements.map(abs).max()!) + 1e-3, 1e-3)
        for i in 0..<range.count {
          for j in 0...i {
            if i == j || j == 0 && place.hasBias {
              #expect(abs(kept[i, j] - matrix[i, j]) <= 1e-12 * scale, "\(label), \(i), \(j)")
            }
            var (sum, isSmooth) = (0.0, true)
            for (a, b, sign) in [(1.0, 1.0, 1.0), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)] {
              var moved = parameters
              moved[range.lowerBound + i] += a * h
              moved[range.lowerBound + j] += b * h
              isSmooth = isSmooth && activationPattern(network, moved, samples) == pattern
              sum += sign * pathTotal(measure, network, moved, samples)
            }
            guard isSmooth else {
              skipped += 1
              continue
            }
            checked += 1
            // Fourth of a second difference of a quadratic: rounding errors over h².
            #expect(
              abs(matrix[i, j] - sum / (8 * h * h)) <= 1e-8 * scale,
              "\(label), layer \(place.layer), unit \(place.unit), \(i), \(j)")
          }
        }
      }
    }
    #expect(checked > skipped, "\(checked) checked, \(skipped) skipped")
  }

  @Test func `κ of the path norm sums the other weights of the paths through an edge`() throws {
    try forAllNetworks(seeds: 0..<30, .piecewiseLinear) { network, parameters, samples, label in
      let paths = enumeratedPaths(network)
      func product(_ path: [Int], without parameter: Int?) -> Double {
        path.filter { $0 != parameter }.map { parameters[$0] * parameters[$0] }.reduce(1, *)
      }
      let total = paths.map { product($0, without: nil) }.reduce(0, +)
      #expect(abs(network.pathNorm(parameters).total - total) <= 1e-12 * total, "\(label)")
      let expected = (0..<network.parameterCount).map { parameter in
        paths.filter { $0.contains(parameter) }.map { product($0, without: parameter) }
          .reduce(0, +)
      }
      let trial = Trial(network, parameters, samples)
      let estimator = try trial.estimator(.pathSGD)
      expectClose(Self.kappa(estimator), expected, tolerance: 1e-12, "\(label)")
    }
  }

  /// Neyshabur et al. 2016, Theorem 2.
  @Test func `at α = 1 the second moment gives the diagonal natural gradient`() throws {
    try forAllNetworks(seeds: 0..<20, .piecewiseLinear) { network, parameters, samples, label in
      guard network.layers.last!.activation == .identity else { return }
      let trial = Trial(network, parameters, samples)
      for reduction in Reduction.allCases {
        let path = try Self.estimator(.secondMoment, .exact, reduction, trial)
        let natural = try trial.estimator(.reduced(.expand(.fisher), reduction))
        for place in network.places(.units) {
          expectClose(
            path.unitMatrix(layer: place.layer, unit: place.unit)!.elements,
            natural.unitMatrix(layer: place.layer, unit: place.unit)!.elements, tolerance: 1e-12,
            "\(label)")
        }
      }
    }
  }

  @Test(arguments: PathMeasure.Statistic.allCases, Reduction.allCases)
  func `probes are unbiased`(_ statistic: PathMeasure.Statistic, _ reduction: Reduction) throws {
    var stream = RandomStream(seed: 5)
    let network = try Network.layered([3, 4, 3, 2], activation: .relu, output: .square)
    let parameters = randomParameters(network, using: &stream)
    let trial = Trial(network, parameters, randomSamples(network, count: 9, using: &stream))
    func matrix(_ propagation: PathPropagation, seed: UInt64) throws -> [Double] {
      try Self.estimator(.half(statistic), propagation, reduction, trial, seed: seed)
        .unitMatrix(layer: 0, unit: 1)!.elements
    }
    let exact = try matrix(.exact, seed: 1)
    let count = 400
    for probes in [1, 3] {
      let draws = try (0..<count).map { try matrix(.probes(probes), seed: UInt64($0)) }
      for entry in exact.indices {
        let values = draws.map { $0[entry] }
        let mean = values.reduce(0, +) / Double(count)
        let variance =
          values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(count - 1)
        let error = (variance / Double(count)).squareRoot()
        #expect(abs(mean - exact[entry]) <= 4.5 * error + 1e-12, "\(probes), \(entry)")
      }
    }
  }

  @Test func `the backpropagated rule is exact where no two paths meet`() throws {
    var stream = RandomStream(seed: 6)
    for statistic in PathMeasure.Statistic.allCases {
      // With one output and α = 1 every unit sends one signal, with a constant sign.
      let network = try Network.layered(
        [3, 4, statistic == .covariance ? 1 : 2], activation: .relu, output: .square)
      let measure = statistic == .covariance ? PathMeasure.covariance : .half(.secondMoment)
      let parameters = randomParameters(network, using: &stream)
      let trial = Trial(network, parameters, randomSamples(network, count: 9, using: &stream))
      let exact = try Self.estimator(measure, .exact, .quasiDiagonal, trial)
      let rule = try Self.estimator(measure, .backpropagated, .quasiDiagonal, trial)
      for place in network.places(.units) {
        expectClose(
          rule.unitMatrix(layer: place.layer, unit: place.unit)!.elements,
          exact.unitMatrix(layer: place.layer, unit: place.unit)!.elements, tolerance: 1e-12,
          "\(statistic)")
      }
    }
  }

  @Test(arguments: Reduction.allCases)
  func `averages of path metrics are discounted sums`(_ reduction: Reduction) throws {
    var stream = RandomStream(seed: 7)
    let network = try Network.layered([3, 4, 2], activation: .relu, output: .square)
    let parameters = randomParameters(network, using: &stream)
    let metric = Metric.path(.half(.covariance), .exact, reduction)
    let averaged = try MetricEstimator<Double>(
      metric, damping: .additive(0.1), averaging: MetricAveraging(rate: 0.9), network,
      maximumBatchSize: 9,
      stream: stream)
    var sum: [Double] = []
    for _ in 0..<9 {
      let trial = Trial(network, parameters, randomSamples(network, count: 5, using: &stream))
      averaged.estimate(at: trial.workspace, parameters)
      let fresh = try trial.estimator(metric).unitMatrix(layer: 0, unit: 2)!.elements
      sum = sum.isEmpty ? fresh : zip(sum, fresh).map { 0.1 * $0 + 0.9 * $1 }
    }
    expectClose(
      averaged.unitMatrix(layer: 0, unit: 2)!.elements, sum, tolerance: 1e-12, "average")
  }

  @Test func `edges without κ step by zero`() throws {
    var stream = RandomStream(seed: 8)
    let network = try Network.layered([3, 4, 2], activation: .relu, output: .square)
    var parameters = randomParameters(network, using: &stream)
    // A unit that never reacts.
    parameters[network.parameters(layer: 0, unit: 2).lowerBound] = -100
    let trial = Trial(network, parameters, randomSamples(network, count: 6, using: &stream))
    for reduction in [Reduction.diagonal, .quasiDiagonal] {
      let estimator = try Self.estimator(.covariance, .exact, reduction, trial)
      var step = Displacement<Double>(network)
      try estimator.solve(trial.gradient, into: &step)
      #expect(step.elements.isFinite)
      var zeros = Set(network.parameters(layer: 0, unit: 2))
      for unit in [0, 1, 3] {
        // Neither has one of a unit that reacts to all samples alike.
        let derivatives = trial.workspace.derivatives.matrix(network.layers[0].rows).row(unit)
        if derivatives.allSatisfy({ $0 == 1 }) {
          zeros.insert(network.parameters(layer: 0, unit: unit).lowerBound)
        }
      }
      for unit in 0..<2 {
        // A shift of the output has no variance, and neither has what a dead unit sends.
        let first = network.parameters(layer: 1, unit: unit).lowerBound
        zeros.formUnion([first, first + 3])
      }
      let kappa = Self.kappa(estimator)
      for i in 0..<network.parameterCount {
        #expect((kappa[i] == 0) == zeros.contains(i), "\(reduction), \(i)")
        // The quasi-diagonal one has more zeros: units that react to one sample have one direction.
        if reduction == .diagonal { #expect((step[i] == 0) == zeros.contains(i), "\(i)") }
      }
      #expect(estimator.zeroDiagonalIndices == zeros.sorted())
    }
  }

  @Test(arguments: PathMeasure.every)
  func `the gradient of the regularizer is that of differences`(_ measure: PathMeasure) throws {
    var kinds = NetworkKinds(models: [.square], batch: 2...7)
    kinds.activations = NetworkKinds.smooth
    try forAllNetworks(seeds: 0..<15, kinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let regularizer = PathRegularizer(
        measure, strength: 0.7, network, maximumBatchSize: samples.count)
      var gradient = trial.gradient
      let value = regularizer.add(to: &gradient, at: trial.workspace, parameters)
      #expect(abs(value - 0.7 * pathTotal(measure, network, parameters, samples)) < 1e-10 * value)
      let (h, scale) = (1e-4, gradient.elements.map(abs).max()! + value)
      for i in 0..<network.parameterCount {
        func total(_ change: Double) -> Double {
          var moved = parameters
          moved[i] += change
          return 0.7 * pathTotal(measure, network, moved, samples)
        }
        let slope = (8 * (total(h) - total(-h)) - total(2 * h) + total(-2 * h)) / (12 * h)
        #expect(
          abs(trial.gradient[i] - gradient[i] - slope) < 1e-8 * scale, "\(label), parameter \(i)")
      }
    }
  }

  @Test func `Float agrees with Double`() throws {
    var stream = RandomStream(seed: 9)
    let network = try Network.layered([5, 8, 6, 3], activation: .relu, output: .square)
    let parameters = randomParameters(network, using: &stream)
    let samples = randomSamples(network, count: 20, using: &stream)
    let single = Trial(network, Parameters(parameters.elements.map(Float.init)), samples.single)
    let double = Trial(network, parameters, samples)
    for measure in PathMeasure.every {
      let metric = Metric.path(measure, .exact, .quasiDiagonal)
      let (a, b) = (try single.estimator(metric), try double.estimator(metric))
      for layer in 0..<3 {
        // Differences of sums of 20 terms.
        expectClose(
          a.unitMatrix(layer: layer, unit: 1)!.elements.map(Double.init),
          b.unitMatrix(layer: layer, unit: 1)!.elements, tolerance: 1e-5, ofLargest: 1e-5,
          "\(measure), \(layer)")
      }
    }
  }

  @Test func `what makes no sense is refused`() throws {
    #expect(throws: MetricError.invalidAlpha(1.1)) { try PathMeasure(alpha: 1.1, .covariance) }
    #expect(throws: MetricError.invalidAlpha(-0.1)) { try PathMeasure(alpha: -0.1, .covariance) }
    var stream = RandomStream(seed: 1)
    let network = try Network.layered([2, 2, 1], activation: .relu, output: .square)
    let trial = Trial(
      network, randomParameters(network, using: &stream),
      randomSamples(network, count: 3, using: &stream))
    #expect(throws: MetricError.noMonteCarloSamples) {
      try trial.estimator(.ddpSGD(.covariance, .probes(0)))
    }
    for damping in [
      Damping(output: 1), Damping(modulusFloor: 1), Damping(kurtosis: 1),
      Damping(pseudoInverse: 0.1),
    ] {
      #expect(throws: MetricError.self) { try trial.estimator(.pathSGD, damping) }
    }
  }
}
