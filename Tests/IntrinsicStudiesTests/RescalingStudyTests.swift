import Foundation
import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

/// The study on digits that are drawn, with networks of a few units.
@Suite struct RescalingStudyTests {
  private typealias Study = RescalingStudy

  private static let digits = Digits.synthetic(
    train: 600, test: 500, using: RandomStream(seed: 2))

  private func study(
    seed: UInt64 = 1, _ change: (inout RescalingStudy.Options) -> Void = { _ in }
  ) throws -> RescalingStudy {
    var options = Study.Options(seed: seed, threads: 2)
    (options.hidden, options.epochs, options.batch, options.runs) = ([12, 8], 6, 20, 1)
    (options.stepSizes, options.trialSamples) = ([0.3, 0.1, 0.03, 0.01, 0.003], 600)
    change(&options)
    return try RescalingStudy(options, on: Self.digits)
  }

  /// The mean loss in nats of the function that a training starts from, as it is trained.
  private func startLoss(_ study: RescalingStudy, _ item: RescalingStudy.Case) throws -> Float {
    let network = try study.network(item)
    let workspace = Workspace<Float>(network, maximumBatchSize: Self.digits.test.count)
    workspace.load(Self.digits.test)
    workspace.forward(try study.start(item, of: network, using: RandomStream(seed: 4)))
    return workspace.loss()
  }

