import Foundation
import IntrinsicTheory

/// What the study `learning-dynamics` measured. Lists are over the learners in their order.
package struct LearningDynamicsResult: StudyResult {
  typealias Learner = LearningDynamicsStudy.Learner

  /// Generalization errors after some time at one rate.
  struct Scan: Sendable {
    let learner: Learner
    let rate: Double
    let predicted: Double
    let predictedLength: Double
    let simulated: [Double]
    let overlaps: [Double]
    let lengths: [Double]
  }

  /// The exponent with which neighbouring students come together.
  struct Relaxation: Sendable {
    let rate: Double
    let eigenvalue: Double
    let solved: Double
    let simulated: [Double]
  }

  package let options: LearningDynamicsStudy.Options
  let times: [Double]
  let lines: [Linearization]
  /// The order parameters at the times, by the differential equations.
  let curves: [[OrderParameters]]
  /// The same in every simulation.
  let simulations: [[[OrderParameters]]]
  /// The rates η at which the fixed point loses its stability at L₀ = 1.
  let stability: [Double]
  let scanned: [Scan]
  let relaxations: [Relaxation]

  /// The largest deviation of the mean simulation from the equations in any order parameter.
  func deviation(_ index: Int) -> Double {
    times.indices.map { time in
      let states = simulations[index].map { $0[time] }
      return [\OrderParameters.gamma, \.overlap, \.length].map { path in
        abs(states.map { $0[keyPath: path] }.mean - curves[index][time][keyPath: path])
      }.max()!
    }.max()!
  }

  func scans(_ learner: Learner) -> [Scan] { scanned.filter { $0.learner == learner } }

  package var tables: [(name: String, table: TextTable)] {
    [("table-1", fixedPointTable), ("rates", rateTable), ("scan", scanTable)]
  }

  private var fixedPointTable: TextTable {
    var table = TextTable(
      title: "Fixed points (γ₀, R₀, L₀) with ζ = \(options.decay): closed form, and at time "
        + "\(options.time) by the equations and in simulation (N = \(options.inputs))",
      columns: [.init("learner")]
        + ["closed form", "equations", "simulation", "largest deviation"].map {
          .init($0, .trailing)
        })
    for (index, learner) in Learner.allCases.enumerated() {
      let point = lines[index].fixedPoint
      let ends = simulations[index].map { $0.last! }
      table.addRow([
        learner.rawValue,
        String(format: "(%.4f, 1, ", point.gamma)
          + (learner == .gradientDescent ? "1)" : "L₀)"),
        Self.text(curves[index].last!),
        Self.text(
          OrderParameters(
            gamma: ends.map(\.gamma).mean, overlap: ends.map(\.overlap).mean,
            length: ends.map(\.length).mean)),
        String(format: "%.4f", deviation(index)),
      ])
    }
    return table
  }

  private static func text(_ state: OrderParameters) -> String {
    String(format: "(%.4f, %.4f, %.4f)", state.gamma, state.overlap, state.length)
  }

  private var rateTable: TextTable {
    var table = TextTable(
      title: "Learning rates at L₀ = 1",
      columns: [.init("learner")]
        + [
          "η_max", "η_eff/η", "limit of η", "with I₂(γ₀, 1)", "by bisection", "λ_R at η = 0.2",
          "equations", "simulation",
        ].map { .init($0, .trailing) })
    for (index, learner) in Learner.allCases.enumerated() {
      let (line, relaxation) = (lines[index], relaxations[index])
      let share = line.effectiveRate / options.rate
      table.addRow(
        [
          learner.rawValue,
          String(format: "%.4f", line.maximumRate), String(format: "%.4f", share),
          String(format: "%.4f", line.maximumRate / share),
          String(format: "%.4f", line.stabilityLimit), String(format: "%.4f", stability[index]),
          String(format: "%.4f", relaxation.eigenvalue),
          String(format: "%.4f", relaxation.solved),
          String(
            format: "%.4f ± %.4f", relaxation.simulated.mean, relaxation.simulated.standardError),
        ])
    }
    return table
  }

  private var scanTable: TextTable {
    var table = TextTable(
      title: "Generalization error (and length L) after time \(options.time / 2) from R = 0.95",
      columns: [.init("learner")]
        + ["η", "equations", "L", "simulation", "L", "1 − R"].map { .init($0, .trailing) })
    for scan in scanned {
      table.addRow([
        scan.learner.rawValue, String(format: "%.3g", scan.rate), Self.text(scan.predicted),
        Self.text(scan.predictedLength), Self.text(scan.simulated.median),
        Self.text(scan.lengths.median), Self.text(1 - scan.overlaps.median),
      ])
    }
    return table
  }

  private static func text(_ value: Double) -> String {
    value.isFinite ? String(format: "%.3g", value) : "diverged"
  }

  /// One row for each state of each curve.
  package var records: TextTable {
    var table = TextTable(
      columns: ["learner", "source", "run", "time", "gamma", "overlap", "length"].map {
        .init($0)
      })
    for (index, learner) in Learner.allCases.enumerated() {
      for (run, curve) in ([curves[index]] + simulations[index]).enumerated() {
        for (time, state) in zip(times, curve) {
          table.addRow([
            learner.rawValue, run == 0 ? "equations" : "simulation", run == 0 ? "" : "\(run - 1)",
            "\(time)", "\(state.gamma)", "\(state.overlap)", "\(state.length)",
          ])
        }
      }
    }
    return table
  }

  package struct SummaryRow: Codable, Sendable {
    let learner: String
    let fixedScale: Double
    let maximumRate: Double
    let effectiveShare: Double
    let stabilityLimit: Double
    let bisectedLimit: Double
    let largestDeviation: Double
  }

  package var summary: [SummaryRow] {
    Learner.allCases.enumerated().map { index, learner in
      SummaryRow(
        learner: learner.rawValue, fixedScale: lines[index].fixedPoint.gamma,
        maximumRate: lines[index].maximumRate,
        effectiveShare: lines[index].effectiveRate / options.rate,
        stabilityLimit: lines[index].stabilityLimit, bisectedLimit: stability[index],
        largestDeviation: deviation(index))
    }
  }

  package var notes: [String] {
    [
      "BN is represented as in the paper, by weight normalization with gamma decay; at R = 1 its noise "
        + "I₂(γ₀, 1) does not vanish, so that L keeps growing and R reaches 1 only as the effective rate "
        + "falls"
    ]
  }
}
