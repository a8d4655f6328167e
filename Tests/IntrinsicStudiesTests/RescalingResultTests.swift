import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

/// Results made by hand.
@Suite struct RescalingResultTests {
  private typealias Study = RescalingStudy

  private func curve(
    _ item: RescalingStudy.Case, _ losses: [Double], run: Int = 0, failure: String? = nil
  ) -> RescalingResult.LearningCurve {
    RescalingResult.LearningCurve(
      item: item, run: run, stepSize: 0.1,
      records: [
        .init(
          epoch: 1, trainLoss: losses.isEmpty ? 0 : losses.mean, testLoss: 1, testError: 0.25,
          trainError: 0.2, evaluatedTrainLoss: 0.5, seconds: 1)
      ], losses: losses, rescaledTestError: 0.3, failure: failure)
  }

  private func curve(
    _ method: RescalingStudy.MethodName, _ start: RescalingStudy.Start, _ losses: [Double],
    run: Int = 0, failure: String? = nil
  ) -> RescalingResult.LearningCurve {
    curve(
      Study.Case(.relu, .unconstrained, method, start), losses, run: run, failure: failure)
  }

  private func result(_ curves: [RescalingResult.LearningCurve]) -> RescalingResult {
    RescalingResult(
      options: Study.Options(seed: 1, threads: 1), digits: "digits", note: nil, stepsPerEpoch: 4,
      trials: [], curves: curves)
  }

  /// With flat curves of gradient descent, which every run has, where none are given.
  private func whole(_ curves: [RescalingResult.LearningCurve]) -> RescalingResult {
    var items = [Study.Case(.relu, .unconstrained, .gradientDescent, .retuned)]
    for units in Study.Units.allCases {
      for parametrization in Study.Parametrization.allCases {
        for start in [Study.Start.balanced, .unbalanced] {
          items.append(Study.Case(units, parametrization, .gradientDescent, start))
        }
      }
    }
    items.removeAll { item in curves.contains { $0.item == item } }
    return result(curves + items.map { curve($0, [1, 1, 1, 1]) })
  }

  @Test func `a deviation is the largest relative difference of a point, over runs`() {
    let result = result([
      curve(.adam, .balanced, [4, 2, 1, 1]), curve(.adam, .unbalanced, [4, 2.5, 1, 0.9]),
      curve(.adam, .balanced, [4, 2, 1, 1], run: 1),
      curve(.adam, .unbalanced, [5, 2, 1, 1.5], run: 1),
    ])
    #expect(result.deviation(.relu, .unconstrained, .adam) == 0.5)
    #expect(result.deviation(.relu, .unconstrained, .pathSGD).isNaN)
    #expect(result.summary.map(\.testErrorPercent) == [25, 25])
    #expect(abs(result.curves[0].rescalingRise! - 5) < 1e-12)
  }

  @Test func `curves are means of windows, at their centres`() {
    let losses = (0..<80).map(Double.init)
    let result = RescalingResult(
      options: Study.Options(seed: 1, threads: 1), digits: "digits", note: nil, stepsPerEpoch: 40,
      trials: [], curves: [])
    let means = result.smoothed(curve(.adam, .balanced, losses))
    #expect(means.epochs.count == 40 && means.losses.prefix(2) == [0.5, 2.5])
    #expect(means.epochs.prefix(2) == [0.025, 0.075])
    // A training that failed after three steps has one whole window.
    #expect(result.smoothed(curve(.adam, .balanced, [3, 1, 2])).losses == [2])
    #expect(result.smoothed(curve(.adam, .balanced, [])).losses == [])
  }

  @Test func `a failed training counts as guessing, deviates without bound, and is told`() {
    let result = whole([
      curve(.gradientDescent, .balanced, [4, 2, 1, 1]),
      curve(.gradientDescent, .unbalanced, [4, 2], failure: "not finite"),
    ])
    let failed = result.curves[1]
    #expect(failed.trainLoss == log(10) && failed.testError == 90)
    #expect(result.deviation(.relu, .unconstrained, .gradientDescent) == .infinity)
    #expect(result.notes.contains { $0.contains("not finite") && $0.contains("unbalanced") })
    #expect(result.table.rendered().contains("diverged"))
    let harm = result.claims.list.first { $0.statement.contains("is harmed") }
    #expect(abs((harm?.measured ?? 0) - log(10) / 2) < 1e-12 && harm?.isMet == true)
  }

  @Test func `a claim of invariance is not met by curves that differ in the sixth digit`() {
    for (change, isMet) in [(1e-7, true), (1e-5, false)] {
      let result = whole([
        curve(.gradientDescent, .balanced, [4, 2, 1, 1]),
        curve(.gradientDescent, .unbalanced, [4, 2, 1, 1]),
        curve(.pathSGD, .balanced, [4, 2, 1, 1]),
        curve(.pathSGD, .unbalanced, [4, 2, 1 + change, 1]),
      ])
      let claims = result.claims.list
      let claim = claims.first { $0.statement.hasPrefix("Path-SGD does not notice") }
      #expect(claim?.isMet == isMet)
      // Gradient descent should have been harmed.
      #expect(claims.first { $0.statement.contains("is harmed") }?.isMet == false)
    }
  }
}

/// The choice of step sizes that studies share.
@Suite struct StepSizeTrialTests {
  private func training(_ stepSize: Double) throws -> MiniBatchTraining {
    let digits = Digits.synthetic(train: 100, test: 10, using: RandomStream(seed: 2))
    let study = try RescalingStudy(
      {
        var options = RescalingStudy.Options(seed: 1, threads: 1)
        (options.hidden, options.batch) = ([5], 10)
        return options
      }(), on: digits)
    return try study.train(
      RescalingStudy.Case(.relu, .unconstrained, .gradientDescent, .balanced),
      stepSize: stepSize, on: digits.train, epochs: 1, stream: RandomStream(seed: 3)
    ) { false }
  }

  @Test func `the step size with the least loss in the second half is taken`() throws {
    var announced = 0
    let trial = try StepSizeTrial([1e-6, 0.1, 1e30], shouldStop: { false }) {
      announced += 1
    } training: {
      try training($0)
    }
    #expect(trial.stepSize == 0.1 && announced == 3)
    #expect(trial.losses[2] == .infinity && trial.note("x") == nil)
    let losses = try training(0.1).losses
    #expect(losses.count == 10 && trial.losses[1] == Array(losses[5...]).mean)
    let table = StepSizeTrial.table([("x", trial)], samples: 100).rendered()
    #expect(table.contains("diverged") && table.contains("η = 0.1"))
  }

  @Test func `an end of the grid is told, and after a stop nothing is tried`() throws {
    let trial = try StepSizeTrial([0.1, 1e-6, 1e-7], shouldStop: { false }, progress: {}) {
      try training($0)
    }
    #expect(trial.stepSize == 0.1 && trial.note("x")?.hasPrefix("x chose 0.1") == true)
    let stopped = try StepSizeTrial([0.1, 1e-6], shouldStop: { true }, progress: {}) {
      try training($0)
    }
    #expect(stopped.losses == [.infinity, .infinity])
  }
}
