import Foundation
import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

/// The study on digits that are drawn, with networks of a few units.
@Suite struct PathStudyTests {
  private static let digits = Digits.synthetic(
    train: 400, test: 200, using: RandomStream(seed: 2))

  private func study(
    _ change: (inout PathStudy.Options) -> Void = { _ in }
  ) throws -> PathStudy {
    var options = PathStudy.Options(seed: 1, threads: 2)
    (options.hidden, options.epochs, options.batch, options.runs) = ([12], 3, 20, 2)
    (options.stepSizes, options.trialSamples) = ([0.3, 0.03, 0.003], 400)
    change(&options)
    return try PathStudy(options, on: Self.digits)
  }

  @Test func `members are named by their ends`() throws {
    let names = try study().variants.map(\.name)
    #expect(
      names == [
        "gradient-descent", "diagonal-natural", "path-sgd", "ddp-sgd-second-moment-0.5",
        "ddp-sgd-covariance-0.5", "ddp-sgd-second-moment-1.0", "ddp-sgd-covariance-1.0",
        "path-normalization", "ddp-normalization-second-moment-0.5",
        "ddp-normalization-covariance-0.5", "ddp-normalization-second-moment-1.0",
        "batch-normalization",
      ])
    #expect(try study { $0.alphas = [1, 0, 1] }.variants.count == 8)
  }

  @Test func `every member is trained with its best step size, and learns`() throws {
    let study = try study()
    let counted = Counter()
    let result = try #require(try study.run(progress: { counted.next() }))
    #expect(counted.count == study.pieceCount)
    #expect(result.curves.count == 2 * study.variants.count)
    for trial in result.trials {
      let losses = trial.choice.losses
      let best = losses.indices.min { losses[$0] < losses[$1] }!
      #expect(trial.choice.stepSize == study.options.stepSizes[best], "\(trial.variant.name)")
    }
    for curve in result.curves {
      #expect(curve.records.map(\.epoch) == [1, 2, 3] && curve.failure == nil)
      // Guessing leaves log 10 nats and 90 % errors.
      #expect(
        curve.records[2].trainLoss < min(2.2, curve.records[0].trainLoss),
        "\(curve.variant.name): \(curve.records)")
      #expect(curve.records[2].testError < 0.8, "\(curve.variant.name)")
    }
    #expect(result.figures.map(\.name) == ["path", "path-time"])
    let rows = result.records.csv().split(separator: "\n")
    #expect(rows.count == 1 + 3 * result.curves.count)
    #expect(result.claims.list.count == 5)
    #expect(try self.study { $0.alphas = [0.5] }.variants.count == 6)
  }

  @Test func `results are those of the seed`() throws {
    func losses(_ seed: UInt64, threads: Int) throws -> [Double] {
      let study = try study {
        ($0.seed, $0.threads, $0.alphas, $0.runs) = (seed, threads, [1], 1)
      }
      return try #require(try study.run()).curves.flatMap { $0.records.map(\.trainLoss) }
    }
    #expect(try losses(3, threads: 1) == losses(3, threads: 2))
    #expect(try losses(3, threads: 1) != losses(4, threads: 1))
  }

  @Test func `stopping keeps complete runs only`() throws {
    // With two threads the second run can have begun before the first has ended.
    let study = try study { ($0.alphas, $0.threads) = ([0], 1) }
    let total = study.variants.count
    let trials = total * study.options.stepSizes.count
    let counted = Counter()
    let result = try study.run(
      shouldStop: { counted.count >= trials + total }, progress: { counted.next() })
    #expect(try #require(result).options.runs == 1)
    #expect(try study.run(shouldStop: { true }) == nil)
  }

  @Test func `options that make no sense are refused by name`() {
    func option(_ change: @escaping (inout PathStudy.Options) -> Void) -> String? {
      do { _ = try study(change) } catch { return (error as? OptionError)?.option }
      return nil
    }
    #expect(option { $0.alphas = [1.5] } == "alphas")
    #expect(option { $0.alphas = [] } == "alphas")
    #expect(option { $0.stepSizes = [0.1, 0] } == "step-sizes")
    #expect(option { $0.hidden = [0] } == "hidden")
    #expect(option { $0.batch = 1 } == "batch")
    #expect(option { $0.runs = 0 } == "runs")
    #expect(option { $0.damping = -1 } == "damping")
    #expect(option { $0.averagingRate = 0 } == "averaging-rate")
  }
}
