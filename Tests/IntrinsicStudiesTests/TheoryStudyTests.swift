import Foundation
import IntrinsicMath
import IntrinsicTheory
import Testing

@testable import IntrinsicStudies

struct TheoryStudyTests {
  @Test func `generalization: the closed forms hold, and batch normalization has its limit`() throws
  {
    var options = GeneralizationStudy.Options(seed: 1, threads: 2)
    (options.inputs, options.solvedInputs, options.loads) = (512, 128, [0.5, 1, 2])
    (options.epochs, options.batches, options.runs) = (200, [16, 32], 24)
    let result = try #require(try GeneralizationStudy(options).run())
    let claims = result.claims.list
    func claim(_ text: String) throws -> Claim {
      try #require(claims.first { $0.statement.contains(text) }, "\(text)")
    }
    for text in ["Vanilla", "WN + gamma decay has", "best decay"] {
      let claim = try claim(text)
      #expect(claim.isMet, "\(claim)")
    }
    #expect(try claim("pseudo-inverse solution").measured < 0.1)
    // What the paper says of batch normalization near α = 1 is not so.
    #expect(try !claim("lies on the curve").isMet)
    #expect(result.curves.count == 4)
    #expect(result.curves.allSatisfy { $0.last.epoch == 200 && $0.last.error > 0 })
    #expect(result.records.csv().split(separator: "\n").count > 100)
    try withTemporaryDirectory { url in
      let report = try result.write(to: RunDirectory(at: url.appendingPathComponent("run")))
      #expect(report.tables.count == 2 && report.claims.list.count == claims.count)
    }
  }

  @Test func `generalization: one seed gives the same numbers on any number of threads`() throws {
    var options = GeneralizationStudy.Options(seed: 5, threads: 1)
    (options.inputs, options.solvedInputs, options.loads) = (64, 32, [0.5, 1])
    (options.epochs, options.batch, options.batches, options.runs) = (4, 8, [8, 16], 2)
    let one = try #require(try GeneralizationStudy(options).run())
    options.threads = 2
    let two = try #require(try GeneralizationStudy(options).run())
    #expect(one.records.csv() == two.records.csv())
    options.seed = 6
    #expect(try GeneralizationStudy(options).run()?.records.csv() != one.records.csv())
    #expect(try GeneralizationStudy(options).run(shouldStop: { true }) == nil)
  }

  @Test func `learning dynamics: theory, equations and simulation agree`() throws {
    var options = LearningDynamicsStudy.Options(seed: 1, threads: 2)
    (options.inputs, options.runs, options.time) = (300, 6, 30)
    options.factors = [0.5, 1.3]
    let result = try #require(try LearningDynamicsStudy(options).run())
    for claim in result.claims.list where !claim.isMet {
      // γ and the errors need the study's longer time.
      if claim.statement.contains("after time") || claim.statement.contains("error") { continue }
      Issue.record("\(claim)")
    }
    for index in 0..<3 {
      let limit = result.lines[index].stabilityLimit
      #expect(abs(result.stability[index] / limit - 1) < 2e-3, "\(index)")
    }
    let slow = result.scans(.gradientDescent)[0]
    let fast = result.scans(.gradientDescent)[1]
    #expect(slow.simulated.median < 1e-3 && fast.simulated.median > 0.01)
    #expect(result.scans(.weightNormalization)[1].simulated.median < 0.01)
    try withTemporaryDirectory { url in
      let report = try result.write(to: RunDirectory(at: url.appendingPathComponent("run")))
      #expect(report.tables.count == 3)
    }
  }

