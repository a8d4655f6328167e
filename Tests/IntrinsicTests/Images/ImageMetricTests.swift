import IntrinsicMath
import Testing

@testable import Intrinsic

/// Metrics of networks with convolutions against sums over samples, positions and outputs, in both
/// conventions.
@Suite struct ImageMetricTests {
  static let perPosition: [(Modulus, ReferenceNetwork.Source)] = MetricTests.sources
  static let perSample: [(Modulus, ReferenceNetwork.Source)] = [
    (.reduce(.fisher), .fisher), (.reduce(.empiricalFisher), .empiricalFisher),
  ]

  static func kinds(_ source: ReferenceNetwork.Source) -> ImageKinds {
    var kinds = ImageKinds(size: 2...4)
    if source != .empiricalFisher { kinds.models.removeAll { !$0.hasFisherMetric } }
    return kinds
  }

  /// Every unit that owns parameters.
  static func owners(_ network: Network) -> [(layer: Int, unit: Int, range: Range<Int>)] {
    network.layers.indices.flatMap { layer in
      (0..<network.layers[layer].unitCount).compactMap { unit in
        let range = network.parameters(layer: layer, unit: unit)
        return range.isEmpty ? nil : (layer, unit, range)
      }
    }
  }

  @Test(arguments: perPosition + perSample, Reduction.allCases)
  func `unit matrices are sums over positions of squares, or squares of sums`(
    _ source: (modulus: Modulus, twin: ReferenceNetwork.Source), _ reduction: Reduction
  ) throws {
    let isSum = if case .reduce = source.modulus { true } else { false }
    try forAllImageNetworks(
      seeds: 0..<50, Self.kinds(source.twin)
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let estimator = try trial.estimator(.reduced(source.modulus, reduction))
      let twin = ImageTwin(network, parameters, samples)
      for (layer, unit, range) in Self.owners(network) {
        let expected = reduction.entries(
          of: isSum ? twin.block(range, source.twin) : twin.unitMatrix(range, source.twin),
          hasBias: network.layers[layer].hasBias)
        expectClose(
          estimator.unitMatrix(layer: layer, unit: unit)!.elements, expected.flatMap { $0 },
          tolerance: 1e-10, "\(label), layer \(layer), unit \(unit)")
      }
    }
  }

