import IntrinsicMath
import Testing

@testable import Intrinsic

/// Path quantities of networks with convolutions: every position is a unit, paths go through every
/// pixel under a window, and parameters are shared.
@Suite struct ImagePathTests {
  /// γ² of every row of the activity matrix by its definition.
  private func gammas(_ measure: PathMeasure, _ twin: ImageTwin) -> [Double] {
    var gamma = [Double](repeating: 1, count: twin.network.rowCount)
    for unit in twin.units {
      let values = twin.samples.map { $0.preactivations[unit.row] }
      let mean =
        measure.statistic == .covariance ? values.reduce(0, +) / Double(values.count) : 0
      let spread = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
      let paths = unit.edges.map { gamma[$0.row] * twin.weight($0) * twin.weight($0) }.reduce(0, +)
      gamma[unit.row] = measure.alpha * spread + (1 - measure.alpha) * paths
    }
    return gamma
  }

  private func total(
    _ measure: PathMeasure, _ network: Network, _ parameters: Parameters<Double>,
    _ samples: Samples<Double>
  ) -> Double {
    let gamma = gammas(measure, ImageTwin(network, parameters, samples))
    return network.outputRows.map { gamma[$0] }.reduce(0, +)
  }

  /// Which units react, and what maxima take.
  private func pattern(
    _ network: Network, _ parameters: Parameters<Double>, _ samples: Samples<Double>
  ) -> [[Int]] {
    ImageTwin(network, parameters, samples).samples.map { sample in
      sample.slopes.map { $0 == 0 ? 0 : 1 } + sample.taken.keys.sorted().map { sample.taken[$0]! }
    }
  }

  @Test(arguments: PathMeasure.every)
  func `γ² of every activity is that of its definition`(_ measure: PathMeasure) throws {
    try forAllImageNetworks(seeds: 0..<60) { network, parameters, samples, label in
      let quantities = Trial(network, parameters, samples).workspace
        .pathQuantities(measure, parameters)
      let expected = gammas(measure, ImageTwin(network, parameters, samples))
      for (layer, values) in zip(network.layers, quantities.gammaSquared) {
        expectClose(values, layer.rows.map { expected[$0] }, tolerance: 1e-10, label)
      }
    }
  }

  @Test func `κ of the path norm sums the paths through all edges of a parameter`() throws {
    try forAllImageNetworks(
      seeds: 100..<130, ImageKinds(size: 2...3, channels: 1...2)
    ) { network, parameters, samples, label in
      let twin = ImageTwin(network, parameters, samples)
      // Paths from each row back, each with its parameters and its product of squared weights.
      var reaching: [Int: [(parameters: [Int], product: Double)]] = [0: [([], 1)]]
      for row in network.inputRows { reaching[row] = [([], 1)] }
      for row in network.constantRows { reaching[row] = [([], 1)] }
      for unit in twin.units {
        reaching[unit.row] = unit.edges.flatMap { edge in
          reaching[edge.row]!.map {
            (
              $0.parameters + (edge.parameter.map { [$0] } ?? []),
              $0.product * twin.weight(edge) * twin.weight(edge)
            )
          }
        }
      }
      let paths = network.outputRows.flatMap { reaching[$0]! }
      guard paths.count < 200_000 else { return }
      let trial = Trial(network, parameters, samples)
      let norm = network.pathNorm(parameters)
      expectClose(
        [norm.total], [paths.map(\.product).reduce(0, +)], tolerance: 1e-12, "\(label), total")
      let kappa = PathMetricTests.kappa(
        try PathMetricTests.estimator(.pathNorm, .exact, .diagonal, trial))
      var expected = [Double](repeating: 0, count: network.parameterCount)
      for path in paths {
        for p in path.parameters { expected[p] += path.product / (twin.theta[p] * twin.theta[p]) }
      }
      expectClose(kappa, expected, tolerance: 1e-10, label)
    }
  }

