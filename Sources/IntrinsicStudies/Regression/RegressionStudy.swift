import Dispatch
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// Study `regression`: small networks trained to the bottom, on the tables and splits of a published comparison.
///
/// One hidden layer of tanh units, features and targets standardized by the training rows; Levenberg–Marquardt on
/// the exact Fisher matrix, with the penalty that the evidence asks for (MacKay 1992). The other methods get as many
/// seconds. One setting for all tables, and all methods keep the parameters with the least error on a tenth of the
/// training rows that is set apart.
package struct RegressionStudy: Study {
  package struct Options: StudyOptions {
    /// Names of tables; all of the comparison unless given.
    package var tables = PublishedRegression.allCases.map(\.rawValue)
    /// Methods that are compared, the first of all cases among them: it sets the time of the others.
    package var methods = Method.allCases
    /// Splits of each table at most.
    package var splits = 20
    /// Steps of Levenberg–Marquardt at most.
    package var iterations = 200
    /// Samples that each of its matrices is estimated from at most.
    package var matrixSamples = 5_000
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }

    /// Those methods, in the order of all cases.
    var comparedMethods: [Method] { Method.allCases.filter(methods.contains) }
  }

  package enum Method: String, CaseIterable, Codable, Sendable {
    case levenbergMarquardt = "levenberg-marquardt"
    case automatic
    case adam
    case gradientDescent = "gradient-descent"

    var title: String {
      switch self {
      case .levenbergMarquardt: "Levenberg–Marquardt, evidence"
      case .automatic: "default of train"
      case .adam: "Adam, 0.001"
      case .gradientDescent: "gradient descent, 0.1"
      }
    }

    fileprivate func optimizer(_ options: Options) -> Optimizer {
      switch self {
      case .levenbergMarquardt:
        var settings = LevenbergMarquardtSettings()
        settings.findsPenalty = true
        settings.matrixSamples = options.matrixSamples
        return .levenbergMarquardt(settings)
      case .automatic: return .automatic
      case .adam: return .adam
      case .gradientDescent: return .gradientDescent
      }
    }
  }

  /// Steps of Levenberg–Marquardt without a lower validation loss before it ends.
  private static let patience = 20

  package let options: Options
  private let tables: [(published: PublishedRegression, table: RegressionTable)]

  /// - Throws: if an option makes no sense.
  package init(_ options: Options, on tables: [RegressionTable]) throws(OptionError) {
    try OptionError.check(
      1...1_000_000,
      [
        "splits": options.splits, "iterations": options.iterations, "threads": options.threads,
        "matrix-samples": options.matrixSamples,
      ])
    try OptionError.check(
      options.methods.contains(.levenbergMarquardt), "methods",
      options.methods.map(\.rawValue).joined(separator: " "),
      "levenberg-marquardt must be among them: it sets the time of the others")
    var known: [(PublishedRegression, RegressionTable)] = []
    for name in options.tables {
      let published = PublishedRegression(rawValue: name)
      try OptionError.check(
        published != nil, "tables", name,
        "the tables are \(PublishedRegression.allCases.map(\.rawValue).joined(separator: ", "))")
      if let table = tables.first(where: { $0.name == name }) { known.append((published!, table)) }
    }
    self.options = options
    self.tables = known
  }

  package static let pieceName = "splits"
  package var pieceCount: Int {
    tables.reduce(0) { $0 + min($1.table.splits.count, options.splits) }
  }

  /// Runs all splits, or as many as there is time for until `shouldStop`.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> RegressionResult? {
    // A split of each table first, so that an interruption leaves something of all.
    let pieces = (0..<options.splits).flatMap { split in
      tables.indices.filter { split < tables[$0].table.splits.count }.map { ($0, split) }
    }
    let outcomes = try WorkQueue.map(pieces, threads: options.threads) { index, split in
      if shouldStop() { return [RegressionResult.Outcome]() }
      let outcomes = try self.outcomes(tables[index], split)
      progress()
      return outcomes
    }.flatMap { $0 }
    return outcomes.isEmpty ? nil : RegressionResult(options: options, outcomes: outcomes)
  }

  private func outcomes(
    _ item: (published: PublishedRegression, table: RegressionTable), _ split: Int
  ) throws -> [RegressionResult.Outcome] {
    let problem = RegressionProblem(item.table, split: split)
    let stream = RandomStream(seed: options.seed).child(item.table.name, split)
    let network = try Network.layered(
      [problem.features, item.published.hidden, 1], activation: .tanh, output: .square)
    var drawing = stream.child("weights")
    let start: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &drawing)
    let training = stream.child("training")
    let (kept, held) = problem.parts(using: training)
    let (keptFloat, heldFloat) = (kept.narrowed, held.narrowed)
    var budget = 0.0
    return try options.comparedMethods.map { method in
      let began = DispatchTime.now()
      let (parameters, steps, effective) =
        method == .levenbergMarquardt
        ? try train(network, from: start, kept, held, method, seconds: nil, stream: training)
        : try train(
          network, from: Parameters(start.elements.map { Float($0) }), keptFloat, heldFloat, method,
          seconds: budget, stream: training)
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds) * 1e-9
      if method == .levenbergMarquardt { budget = seconds }
      return RegressionResult.Outcome(
        table: item.published, split: split, method: method,
        error: problem.testError(Model(network: network, parameters: parameters)),
        seconds: seconds, steps: steps, parameters: network.parameterCount,
        effectiveParameters: effective)
    }
  }

  /// Batches of 100 samples for some seconds, or of all samples until nothing improves.
  private func train<T: Scalar>(
    _ network: Network, from start: Parameters<T>, _ kept: Samples<T>, _ held: Samples<T>,
    _ method: Method, seconds: Double?, stream: RandomStream
  ) throws -> (Parameters<Double>, steps: Int, effective: Double?) {
    var settings = TrainingSettings(seed: stream.seed)
    settings.stepSize = method.optimizer(options).stepSize
    settings.batch = seconds == nil ? kept.count : 100
    settings.epochs = seconds == nil ? options.iterations : 1_000_000
    settings.patience = seconds == nil ? Self.patience : nil
    let rule: any StepRule<T> = try method.optimizer(options).rule(
      for: network, maximumBatchSize: min(settings.batch, kept.count),
      stream: stream.child("metric")
    )
    let training = try Training<T>(
      network, from: start, on: kept, validation: held, rule: rule, settings)
    let end = DispatchTime.now().uptimeNanoseconds + UInt64((seconds ?? 1e9) * 1e9)
    // The best parameters are those after an epoch.
    while training.ending == nil,
      DispatchTime.now().uptimeNanoseconds < end || training.records.isEmpty
    {
      try training.advance()
    }
    return (
      training.model.parameters, training.steps,
      (rule as? LevenbergMarquardtRule<T>)?.effectiveParameters.map { Double($0) }
    )
  }
}