  @Test func `gamma decay: measured effects are the penalty, with its term in the skewness`() throws
  {
    var options = GammaDecayStudy.Options(seed: 1, threads: 2)
    (options.batches, options.draws, options.examples) = ([128, 256], 8000, 1000)
    let result = try #require(try GammaDecayStudy(options).run())
    for row in result.rows {
      let measured = row.effects.others
      // Terms of order 1/M² are below 15/M of the penalty.
      let tolerance = 4.5 * measured.standardError + 15 / Double(row.batch) * measured.mean
      #expect(abs(measured.mean - result.completePenalty(row)) < tolerance, "\(row)")
    }
    let skewed = try #require(
      result.rows.last {
        $0.setting == .init(potential: .relu, distribution: .exponential)
      })
    #expect(result.completePenalty(skewed) > 1.03 * result.penalty(skewed))
    try withTemporaryDirectory { url in
      let report = try result.write(to: RunDirectory(at: url.appendingPathComponent("run")))
      #expect(report.tables.count == 2)
    }
  }

  @Test func `options that make no sense are refused with their name`() {
    func refuses(_ option: String, _ body: () throws -> Void) {
      #expect {
        try body()
      } throws: { ($0 as? OptionError)?.option == option }
    }
    func generalization(_ change: (inout GeneralizationStudy.Options) -> Void) throws {
      var options = GeneralizationStudy.Options(seed: 1, threads: 1)
      change(&options)
      _ = try GeneralizationStudy(options)
    }
    refuses("inputs") { try generalization { $0.inputs = 1 } }
    refuses("loads") { try generalization { $0.loads = [] } }
    refuses("loads") { try generalization { $0.loads = [0] } }
    refuses("loads") { try generalization { $0.loads = [.nan] } }
    refuses("noise") { try generalization { $0.noise = -1 } }
    refuses("batch") { try generalization { $0.batch = 1 } }
    refuses("batch") { try generalization { ($0.inputs, $0.batch) = (64, 32) } }
    refuses("batches") { try generalization { $0.batches = [8, 5000] } }
    refuses("rate") { try generalization { $0.rate = 2 } }
    refuses("runs") { try generalization { $0.runs = 1 } }
    func dynamics(_ change: (inout LearningDynamicsStudy.Options) -> Void) throws {
      var options = LearningDynamicsStudy.Options(seed: 1, threads: 1)
      change(&options)
      _ = try LearningDynamicsStudy(options)
    }
    refuses("rate") { try dynamics { $0.rate = 0 } }
    refuses("decay") { try dynamics { $0.decay = -0.1 } }
    refuses("time") { try dynamics { $0.time = .infinity } }
    refuses("factors") { try dynamics { $0.factors = [0.5, -1] } }
    func decay(_ change: (inout GammaDecayStudy.Options) -> Void) throws {
      var options = GammaDecayStudy.Options(seed: 1, threads: 1)
      change(&options)
      _ = try GammaDecayStudy(options)
    }
    refuses("batches") { try decay { $0.batches = [3] } }
    refuses("batches") { try decay { $0.batches = [5000] } }
    refuses("gamma") { try decay { $0.gamma = 0 } }
    refuses("draws") { try decay { $0.draws = 1 } }
  }

  @Test func `reports of closed forms hold their numbers`() throws {
    let errors = try TheoryReport.generalization(
      loads: [0.5, 1], noise: 0.25, batch: 32, decays: [0.25])
    #expect(errors.rows[0].gradientDescent == 0.75 && errors.rows[1].converged == .infinity)
    #expect(errors.table.csv().contains("∞"))
    let rates = try TheoryReport.rates(.relu, rate: 0.1, decays: [0.1], length: 1.3)
    #expect(rates.rows.map(\.learner) == ["BN", "WN", "SGD"])
    #expect(abs(rates.rows[0].maximumRate - 2.4) < 1e-10)
    let curve = try TheoryReport.dynamics(
      LearningDynamics(.weightNormalization, .relu, rate: 0.5),
      from: .init(gamma: 1, overlap: 0.1, length: 1), until: 10, points: 4)
    #expect(curve.rows.map(\.time) == [0, 2.5, 5, 7.5, 10])
    #expect(curve.rows.last!.error < curve.rows[0].error)
    let decays = try TheoryReport.gammaDecay(batches: [2, 32], gamma: 1, beta: 0)
    #expect(decays.rows[0].exactLinear == nil && decays.rows[1].linear == 1.0 / 64)
    #expect(throws: TheoryError.self) {
      try TheoryReport.gammaDecay(batches: [1], gamma: 1, beta: 0)
    }
  }
}