  @Test(arguments: PathMeasure.every)
  func `the unitwise metric is half the second derivative of γ²_net`(
    _ measure: PathMeasure
  ) throws {
    var (networks, checked, skipped) = (0, 0, 0)
    try forAllImageNetworks(
      seeds: 200..<225, .piecewiseLinear
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let full = try PathMetricTests.estimator(measure, .exact, .unitwise, trial)
      let reduced = try PathMetricTests.estimator(measure, .exact, .quasiDiagonal, trial)
      let pattern = pattern(network, parameters, samples)
      let h = 1e-3
      // Another unit of each network.
      let place = network.places(.units)[networks % network.places(.units).count]
      networks += 7
      let range = place.parameters
      let matrix = full.unitMatrix(layer: place.layer, unit: place.unit)!
      let kept = reduced.unitMatrix(layer: place.layer, unit: place.unit)!
      let size = total(measure, network, parameters, samples)
      let scale = max(size, matrix.elements.map(abs).max()!) + 1e-3
      for i in stride(from: 0, to: range.count, by: 2) {
        for j in stride(from: i % 3, through: i, by: 3) {
          var (sum, isSmooth) = (0.0, true)
          for (a, b, sign) in [(1.0, 1.0, 1.0), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)] {
            var moved = parameters
            moved[range.lowerBound + i] += a * h
            moved[range.lowerBound + j] += b * h
            isSmooth = isSmooth && self.pattern(network, moved, samples) == pattern
            sum += sign * total(measure, network, moved, samples)
          }
          guard isSmooth else {
            skipped += 1
            continue
          }
          checked += 1
          // Fourth of a second difference of a quadratic: rounding errors over h².
          #expect(abs(matrix[i, j] - sum / (8 * h * h)) <= 1e-8 * scale, "\(label), \(i), \(j)")
          if i == j || j == 0 && place.hasBias {
            #expect(abs(kept[i, j] - matrix[i, j]) <= 1e-12 * scale, "\(label), \(i), \(j)")
          }
        }
      }
    }
    #expect(checked > skipped, "\(checked) checked, \(skipped) skipped")
  }

  @Test(arguments: [
    PathMeasure.secondMoment, .half(.secondMoment), .half(.covariance), .covariance,
  ])
  func `probes are unbiased`(_ measure: PathMeasure) throws {
    try forAllImageNetworks(
      seeds: 300..<303, ImageKinds(models: [.square], channels: 1...2, batch: 3...4)
    ) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let exact = PathMetricTests.kappa(
        try PathMetricTests.estimator(measure, .exact, .diagonal, trial))
      let runs = try (1...30).map { seed in
        PathMetricTests.kappa(
          try PathMetricTests.estimator(measure, .probes(60), .diagonal, trial, seed: UInt64(seed)))
      }
      let scale = exact.max()!
      for (i, value) in exact.enumerated() {
        let values = runs.map { $0[i] }
        let mean = values.reduce(0, +) / 30
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 29
        // About 100 entries a network: five standard errors of 30 runs.
        #expect(
          abs(mean - value) <= 5 * (variance / 30).squareRoot() + 1e-12 * scale,
          "\(label), \(i): \(mean) for \(value)")
      }
    }
  }

  @Test func `the backpropagated influence takes each position alone`() throws {
    let measure = PathMeasure.half(.secondMoment)
    try forAllImageNetworks(seeds: 400..<440) { network, parameters, samples, label in
      let trial = Trial(network, parameters, samples)
      let kappa = PathMetricTests.kappa(
        try PathMetricTests.estimator(measure, .backpropagated, .diagonal, trial))
      let twin = ImageTwin(network, parameters, samples)
      let gamma = gammas(measure, twin)
      var c = [Double](repeating: 0, count: network.rowCount)
      for row in network.outputRows { c[row] = 1 }
      for unit in twin.units.reversed() {
        for edge in unit.edges {
          c[edge.row] += (1 - measure.alpha) * twin.weight(edge) * twin.weight(edge) * c[unit.row]
        }
      }
      var expected = [Double](repeating: 0, count: network.parameterCount)
      for unit in twin.units {
        for edge in unit.edges {
          guard let p = edge.parameter else { continue }
          expected[p] += (1 - measure.alpha) * c[unit.row] * gamma[edge.row]
        }
      }
      for sample in twin.samples {
        var q = [Double](repeating: 0, count: network.rowCount)
        for unit in twin.units.reversed() {
          let r = network.outputRows.contains(unit.row) ? 0 : sample.slopes[unit.row]
          q[unit.row] = r * r * q[unit.row] + measure.alpha * c[unit.row]
          for edge in unit.edges
          where !unit.isMaximum || edge.row == sample.taken[unit.row] {
            q[edge.row] += twin.weight(edge) * twin.weight(edge) * q[unit.row]
          }
          for edge in unit.edges {
            guard let p = edge.parameter else { continue }
            let h = sample.activities[edge.row]
            expected[p] += h * h * q[unit.row] / Double(samples.count)
          }
        }
      }
      expectClose(kappa, expected, tolerance: 1e-10, label)
    }
  }
}
