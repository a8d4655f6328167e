import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// Trainings with the same options, for the mean and the spread of what comes out.
package struct RepeatedTraining: Sendable {
  package enum Kind: Hashable, Sendable {
    /// So many trainings, with the seeds that follow that of the options.
    case seeds(Int)
    /// Cross-validation: each of so many parts of the samples, with the same share of each class, is the test
    /// set of a training on all others.
    case folds(Int)

    package var count: Int {
      switch self {
      case .seeds(let count), .folds(let count): count
      }
    }
  }

  /// What was asked for, as in `config.json`.
  package struct Options: Codable, Sendable {
    package let training: TrainRun.Options
    package let seeds: Int?
    package let folds: Int?

    init(_ training: TrainRun.Options, _ kind: Kind) {
      self.training = training
      (seeds, folds) = if case .seeds(let count) = kind { (count, nil) } else { (nil, kind.count) }
    }
  }

  package let kind: Kind
  package let options: TrainRun.Options
  let data: TrainingData
  private let saved: SavedNetwork?
  /// The samples of each fold.
  private let folds: [[Int]]

  /// - Parameter saved: the network of `Options.from`.
  /// - Throws: if there are fewer samples than folds, or a test set beside folds.
  package init(
    _ kind: Kind, _ options: TrainRun.Options, on data: TrainingData,
    from saved: SavedNetwork? = nil
  ) throws {
    try Self.check(kind, options)
    (self.kind, self.options, self.data, self.saved) = (kind, options, data, saved)
    if case .folds(let count) = kind {
      try OptionError.check(
        count <= data.train.count, "folds", count,
        "there are only \(data.train.count) samples")
      folds = data.train.folds(count, using: RandomStream(seed: options.seed).child("folds"))
    } else {
      folds = []
    }
  }

  /// Checks all that can be checked before data are read.
  package static func check(_ kind: Kind, _ options: TrainRun.Options) throws {
    switch kind {
    case .seeds(let count): try OptionError.check(2...1_000, ["seeds": count])
    case .folds(let count):
      try OptionError.check(2...1_000, ["folds": count])
      try OptionError.check(
        options.test == nil, "folds", count,
        "each fold is the test set of one training; leave --test out")
    }
  }

  /// What training number `index` is called, and its directory.
  package func name(_ index: Int) -> String {
    switch kind {
    case .seeds: "seed-\(options.seed &+ UInt64(index))"
    case .folds: "fold-\(index + 1)"
    }
  }

  /// Training number `index`.
  package func run(_ index: Int) throws -> TrainRun {
    var options = options
    switch kind {
    case .seeds:
      options.seed &+= UInt64(index)
      return try TrainRun(options, on: data, from: saved)
    case .folds:
      let others = folds.indices.filter { $0 != index }.flatMap { folds[$0] }.sorted()
      let part = TrainingData(
        data.train.subset(others), test: data.train.subset(folds[index]),
        validation: data.validation, name: "\(data.name) without fold \(index + 1)")
      return try TrainRun(options, on: part, from: saved)
    }
  }

  /// What some of the trainings came to, in their order.
  package func result(_ results: [TrainResult]) -> RepeatedResult {
    RepeatedResult(
      options: .init(options, kind), count: kind.count, dataName: data.name,
      runs: results.enumerated().map { .init(name($0.offset), $0.element) })
  }
}