  /// Large batches multiply the columns of few positions at once.
  @Test(arguments: [5, 400, 700, 3_000])
  func `unit matrices do not depend on how many positions are multiplied at once`(
    _ maximumBatchSize: Int
  ) throws {
    try forAllImageNetworks(
      seeds: 900..<905, ImageKinds(models: [.square])
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples, maximumBatchSize: maximumBatchSize)
      let estimator = try trial.estimator(.backpropagatedMetric, .additive(1))
      let twin = ImageTwin(network, parameters, samples)
      for (layer, unit, range) in Self.owners(network) {
        expectClose(
          estimator.unitMatrix(layer: layer, unit: unit)!.elements,
          twin.unitMatrix(range, .backpropagated).flatMap { $0 }, tolerance: 1e-10, label)
      }
    }
  }

  @Test(arguments: [SignalSource.fisher, .empiricalFisher])
  func `full metrics square sums over positions`(_ source: SignalSource) throws {
    let twinSource: ReferenceNetwork.Source = source == .fisher ? .fisher : .empiricalFisher
    var kinds = Self.kinds(twinSource)
    kinds.layers = 1...2
    kinds.channels = 1...2
    try forAllImageNetworks(seeds: 100..<130, kinds) { network, parameters, samples, label in
      let twin = ImageTwin(network, parameters, samples)
      expectClose(
        try Trial(network, parameters, samples).estimator(.full(source)).fullMatrix()!.elements,
        twin.block(0..<network.parameterCount, twinSource).flatMap { $0 }, tolerance: 1e-10, label)
    }
  }

  @Test func `sums over positions are the blocks of the full metric for the same draws`() throws {
    var kinds = Self.kinds(.fisher)
    kinds.channels = 1...2
    var differences = 0
    try forAllImageNetworks(seeds: 200..<230, kinds) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let source = SignalSource.monteCarlo(samples: 3)
      let full = try trial.estimator(.full(source), seed: 4).fullMatrix()!
      let unitwise = try trial.estimator(.reduced(.reduce(source), .unitwise), seed: 4)
      let perPosition = try trial.estimator(.reduced(.expand(source), .unitwise), seed: 4)
      for (layer, unit, range) in Self.owners(network) {
        let block = range.flatMap { i in range.map { full[i, $0] } }
        expectClose(
          unitwise.unitMatrix(layer: layer, unit: unit)!.elements, block, tolerance: 1e-11, label)
        if network.layers[layer].positions == 1 { continue }
        let other = perPosition.unitMatrix(layer: layer, unit: unit)!.elements
        let scale = block.map(abs).max()!
        if zip(other, block).contains(where: { abs($0 - $1) > 1e-2 * scale }) { differences += 1 }
      }
    }
    #expect(differences > 20, "the two conventions are to differ")
  }

  @Test(arguments: [
    Modulus.expand(.monteCarlo(samples: 100)), .reduce(.monteCarlo(samples: 100)),
  ])
  func `Monte Carlo converges to the exact metric in both conventions`(_ modulus: Modulus) throws {
    let exact: Modulus =
      if case .expand = modulus { .expand(.fisher) } else { .reduce(.fisher) }
    try forAllImageNetworks(
      seeds: 300..<304, ImageKinds(models: [.bernoulli], channels: 1...2)
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      func diagonal(_ modulus: Modulus, _ seed: Int) throws -> [Double] {
        let estimator = try trial.estimator(.reduced(modulus, .diagonal), seed: UInt64(seed))
        return Self.owners(network).flatMap { layer, unit, range in
          let matrix = estimator.unitMatrix(layer: layer, unit: unit)!
          return range.indices.map { matrix[$0 - range.lowerBound, $0 - range.lowerBound] }
        }
      }
      let expected = try diagonal(exact, 0)
      let runs = try (1...30).map { try diagonal(modulus, $0) }
      for (i, value) in expected.enumerated() {
        let values = runs.map { $0[i] }
        let mean = values.reduce(0, +) / 30
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 29
        // About 100 entries a network: five standard errors of 30 runs.
        #expect(
          abs(mean - value) <= 5 * (variance / 30).squareRoot() + 1e-12 * value,
          "\(label), \(i): \(mean) for \(value)")
      }
    }
  }

  /// A 1 × 1 convolution at P positions is a dense layer that reads each position as a sample.
  @Test func `a convolution of one pixel is a dense layer on all positions`() throws {
    var stream = RandomStream(seed: 3)
    let (positions, count) = (6, 7)
    var builder = NetworkBuilder(image: ImageShape(height: 2, width: 3, channels: 3))
    try builder.convolution(4, kernel: 1, .tanh)
    try builder.convolution(2, kernel: 1, .identity)
    let network = try builder.build(output: .square)
    let dense = try Network.layered([3, 4, 2], activation: .tanh, output: .square)
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &stream)
    let samples = randomSamples(network, count: count, using: &stream)
    func spread(_ matrix: Matrix<Double>, _ channels: Int) -> Matrix<Double> {
      Matrix(
        (0..<channels).map { c in
          (0..<positions).flatMap { p in (0..<count).map { matrix[p * channels + c, $0] } }
        })
    }
    guard case .values(let targets) = samples.targets else {
      Issue.record("targets are no values")
      return
    }
    let flat = Samples(inputs: spread(samples.inputs, 3), targets: .values(spread(targets, 2)))
    let image = Trial(network, parameters, samples)
    let plain = Trial(dense, parameters, flat)
    let factor = Double(positions)
    expectClose(
      image.gradient.elements, plain.gradient.elements.map { factor * $0 }, tolerance: 1e-13,
      "gradient")
    for modulus in [Modulus.backpropagated, .expand(.fisher), .expand(.empiricalFisher)] {
      for reduction in Reduction.allCases {
        let metric = Metric.reduced(modulus, reduction)
        let (a, b) = (try image.estimator(metric), try plain.estimator(metric))
        for (layer, unit, _) in Self.owners(network) {
          expectClose(
            a.unitMatrix(layer: layer, unit: unit)!.elements,
            b.unitMatrix(layer: layer, unit: unit)!.elements.map { factor * $0 },
            tolerance: 1e-12, "\(metric), layer \(layer)")
        }
      }
    }
  }

  @Test func `damped steps solve the systems of the twin`() throws {
    let epsilon = 0.01
    for (modulus, source) in Self.perPosition + Self.perSample {
      let isSum = if case .reduce = modulus { true } else { false }
      try forAllImageNetworks(
        seeds: 400..<415, Self.kinds(source)
      ) { network, parameters, samples, label in
        let trial = Trial(network, parameters, samples)
        let twin = ImageTwin(network, parameters, samples)
        let gradient = twin.gradient
        for reduction in [Reduction.unitwise, .diagonal, .quasiDiagonal] {
          let step = try trial.step(.metric(.reduced(modulus, reduction), .additive(epsilon)))
          for (layer, unit, range) in Self.owners(network) {
            let hasBias = network.layers[layer].hasBias
            var matrix = damped(
              isSum ? twin.block(range, source) : twin.unitMatrix(range, source), epsilon)
            let norm = matrix.joined().map(abs).max()!
            switch reduction {
            case .unitwise: break
            case .quasiDiagonal where hasBias: matrix = ReferenceNetwork.quasiDiagonal(matrix)
            case .quasiDiagonal, .diagonal:
              matrix = Reduction.diagonal.entries(of: matrix, hasBias: hasBias)
            }
            expectClose(
              Array(step[range]), solve(matrix, Array(gradient[range])),
              tolerance: 1e-10 + 1e-12 * norm / epsilon,
              "\(label), layer \(layer), unit \(unit), \(modulus), \(reduction)")
          }
        }
      }
    }
  }

  @Test func `averages move between estimates, and parts of a batch are used`() throws {
    let metrics = (Self.perPosition + Self.perSample).flatMap { modulus, _ in
      Reduction.allCases.map { Metric.reduced(modulus, $0) }
    }
    try forAllImageNetworks(
      seeds: 500..<506, ImageKinds(models: [.square], batch: 4...4)
    ) { network, parameters, samples, label in
      for metric in metrics {
        let averaging = MetricAveraging(rate: 0.25, initialDamping: 0.5)
        let estimator = try MetricEstimator<Double>(
          metric, damping: .additive(1e-3), averaging: averaging, network, maximumBatchSize: 4,
          stream: RandomStream(seed: 1))
        var expected: [[Double]] = []
        for (round, part) in [[0, 1], [1, 2, 3]].enumerated() {
          let trial = Trial(network, parameters, samples.subset(part), maximumBatchSize: 4)
          estimator.estimate(at: trial.workspace, parameters)
          let own = try trial.estimator(metric, .additive(1e-3))
          for (i, (layer, unit, range)) in Self.owners(network).enumerated() {
            let fresh = own.unitMatrix(layer: layer, unit: unit)!.elements
            if round == 0 {
              expected.append(
                fresh.enumerated().map { $1 + ($0 % (range.count + 1) == 0 ? 0.5 : 0) })
            } else {
              expected[i] = zip(expected[i], fresh).map { 0.75 * $0 + 0.25 * $1 }
            }
            expectClose(
              estimator.unitMatrix(layer: layer, unit: unit)!.elements, expected[i],
              tolerance: 1e-11, "\(label), \(metric), round \(round)")
          }
        }
      }
    }
  }

  @Test func `batch AdaGrad divides by the root mean square of per-sample gradients`() throws {
    try forAllImageNetworks(seeds: 600..<630) { network, parameters, samples, label in
      let twin = ImageTwin(network, parameters, samples)
      let epsilon = 1e-3
      let gradients = twin.samples.map { twin.gradient($0) }
      let expected = twin.theta.indices.map { p in
        let square = gradients.reduce(0) { $0 + $1[p] * $1[p] } / Double(gradients.count)
        return twin.gradient[p] / (square.squareRoot() + epsilon)
      }
      expectClose(
        try Trial(network, parameters, samples).step(.batchAdaGrad(epsilon: epsilon)), expected,
        tolerance: 1e-9, label)
    }
  }

  @Test func `sampling noise takes the mean kurtosis over the positions of a weight`() throws {
    try forAllImageNetworks(
      seeds: 700..<720, ImageKinds(models: [.square], batch: 3...5)
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let twin = ImageTwin(network, parameters, samples)
      let strength = 2.0
      func step(_ noise: Double) throws -> [Double] {
        try trial.step(
          .metric(.diagonalGaussNewton, Damping(additive: 0.01, kurtosis: noise)))
      }
      func kurtosis(_ row: Int) -> Double {
        let values = twin.samples.map { $0.activities[row] }
        let mean = values.reduce(0, +) / Double(values.count)
        let moments = [2.0, 4].map { power in
          values.map {
            power == 2
              ? ($0 - mean) * ($0 - mean) : ($0 - mean) * ($0 - mean) * ($0 - mean) * ($0 - mean)
          }
          .reduce(0, +) / Double(values.count)
        }
        return moments[0] < 1e-20 ? 1 : moments[1] / (moments[0] * moments[0])
      }
      let (plain, shrunk) = (try step(0), try step(strength))
      for (layer, unit, range) in Self.owners(network) {
        let own = twin.units.filter { $0.layer == layer && $0.index == unit }
        for p in range {
          let rows = own.flatMap { $0.edges.filter { $0.parameter == p }.map(\.row) }
          var factor = 1.0
          if !(network.layers[layer].hasBias && p == range.lowerBound), !rows.isEmpty {
            let mean = rows.map(kurtosis).reduce(0, +) / Double(rows.count)
            let seen = Double(samples.count * network.layers[layer].positions)
            factor = 1 / (1 + strength * mean / seen)
          }
          // Kurtoses of three to five samples divide small numbers.
          #expect(
            abs(shrunk[p] - factor * plain[p]) <= 1e-6 * abs(plain[p]),
            "\(label), parameter \(p): \(shrunk[p]) of \(plain[p]), not \(factor)")
        }
      }
    }
  }

  @Test func `every method steps downhill`() throws {
    let more = (Self.perSample.map(\.0) + [.reduce(.monteCarlo(samples: 2))]).flatMap {
      modulus in
      Reduction.allCases.map { Optimizer.metric(.reduced(modulus, $0), .additive(0.1)) }
    }
    let paths: [Optimizer] = PathMeasure.every.flatMap { measure in
      Reduction.allCases.flatMap { reduction in
        [PathPropagation.exact, .probes(2)].map {
          .metric(.path(measure, $0, reduction), .additive(0.1))
        }
      }
    }
    try forAllImageNetworks(
      seeds: 800..<806, ImageKinds(models: [.square, .softmax], channels: 1...2)
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      for method in Optimizer.every(damping: .additive(0.1)) + more + paths + [.quasiDiagonal] {
        if case .metric(.full, _, _) = method, network.parameterCount > 400 { continue }
        let step = try trial.step(method)
        let slope = dot(step, trial.gradient.elements)
        #expect(slope > 0 && step.allSatisfy(\.isFinite), "\(label), \(method): \(slope)")
      }
    }
  }

  @Test func `what has no meaning for shared parameters is refused`() throws {
    var builder = NetworkBuilder(image: ImageShape(height: 3, width: 3, channels: 1))
    try builder.convolution(2, kernel: 2, .relu)
    builder.dense(2, .identity)
    let network = try builder.build(output: .square)
    func error(_ metric: Metric, _ damping: Damping = .none, maximumBatchSize: Int = 2)
      -> MetricError?
    {
      do throws(MetricError) {
        _ = try MetricEstimator<Double>(
          metric, damping: damping, network, maximumBatchSize: maximumBatchSize,
          stream: RandomStream(seed: 1))
        return nil
      } catch {
        return error
      }
    }
    #expect(
      error(.path(.covariance, .backpropagated, .diagonal)) == .noCovarianceOfSharedParameters)
    #expect(error(.path(.secondMoment, .backpropagated, .diagonal)) == nil)
    #expect(
      error(.reduced(.reduce(.fisher), .diagonal), Damping(modulusFloor: 0.1))
        == .dampingDoesNotApply(
          "a modulus floor needs moduli; the square of a sum over positions has none"))
  }
}
