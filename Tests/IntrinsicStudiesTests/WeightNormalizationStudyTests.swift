import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

@Suite struct WeightNormalizationStudyTests {
  private static let placeholder = Digits.synthetic(
    train: 1, test: 1, using: RandomStream(seed: 0))

  private static func result(
    _ parts: [WeightNormalizationStudy.Part], on digits: Digits = placeholder,
    change: (inout WeightNormalizationStudy.Options) -> Void = { _ in }
  ) throws -> WeightNormalizationResult {
    var options = WeightNormalizationStudy.Options(seed: 4, threads: 2)
    options.parts = parts
    (options.level, options.runs, options.steps) = (300, 1, 60_000)
    change(&options)
    return try #require(try WeightNormalizationStudy(options, on: digits).run())
  }

  @Test func `EWN and SWN follow their flows, to first order in the step size`() throws {
    let result = try Self.result([.flow])
    for claim in result.claims.list where !claim.isMet { Issue.record("\(claim)") }
    let part = try #require(result.parts[0] as? FlowPart)
    // Directions of another length turn at another speed.
    #expect(part.deviations[.ewnScaled]!.last! > 0.05)
    #expect(part.losses.end < 0.7 * part.losses.start)
  }

  @Test func `few units grow under EWN, and relations are those of the paper`() throws {
    let result = try Self.result([.separable, .xor]) { $0.runs = 3 }
    #expect(result.claims.list.count == 12)
    for claim in result.claims.list where !claim.isMet { Issue.record("\(claim)") }
    let part = try #require(result.parts[1] as? UnitsPart)
    for scheme in [WeightScheme.unnormalized, .exponential] {
      #expect(part.curves(scheme).allSatisfy { $0.failure == nil && $0.models.count == 1 })
    }
  }

  @Test func `losses fall as fast as proved, whatever the depth under EWN`() throws {
    let result = try Self.result([.rates])
    #expect(result.claims.list.count == 8)
    for claim in result.claims.list where !claim.isMet { Issue.record("\(claim)") }
    let part = try #require(result.parts[0] as? RatesPart)
    for depth in RatesPart.depths {
      let fit = try #require(part.fit(.exponential, depth: depth))
      #expect(abs(fit.exponent - 1) < 0.002)
      // Far from what is proved of unnormalized weights.
      #expect(fit.logExponent > WeightScheme.unnormalized.rateExponent(degree: depth) + 0.25)
    }
  }

  @Test func `networks are pruned at equal losses`() throws {
    let digits = Digits.synthetic(train: 200, test: 300, using: RandomStream(seed: 2))
    let result = try Self.result([.pruning], on: digits) {
      ($0.samples, $0.hidden, $0.pruningLevels) = (200, 12, [1, 5])
    }
    let part = try #require(result.parts[0] as? PruningPart)
    #expect(part.curves.count == 2 * 3 * 3)
    #expect(part.commonLevel(.unnormalized, .standard, .exponential) == 5)
    for curve in part.curves {
      #expect(curve.points[0].fraction == 0 && curve.points[0].evaluation.error! < 0.6)
      #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.sparsity <= $1.sparsity })
    }
    for scheme in WeightScheme.allCases {
      let curve = part.trainings[0].first { $0.scheme == scheme }!
      #expect(curve.records.last!.logLoss <= -5 && curve.failure == nil)
      // Nothing is pruned yet: one error, whatever comes first.
      let first = PruningCriterion.allCases.map { part.errors(scheme, level: 5, $0)![0] }
      #expect(Set(first).count == 1)
      #expect(part.rise(scheme, level: 5, .unitNorm)! > 0.05)
    }
    #expect(result.notes.contains { $0.contains("synthetic") })
    #expect(result.figures.map(\.name) == ["pruning"])
  }

  @Test(arguments: WeightScheme.allCases)
  func `a parametrization keeps the function`(_ scheme: WeightScheme) throws {
    var stream = RandomStream(seed: 3)
    let network = try Network.layered(
      [3, 4, 2], activation: .relu, output: .softmax, bias: false)
    let plain = Model(
      network: network,
      parameters: Initialization.normal(gain: 1).parameters(network, using: &stream))
    let inputs = Matrix<Double>(
      rows: 3, columns: 5, elements: (0..<15).map { _ in stream.normal() })
    let expected = plain.predictions(for: inputs)
    for norm in [1.0, 3] {
      let model = try scheme.model(of: plain, directionNorm: norm)
      #expect(model.network.isNormalized == (scheme != .unnormalized))
      for (a, b) in zip(model.predictions(for: inputs).elements, expected.elements) {
        #expect(abs(a - b) < 1e-14)
      }
      guard scheme != .unnormalized else { continue }
      let v = model.network.parameters(layer: 0, unit: 2).map { model.parameters[$0] }
      #expect(abs(v.reduce(0) { $0 + $1 * $1 } - norm * norm) < 1e-14)
    }
  }

  @Test func `a training that takes too long says how far it came`() throws {
    let result = try Self.result([.separable]) { $0.steps = 500 }
    #expect(result.notes.count == 3 && result.notes.allSatisfy { $0.contains("after 500 steps") })
    #expect(result.tables.count == 1 && result.claims.list.count == 6)
  }

  @Test func `lines are fitted by least squares`() {
    let fit = LineFit([0, 1, 2, 3], [1, 3, 5, 7.4])
    #expect(abs(fit.slope - 2.12) < 1e-12 && abs(fit.intercept - 0.92) < 1e-12)
  }

  @Test func `options that make no sense are refused`() {
    let changes: [(inout WeightNormalizationStudy.Options) -> Void] = [
      { $0.parts = [] }, { $0.level = 10 }, { $0.pruningLevels = [3, 2] }, { $0.runs = 0 },
      { $0.pruningLevels = [] },
    ]
    for change in changes {
      var options = WeightNormalizationStudy.Options(seed: 1, threads: 1)
      change(&options)
      #expect(throws: OptionError.self) {
        try WeightNormalizationStudy(options, on: Self.placeholder)
      }
    }
  }
}
