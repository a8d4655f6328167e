import Dispatch
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// Study `regression`: small networks trained to the bottom, on the tables and splits of a published comparison.
///
/// One hidden layer of tanh units, features and targets standardized by the training rows; Levenberg–Marquardt on
/// the exact Fisher matrix, with the penalty that the evidence asks for (MacKay 1992). One setting for all tables.
/// The other methods get as many seconds, and keep the parameters with the least error on a tenth of the training
/// rows that is set apart; Levenberg–Marquardt trains on all rows and keeps the last.
public struct RegressionStudy: Study {
  public struct Options: StudyOptions {
    /// Names of tables; all of the comparison unless given.
    public var tables = PublishedRegression.allCases.map(\.rawValue)
    /// Splits of each table at most.
    public var splits = 20
    /// Steps that Levenberg–Marquardt tries.
    public var iterations = 100
    /// Samples that each of its matrices is estimated from at most.
    public var matrixSamples = 5_000
    public var seed: UInt64
    public var threads: Int

    public init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  enum Method: String, CaseIterable, Codable {
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

    /// The method of mini-batches, and its step size.
    fileprivate var optimizer: (Optimizer, StepSize)? {
      switch self {
      case .levenbergMarquardt: return nil
      case .automatic: return (.automatic, Optimizer.automatic.stepSize)
      case .adam: return (.adam, .constant(0.001))
      case .gradientDescent: return (.gradientDescent, .constant(0.1))
      }
    }
  }

  public let options: Options
  private let tables: [(published: PublishedRegression, table: RegressionTable)]

  /// - Throws: if an option makes no sense.
  public init(_ options: Options, on tables: [RegressionTable]) throws(OptionError) {
    try OptionError.check(
      1...1_000_000,
      [
        "splits": options.splits, "iterations": options.iterations, "threads": options.threads,
        "matrix-samples": options.matrixSamples,
      ])
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

  public static let pieceName = "splits"
  public var pieceCount: Int {
    tables.reduce(0) { $0 + min($1.table.splits.count, options.splits) }
  }

  /// Runs all splits, or as many as there is time for until `shouldStop`.
  public func run(
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
    var budget = 0.0
    return try Method.allCases.map { method in
      let began = DispatchTime.now()
      let parameters: Parameters<Double>
      var (steps, effective): (Int, Double?) = (0, nil)
      if let (optimizer, stepSize) = method.optimizer {
        (parameters, steps) = try Self.mini(
          network, from: start, problem, optimizer, stepSize, seconds: budget,
          stream: stream.child("training"))
      } else {
        var settings = LevenbergMarquardt<Double>.Settings()
        settings.findsPenalty = true
        settings.matrixSamples = options.matrixSamples
        let descent = try LevenbergMarquardt(
          network, from: start, samples: problem.train, settings, stream: stream.child("matrix"))
        try descent.run(iterations: options.iterations)
        (parameters, steps) = (descent.parameters, descent.records.count)
        effective = descent.effectiveParameters
      }
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds) * 1e-9
      if method == .levenbergMarquardt { budget = seconds }
      return RegressionResult.Outcome(
        table: item.published, split: split, method: method,
        error: problem.testError(Model(network: network, parameters: parameters)),
        seconds: seconds, steps: steps, parameters: network.parameterCount,
        effectiveParameters: effective)
    }
  }

  /// Mini-batches of 100 in single precision, for some seconds.
  private static func mini(
    _ network: Network, from start: Parameters<Double>, _ problem: RegressionProblem,
    _ optimizer: Optimizer, _ stepSize: StepSize, seconds: Double, stream: RandomStream
  ) throws -> (Parameters<Double>, steps: Int) {
    let (own, held) = problem.parts(using: stream)
    var settings = TrainingSettings(seed: stream.seed)
    (settings.optimizer, settings.stepSize) = (optimizer, stepSize)
    (settings.epochs, settings.batch) = (1_000_000, 100)
    let training = try Training<Float>(
      network, from: Parameters(start.elements.map(Float.init)), on: own, validation: held,
      settings)
    let end = DispatchTime.now().uptimeNanoseconds + UInt64(seconds * 1e9)
    // The best parameters are those after an epoch.
    while DispatchTime.now().uptimeNanoseconds < end || training.records.isEmpty {
      try training.advance()
    }
    return (training.model.parameters, training.steps)
  }
}
