import IntrinsicMath
import Testing

@testable import Intrinsic

/// One estimator for many batches of images, and for normalized channels.
@Suite struct ImageEstimateTests {
  static let metrics = (ImageMetricTests.perPosition + ImageMetricTests.perSample).flatMap {
    modulus, _ in Reduction.allCases.map { Metric.reduced(modulus, $0) }
  }

  private func matrices(_ estimator: MetricEstimator<Double>) -> [[Double]] {
    ImageMetricTests.owners(estimator.network).map {
      estimator.unitMatrix(layer: $0.layer, unit: $0.unit)!.elements
    }
  }

  @Test func `an estimate without memory forgets earlier batches`() throws {
    try forAllImageNetworks(
      seeds: 0..<10, ImageKinds(models: [.square], batch: 4...4)
    ) { network, parameters, samples, label in
      let trials = [[0, 1, 2], [3, 1]].map {
        Trial(network, parameters, samples.subset($0), maximumBatchSize: 4)
      }
      for metric in Self.metrics {
        let estimator = try trials[0].estimator(metric)
        estimator.estimate(at: trials[1].workspace, parameters)
        let fresh = try trials[1].estimator(metric)
        for (own, expected) in zip(matrices(estimator), matrices(fresh)) {
          expectClose(own, expected, tolerance: 1e-13, "\(label), \(metric)")
        }
      }
    }
  }

  /// The gains of a channel multiply its normalized activities at every position.
  @Test(arguments: ImageNormalizationTests.gained)
  func `gains have the square of their gradient summed over positions`(
    _ kind: Normalization
  ) throws {
    let trial = try ImageNormalizationTests.trial(kind)
    let (network, workspace) = (trial.network, trial.workspace)
    let estimator = try trial.estimator(
      .reduced(.reduce(.empiricalFisher), .unitwise), .additive(1))
    for (index, layer) in network.layers.enumerated() where network.holdsGains(layer: index) {
      let (b, a) = (
        workspace.signals.matrix(layer.rows),
        workspace.activities.matrix(network.layers[index - 1].rows)
      )
      for unit in 0..<layer.unitCount {
        var expected = [0.0, 0, 0, 0]
        for x in 0..<trial.samples.count {
          var sums = [0.0, 0]
          for position in 0..<layer.positions {
            let row = position * layer.unitCount + unit
            sums[0] += b[row, x]
            sums[1] += b[row, x] * a[row, x]
          }
          for i in 0..<4 { expected[i] += sums[i / 2] * sums[i % 2] / Double(trial.samples.count) }
        }
        expectClose(
          estimator.unitMatrix(layer: index, unit: unit)!.elements, expected, tolerance: 1e-12,
          "\(kind), layer \(index), unit \(unit)")
      }
    }
  }
}