  @Test func `factors are powers of two on both sides of one, over the orders asked for`() throws {
    let rescaling = try WeightRescaling([784, 300, 50, 10])
    let factors = rescaling.factors(orders: 2, using: RandomStream(seed: 3))
    #expect(factors.map(\.count) == [300, 50])
    // log₂ 10 = 3.3219 on either side of 0, rounded.
    let exponents = factors.joined().map(log2)
    #expect(Set(exponents) == Set([-3.0, -2, -1, 0, 1, 2, 3]))
    // Seven values that are about equally likely have standard deviation 2: three standard errors.
    #expect(abs(exponents.mean) < 3 * 2 / Double(350).squareRoot())
    #expect(
      rescaling.factors(orders: 0, using: RandomStream(seed: 3)).joined().allSatisfy { $0 == 1 })
  }

  @Test func `rescaled weights are those of the definition`() throws {
    // Two hidden layers with 2 and 1 units: per unit a bias and the weights of its sources.
    let rescaling = try WeightRescaling([1, 2, 1, 2])
    let plain = Parameters<Float>([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    let factors: [[Double]] = [[2, 8], [4]]
    let both = try rescaling.rescaled(plain, by: factors).elements
    #expect(both == [2, 4, 24, 32, 20, 12, 3.5, 8, 2.25, 10, 2.75])
    let incoming = rescaling.rescaledIncoming(plain, by: factors).elements
    #expect(incoming == [2, 4, 24, 32, 20, 24, 28, 8, 9, 10, 11])
  }

  @Test func `all ReLU starts are one function, and those of sigmoid units are not`() throws {
    let study = try study()
    for units in Study.Units.allCases {
      func loss(
        _ parametrization: Study.Parametrization, _ start: Study.Start
      ) throws -> Float {
        try startLoss(study, Study.Case(units, parametrization, .gradientDescent, start))
      }
      let plain = try loss(.unconstrained, .balanced)
      // Scaling by powers of two commutes with rounding.
      #expect(try loss(.normalized, .unbalanced) == loss(.normalized, .balanced))
      if units == .relu {
        #expect(try loss(.unconstrained, .unbalanced) == plain)
        for parametrization in Study.Parametrization.allCases {
          let other = try loss(parametrization, .balanced)
          #expect(abs(other - plain) < 1e-5 * plain, "\(parametrization)")
        }
        #expect(abs(try loss(.conditioned, .unbalanced) - plain) < 1e-5 * plain)
      } else {
        #expect(abs(try loss(.unconstrained, .unbalanced) - plain) > 1e-2 * plain)
        #expect(abs(try loss(.constrained, .balanced) - plain) > 1e-2 * plain)
      }
      // The same weights before they are normalized.
      let constrained = try loss(.constrained, .balanced)
      #expect(abs(try loss(.normalized, .balanced) - constrained) < 1e-5 * constrained)
    }
  }

  @Test func `unbalanced weights are other weights`() throws {
    let study = try study()
    for parametrization in [Study.Parametrization.unconstrained, .normalized] {
      let starts = try [Study.Start.balanced, .unbalanced].map { start in
        let item = Study.Case(.relu, parametrization, .gradientDescent, start)
        return try study.start(
          item, of: study.network(item), using: RandomStream(seed: 4)
        ).elements
      }
      let changed = zip(starts[0], starts[1]).count { $0 != $1 }
      #expect(changed > starts[0].count / 2)
    }
  }

  @Test func `projection gives incoming weights norm 1 and leaves all else alone`() throws {
    let network = try Network.layered([2, 2, 2], activation: .sigmoid, output: .softmax)
    let plain = Parameters<Float>([2, 1, 2, 0, 0, 0, 7, 8, 9, 10, 11, 12])
    var projected = plain
    UnitSpheres(network).project(&projected)
    let expected: [Float] = [2 / 3, 1 / 3, 2 / 3, 0, 0, 0, 7, 8, 9, 10, 11, 12]
    for (value, number) in zip(projected.elements, expected) { #expect(abs(value - number) < 1e-6) }
    #expect(plain.elements[0] == 2)
  }

  @Test func `constrained training stays on the spheres, and learns`() throws {
    let study = try study()
    let item = Study.Case(.sigmoid, .constrained, .gradientDescent, .balanced)
    let training = try study.train(
      item, stepSize: 0.3, on: Self.digits.train, epochs: 3, stream: RandomStream(seed: 6)
    ) { false }
    let network = try study.network(item)
    for layer in 0...1 {
      for unit in 0..<[12, 8][layer] {
        let range = network.parameters(layer: layer, unit: unit)
        let square = range.reduce(0) {
          $0 + training.parameters[$1] * training.parameters[$1]
        }
        #expect(abs(square - 1) < 1e-5)
      }
    }
    let start = try study.start(item, of: network, using: RandomStream(seed: 6))
    #expect(training.parameters.elements != start.elements)
    #expect(training.records[2].trainLoss < 0.95 * training.records[0].trainLoss)
  }

  @Test func `invariant methods train the same to the last bit, and others do not`() throws {
    let result = try #require(try study().run())
    for method in Study.MethodName.allCases {
      let deviation = result.deviation(.relu, .unconstrained, method)
      if method.isInvariant {
        #expect(deviation == 0, "\(method)")
      } else {
        #expect(deviation > 0.05, "\(method)")
        let retuned = result.curves(.relu, .unconstrained, method, .retuned)
        #expect(retuned.count == 1)
      }
      let curve = result.curves(.relu, .unconstrained, method, .balanced)[0]
      // Guessing has ln 10 = 2.30.
      #expect(curve.failure == nil && curve.trainLoss < 2.25, "\(method): \(curve.trainLoss)")
    }
    #expect(result.startDeviation(.relu) == 0 && result.startDeviation(.sigmoid) > 1e-2)
    // The factors that undo those of the start are rounded; 180 steps may carry that further.
    #expect(result.deviation(.relu, .conditioned, .gradientDescent) < 1e-2)
    #expect(result.deviation(.relu, .normalized, .gradientDescent) > 0.05)
    #expect(result.deviation(.sigmoid, .unconstrained, .quasiDiagonal) > 0.05)

    // The unbalanced start has the step size of the balanced one, the retuned one its own.
    for item in result.curves.map(\.item) where item.start == .unbalanced {
      let sizes = result.curves(item.units, item.parametrization, item.method, .balanced)
        .map(\.stepSize)
      #expect(
        result.curves(item.units, item.parametrization, item.method, .unbalanced).map(\.stepSize)
          == sizes)
    }
    let descent = Study.Start.allCases.map {
      result.curves(.relu, .unconstrained, .gradientDescent, $0)[0]
    }
    #expect(descent[2].stepSize < descent[0].stepSize)

    // What was learned outlives rescaling with ReLU units only.
    for method in Study.MethodName.allCases {
      let curve = result.curves(.relu, .unconstrained, method, .balanced)[0]
      #expect(try abs(#require(curve.rescalingRise)) < 0.5, "\(method)")
    }
    let sigmoid = result.curves(.sigmoid, .unconstrained, .gradientDescent, .balanced)[0]
    #expect(try #require(sigmoid.rescalingRise) > 5)

    let claims = result.claims.list
    #expect(claims.count == 13)
    for claim in claims where claim.statement.contains("unbalanced start") {
      #expect(claim.isMet, "\(claim)")
    }
    #expect(result.notes.contains { $0.contains("sigmoid") })
    #expect(result.notes.contains { $0.contains("synthetic") })
    #expect(result.summary.count == 27 && result.trials.count == 16)
  }

  @Test func `without orders of magnitude both starts are one, and nothing is claimed of them`()
    throws
  {
    let study = try study {
      ($0.orders, $0.epochs, $0.methods, $0.stepSizes) = (0, 1, [.adam], [0.01])
    }
    let result = try #require(try study.run())
    #expect(result.methods(.relu) == [.gradientDescent, .adam])
    #expect(result.methods(.sigmoid) == [.gradientDescent])
    for method in result.methods(.relu) {
      #expect(result.deviation(.relu, .unconstrained, method) == 0)
    }
    #expect(result.claims.list.count == 6)
  }

  @Test func `every training is announced, and an interruption leaves complete runs`() throws {
    let study = try study {
      ($0.runs, $0.epochs, $0.methods, $0.threads) = (2, 1, [.adam], 1)
      $0.stepSizes = [0.01]
    }
    let done = Counter()
    let whole = try #require(try study.run(progress: { done.next() }))
    #expect(done.count == study.pieceCount && whole.options.runs == 2)

    let partial = Counter()
    let limit = study.pieceCount - 3
    let result = try #require(
      try study.run(shouldStop: { partial.count >= limit }, progress: { partial.next() }))
    #expect(result.options.runs == 1)
    #expect(result.curves.map(\.item) == study.cases)
    #expect(result.curves.map(\.losses) == whole.curves.filter { $0.run == 0 }.map(\.losses))
    #expect(try study.run(shouldStop: { true }) == nil)
  }

  @Test func `options that make no sense are refused by name`() {
    let wrong: [(String, (inout RescalingStudy.Options) -> Void)] = [
      ("--methods", { $0.methods = [] }), ("--orders -1.0", { $0.orders = -1 }),
      ("--step-sizes", { $0.stepSizes = [] }), ("--step-sizes", { $0.stepSizes = [0.1, 0] }),
      ("--hidden", { $0.hidden = [] }), ("--hidden [0]", { $0.hidden = [0] }),
      ("--epochs 0", { $0.epochs = 0 }), ("--batch 0", { $0.batch = 0 }),
      ("--runs 0", { $0.runs = 0 }), ("--samples 0", { $0.samples = 0 }),
      ("--trial-samples 0", { $0.trialSamples = 0 }), ("--threads 0", { $0.threads = 0 }),
    ]
    for (start, change) in wrong {
      do {
        _ = try study(change)
        Issue.record("\(start) is accepted")
      } catch {
        #expect("\(error)".hasPrefix(start), "\(error)")
      }
    }
  }
}
