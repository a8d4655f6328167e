import Foundation

/// What the study `defaults` measured.
package struct DefaultsResult: StudyResult {
  struct Outcome: Codable, Sendable {
    let set: String
    let seed: UInt64
    let method: DefaultsStudy.Method
    /// That with the least validation loss, of tuned methods.
    let stepSize: Double?
    /// The accuracy on the test samples, or R².
    let score: Double
    let isAccuracy: Bool
    let samples: Int
    let features: Int
    let seconds: Double
  }

  package let options: DefaultsStudy.Options
  let sets: [String]
  let outcomes: [Outcome]

  private var done: [String] { sets.filter { set in outcomes.contains { $0.set == set } } }

  private func outcomes(_ set: String, _ method: DefaultsStudy.Method) -> [Outcome] {
    outcomes.filter { $0.set == set && $0.method == method }
  }

  private func scores(_ set: String, _ method: DefaultsStudy.Method) -> [Double] {
    outcomes(set, method).map(\.score)
  }

  private func score(_ set: String, _ method: DefaultsStudy.Method) -> Double {
    scores(set, method).mean
  }

  /// What counts as a difference: half a point of accuracy, or 0.01 of R².
  private func tolerance(_ set: String) -> Double {
    outcomes(set, .automatic)[0].isAccuracy ? 0.005 : 0.01
  }

  private func best(_ set: String) -> Double {
    DefaultsStudy.Method.allCases.filter(\.isTuned).map { score(set, $0) }.max()!
  }

  package var tables: [(name: String, table: TextTable)] {
    var table = TextTable(
      title: "Test accuracy in %, or R², mean of \(options.seeds) seeds ± standard error",
      columns: [
        .init("set"), .init("samples", .trailing), .init("features", .trailing), .init("of"),
      ] + DefaultsStudy.Method.allCases.map { .init($0.title, .trailing) } + [
        .init("seconds of default", .trailing)
      ])
    for set in done {
      let untuned = outcomes(set, .automatic)
      table.addRow(
        [
          set, "\(untuned[0].samples)", "\(untuned[0].features)",
          untuned[0].isAccuracy ? "classes" : "values",
        ]
          + DefaultsStudy.Method.allCases.map { method in
            let values = scores(set, method).map { untuned[0].isAccuracy ? 100 * $0 : $0 }
            let format = untuned[0].isAccuracy ? "%.1f" : "%.3f"
            let spread =
              values.count > 1 ? " ± " + String(format: format, values.standardError) : ""
            return String(format: format, values.mean) + spread
          } + [String(format: "%.2g", untuned.map(\.seconds).mean)])
    }
    return [("scores", table)]
  }

  package var records: TextTable {
    var table = TextTable(columns: [
      .init("set"), .init("seed"), .init("method"), .init("step_size"), .init("score"),
      .init("seconds"),
    ])
    for outcome in outcomes {
      table.addRow([
        outcome.set, "\(outcome.seed)", outcome.method.rawValue,
        outcome.stepSize.map { "\($0)" } ?? "", "\(outcome.score)", "\(outcome.seconds)",
      ])
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let set: String
    let method: String
    let score: Double
    let standardError: Double?
    let seconds: Double
  }

  package var summary: [SummaryRow] {
    done.flatMap { set in
      DefaultsStudy.Method.allCases.map { method in
        let scores = scores(set, method)
        return SummaryRow(
          set: set, method: method.rawValue, score: scores.mean,
          standardError: scores.count > 1 ? scores.standardError : nil,
          seconds: outcomes(set, method).map(\.seconds).mean)
      }
    }
  }

  /// Sets on which the default is worse than a score by more than counts.
  private func worse(than other: (String) -> Double) -> [String] {
    done.filter { score($0, .automatic) < other($0) - tolerance($0) }
  }

  package var claims: Claims {
    Claims([
      Claim(
        "Sets on which the default is worse than untuned Adam, by more than 0.5 % or 0.01 of R²",
        source: "goal", measured: Double(worse { score($0, .adam) }.count), band: .atMost(0)),
      Claim(
        "Sets on which it is worse than the best tuned method", source: "goal",
        measured: Double(worse(than: best).count), band: .atMost(Double(done.count / 10))),
    ])
  }

  package var figures: [(name: String, figure: Figure)] {
    let places = done.indices.map { Double($0) }
    // In units of what counts as a difference, sets of classes and of values share an axis.
    func series(_ index: Int, _ method: DefaultsStudy.Method) -> Figure.Series {
      let shift = 0.2 * (Double(index) - 0.5)
      let differences = done.map { set in
        zip(scores(set, .automatic), scores(set, method)).map {
          max(-20, min(20, ($0 - $1) / tolerance(set)))
        }
      }
      let errors = differences.map { $0.count > 1 ? $0.standardError : 0 }
      return Figure.Series(
        "minus \(method.title)", style: .points, x: places.map { $0 + shift },
        y: differences.map(\.mean),
        lower: zip(differences, errors).map { $0.mean - $1 },
        upper: zip(differences, errors).map { $0.mean + $1 }, colour: index)
    }
    let panel = Figure.Panel(
      x: .init("set", categories: done),
      y: .init("the default's score, in 0.5 % or 0.01 of R²"),
      series: [series(0, .adam), series(1, .tunedAdam)],
      references: [.init("as good", value: 0)])
    return [("differences", Figure(title: "The default against Adam", panels: [panel]))]
  }

  package var notes: [String] {
    let lists = [
      ("untuned Adam", worse { score($0, .adam) }), ("the best tuned method", worse(than: best)),
    ]
    return lists.compactMap { name, sets in
      sets.isEmpty ? nil : "the default is worse than \(name) on \(sets.joined(separator: ", "))"
    }
  }
}
