import Foundation
import IntrinsicTheory

/// What the study `generalization` measured.
package struct GeneralizationResult: StudyResult {
  /// Random problems solved with one ridge, 0 for the pseudo-inverse.
  struct Solved: Sendable {
    let load: Double
    let ridge: Double
    let errors: [Double]
  }

  /// One training with batch normalization, measured four times an octave and at its end.
  struct LearningCurve: Sendable {
    let training: GeneralizationStudy.Training
    let measures: [BatchNormalizedStudent.Measure]
    /// The error of WN + gamma decay with ζ = 1/(2M) on the same examples; nil for other M than that of
    /// all loads.
    let decayed: Double?
    /// The error of the pseudo-inverse solution times E σ_B/σ on the same examples; nil also at P = N.
    let shrunk: Double?

    var last: BatchNormalizedStudent.Measure { measures.last! }

    /// The first measurement above an error after the least one.
    func passing(_ error: Double) -> BatchNormalizedStudent.Measure? {
      let least = measures.indices.min { measures[$0].error < measures[$1].error }!
      return measures[least...].first { $0.error > error }
    }
  }

  package let options: GeneralizationStudy.Options
  let ridges: [Double]
  let solved: [Solved]
  let curves: [LearningCurve]

  /// Checked options, whose closed forms exist.
  func teacher(_ load: Double) -> LinearTeacher {
    try! LinearTeacher(load: load, noise: options.noise)
  }

  /// The closed form for what was solved.
  func theory(_ solved: Solved) -> Double {
    try! teacher(solved.load).error(ridge: solved.ridge)
  }

  /// WN + gamma decay with ζ = 1/(2M), on whose curve batch normalization is said to lie.
  func published(_ training: GeneralizationStudy.Training) -> Double {
    try! teacher(training.load).batchNormalizationError(batch: training.batch)
  }

  func converged(_ training: GeneralizationStudy.Training) -> Double {
    try! teacher(training.load).convergedBatchNormalizationError(batch: training.batch)
  }

  /// Trainings with the one batch size of all loads, by load.
  var byLoad: [LearningCurve] {
    curves.filter {
      $0.training.batch == options.batch && options.loads.contains($0.training.load)
    }
    .sorted { $0.training.load < $1.training.load }
  }

  /// Trainings at α = 1, by batch size.
  var byBatch: [LearningCurve] {
    curves.filter { $0.training.load == 1 && options.batches.contains($0.training.batch) }
      .sorted { $0.training.batch < $1.training.batch }
  }

  /// The largest relative deviation of trainings, stopped at one measurement, from WN + gamma decay with
  /// ζ = 1/(2M) on the same examples.
  func gap(stoppedAt measurement: Int) -> Double {
    byLoad.map { abs($0.measures[measurement].error / ($0.decayed ?? .nan) - 1) }.max()!
  }

  /// The measurement at which trainings are nearest to this curve.
  var nearest: Int { byLoad[0].measures.indices.min { gap(stoppedAt: $0) < gap(stoppedAt: $1) }! }

  func solved(_ load: Double, ridge: Double) -> Solved? {
    solved.first { $0.load == load && $0.ridge == ridge }
  }

  func decayRidge(_ load: Double) -> Double { load / (2 * Double(options.batch)) }

  package var tables: [(name: String, table: TextTable)] {
    [("loads", loadTable), ("batches", batchTable)]
  }

  private var loadTable: TextTable {
    var table = TextTable(
      title: "Generalization error at σ² = \(options.noise): closed form, and measured (N = "
        + "\(options.solvedInputs) solved, N = \(options.inputs) trained for \(options.epochs) epochs)",
      columns: [
        "α", "vanilla", "solved", "ζ = 1/(2M)", "solved", "z = σ²", "solved",
        "BN, M = \(options.batch)", "same examples: ζ = 1/(2M)", "BN's limit", "training loss",
      ].map { .init($0, .trailing) })
    for curve in byLoad {
      let load = curve.training.load
      let teacher = teacher(load)
      table.addRow(
        [
          "\(load)", Self.text(teacher.gradientDescentError), text(solved(load, ridge: 0)),
          Self.text(published(curve.training)), text(solved(load, ridge: decayRidge(load))),
          Self.text(try! teacher.error(ridge: options.noise)),
          text(solved(load, ridge: options.noise)), Self.text(curve.last.error),
          Self.text(curve.decayed ?? .nan), Self.text(curve.shrunk ?? .infinity),
          Self.text(curve.last.trainingLoss),
        ])
    }
    return table
  }

  private var batchTable: TextTable {
    var table = TextTable(
      title: "Batch normalization at α = 1 against WN + gamma decay with ζ = 1/(2M)",
      columns: ["M", "ζ", "closed form", "BN", "epochs to pass it", "γ", "|w|/√N"].map {
        .init($0, .trailing)
      })
    for curve in byBatch {
      let published = published(curve.training)
      table.addRow([
        "\(curve.training.batch)", Self.text(1 / (2 * Double(curve.training.batch))),
        Self.text(published), Self.text(curve.last.error),
        curve.passing(published).map { "≤ \($0.epoch)" } ?? "–",
        Self.text(curve.last.gamma), Self.text(curve.last.length),
      ])
    }
    return table
  }

  private func text(_ solved: Solved?) -> String {
    guard let solved else { return "–" }
    return Self.text(solved.errors.mean) + " ± "
      + String(format: "%.2g", solved.errors.standardError)
  }

  private static func text(_ value: Double) -> String {
    value.isFinite ? String(format: "%.4g", value) : value.isNaN ? "–" : "∞"
  }

  /// One row for each solved problem and each measurement of a training.
  package var records: TextTable {
    var table = TextTable(columns: [
      .init("kind"), .init("inputs"), .init("load"), .init("ridge"), .init("batch"),
      .init("epoch"), .init("error"), .init("training_loss"), .init("gamma"), .init("length"),
    ])
    for item in solved {
      for error in item.errors {
        table.addRow([
          "solved", "\(options.solvedInputs)", "\(item.load)", "\(item.ridge)", "", "", "\(error)",
          "", "", "",
        ])
      }
    }
    for curve in curves {
      for measure in curve.measures {
        table.addRow([
          "batch-normalization", "\(options.inputs)", "\(curve.training.load)", "",
          "\(curve.training.batch)", "\(measure.epoch)", "\(measure.error)",
          "\(measure.trainingLoss)", "\(measure.gamma)", "\(measure.length)",
        ])
      }
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let load: Double
    let batch: Int
    let vanilla: Double
    let gammaDecay: Double
    let batchNormalization: Double
    let batchNormalizationLimit: Double
  }

  package var summary: [SummaryRow] {
    curves.map {
      SummaryRow(
        load: $0.training.load, batch: $0.training.batch,
        vanilla: teacher($0.training.load).gradientDescentError,
        gammaDecay: published($0.training), batchNormalization: $0.last.error,
        batchNormalizationLimit: converged($0.training))
    }
  }

  package var notes: [String] {
    [
      "errors are mean squares against the noiseless teacher; the ridge on Σ x xᵀ is α times the "
        + "coefficient ζ of the loss",
      "at α = 1 batch normalization has no limit: its error grows for as long as it is trained",
    ]
  }
}
