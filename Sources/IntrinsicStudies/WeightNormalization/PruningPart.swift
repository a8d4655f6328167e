import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// How well networks that were trained on digits to the same losses are pruned (Morwani and Ramaswamy
/// 2022, §1).
struct PruningPart: Sendable {
  /// One curve of test errors.
  struct Curve: Sendable {
    let scheme: WeightScheme
    let run: Int
    /// −ln L of the training set.
    let level: Double
    let criterion: PruningCriterion
    let points: [PruningPoint]
  }

  static let fractions = [0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98]

  let digits: String
  let levels: [Double]
  /// Runs × schemes.
  let trainings: [[LogDomainCurve]]
  let curves: [Curve]

  init(
    _ options: WeightNormalizationStudy.Options, on digits: Digits,
    shouldStop: @escaping @Sendable () -> Bool, progress: @escaping @Sendable () -> Void
  ) throws {
    self.digits = digits.name
    levels = options.pruningLevels
    let train = digits.train.double(options.samples)
    let test = digits.test.double(5_000)
    let items = (0..<options.pruningRuns).flatMap { run in
      WeightScheme.allCases.map { (run, $0) }
    }
    let network = try Network.layered(
      [train.inputs.rows, options.hidden, 10], activation: .relu, output: .softmax, bias: false)
    let all = try WorkQueue.map(items, threads: options.threads) {
      run, scheme -> (LogDomainCurve, [Curve]) in
      var stream = RandomStream(seed: options.seed).child("pruning", run)
      let start = Model(
        network: network,
        parameters: Initialization.normal(gain: 0.7).parameters(network, using: &stream))
      let levels = options.pruningLevels
      let curve = try LogDomainCurve(
        scheme, from: start, on: train, levels: levels.map { -$0 }, interval: levels.last! / 50,
        maximumSteps: options.pruningSteps, shouldStop: shouldStop)
      let workspace = Workspace<Double>(network, maximumBatchSize: test.count)
      let curves = try zip(curve.models, levels).flatMap { model, level in
        try PruningCriterion.allCases.map { criterion in
          Curve(
            scheme: scheme, run: run, level: level, criterion: criterion,
            points: try Pruning(criterion, of: model).curve(
              Self.fractions, on: test, with: workspace))
        }
      }
      progress()
      return (curve, curves)
    }
    let schemes = WeightScheme.allCases.count
    trainings = (0..<options.pruningRuns).map { run in
      all[run * schemes..<(run + 1) * schemes].map(\.0)
    }
    curves = all.flatMap(\.1)
  }

  /// Test errors by fraction, the mean over runs; nil if no run has reached the level.
  func errors(
    _ scheme: WeightScheme, level: Double, _ criterion: PruningCriterion
  ) -> [Double]? {
    let matching = curves.filter {
      $0.scheme == scheme && $0.level == level && $0.criterion == criterion
    }
    guard !matching.isEmpty else { return nil }
    return Self.fractions.indices.map { index in
      matching.map { $0.points[index].evaluation.error! }.mean
    }
  }

  /// How much the test error rises on average over the fractions from half on.
  func rise(_ scheme: WeightScheme, level: Double, _ criterion: PruningCriterion) -> Double? {
    guard let errors = errors(scheme, level: level, criterion) else { return nil }
    let pruned = zip(Self.fractions, errors).filter { $0.0 >= 0.5 }.map(\.1)
    return pruned.mean - errors[0]
  }

  /// The lowest loss that all of the schemes have reached.
  func commonLevel(_ schemes: WeightScheme...) -> Double? {
    levels.last { level in
      schemes.allSatisfy { errors($0, level: level, .unitNorm) != nil }
    }
  }
}

extension Samples<Float> {
  /// The first samples in double precision.
  fileprivate func double(_ count: Int) -> Samples<Double> {
    let part = subset(0..<Swift.min(count, self.count))
    let inputs = part.inputs.map { Double($0) }
    return switch part.targets {
    case .values(let values):
      Samples<Double>(inputs: inputs, targets: .values(values.map { Double($0) }))
    case .classes(let classes): Samples<Double>(inputs: inputs, targets: .classes(classes))
    }
  }
}