/// The mean and the spread of repeated trainings.
package struct RepeatedResult: StudyResult {
  /// One training.
  package struct Run: Codable, Sendable {
    let name: String
    let part: String
    let scoring: Scoring
    let steps: Int
    let seconds: Double

    init(_ name: String, _ result: TrainResult) {
      (part, scoring) = result.mostTelling
      (self.name, steps, seconds) = (name, result.steps, result.seconds)
    }
  }

  package let options: RepeatedTraining.Options
  /// Trainings that were wanted.
  let count: Int
  let dataName: String
  let runs: [Run]

  package var makesClaims: Bool { false }
  package var claims: Claims { Claims() }

  /// A quantity of all trainings, for the table.
  private struct Quantity {
    let header: String
    let digits: Int
    /// The ends of what is possible.
    let least: Double
    let greatest: Double
    let values: [Double]
  }

  private var quantities: [Quantity] {
    func quantity(
      _ header: String, _ digits: Int, _ possible: ClosedRange<Double> = 0...Double.infinity,
      _ value: (Scoring) -> Double?
    ) -> [Quantity] {
      let values = runs.compactMap { value($0.scoring) }
      guard values.count == runs.count else { return [] }
      return [
        Quantity(
          header: header, digits: digits, least: possible.lowerBound, greatest: possible.upperBound,
          values: values)
      ]
    }
    return quantity("loss (nats)", 5) { $0.loss }
      + quantity("accuracy (%)", 2, 0...100) { $0.accuracy.map { 100 * $0 } }
      + quantity("best constant (%)", 2, 0...100) { $0.baselineAccuracy.map { 100 * $0 } }
      + quantity("root mean square error", 5) { $0.rootMeanSquareError }
      + quantity("R²", 4, -Double.infinity...1) { $0.determination }
  }

  package var tables: [(name: String, table: TextTable)] {
    let quantities = quantities
    var table = TextTable(
      title:
        "\(options.training.networkName) on \(dataName), scored on the \(runs[0].part) samples",
      columns: [.init("training"), .init("samples", .trailing), .init("steps", .trailing)]
        + quantities.map { .init($0.header, .trailing) })
    for (index, run) in runs.enumerated() {
      table.addRow(
        [run.name, "\(run.scoring.samples)", "\(run.steps)"]
          + quantities.map { String(format: "%.*f", $0.digits, $0.values[index]) })
    }
    table.addRow(
      ["mean ± standard deviation", "", ""]
        + quantities.map { $0.values.meanText(digits: $0.digits) })
    return [("scores", table)]
  }

  package var records: TextTable {
    var table = TextTable(
      columns: [
        .init("training"), .init("part"), .init("samples"), .init("steps"), .init("seconds"),
      ]
        + quantities.map { .init($0.header) })
    for (index, run) in runs.enumerated() {
      table.addRow(
        [run.name, run.part, "\(run.scoring.samples)", "\(run.steps)", "\(run.seconds)"]
          + quantities.map { "\($0.values[index])" })
    }
    return table
  }

  package struct Outcome: Codable, Sendable {
    let runs: [Run]
    /// By the name of the quantity.
    let means: [String: Double]
    let standardDeviations: [String: Double]
  }

  package var summary: Outcome {
    let quantities = quantities
    func values(_ value: ([Double]) -> Double) -> [String: Double] {
      Dictionary(uniqueKeysWithValues: quantities.map { ($0.header, value($0.values)) })
    }
    return Outcome(
      runs: runs, means: values(\.mean),
      standardDeviations: runs.count > 1 ? values(\.standardDeviation) : [:])
  }

  package var notes: [String] {
    runs.count < count
      ? ["these are \(runs.count) of \(count) trainings; the others were not ended"] : []
  }

  package var figures: [(name: String, figure: Figure)] {
    let shown = quantities.filter { $0.header != "best constant (%)" }
    let x = runs.indices.map(Double.init)
    // More names than these would hide each other.
    let axis = Figure.Axis(
      "training", categories: runs.count > 6 ? [] : runs.map(\.name))
    let panels = shown.map { quantity in
      let (mean, count) = (quantity.values.mean, runs.count)
      let spread = count > 1 ? quantity.values.standardDeviation : 0
      return Figure.Panel(
        x: axis, y: .init(quantity.header),
        series: [
          .init("one training", style: .points, x: x, y: quantity.values, colour: 0),
          .init(
            "mean ± standard deviation", style: .line, x: x, y: x.map { _ in mean },
            lower: x.map { _ in max(mean - spread, quantity.least) },
            upper: x.map { _ in min(mean + spread, quantity.greatest) }, colour: 1),
        ])
    }
    return [
      ("scores", Figure(title: "\(options.training.networkName) on \(dataName)", panels: panels))
    ]
  }
}
