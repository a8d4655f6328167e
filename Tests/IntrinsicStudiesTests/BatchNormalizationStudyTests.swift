import Foundation
import Intrinsic
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

/// The study on a few small images that are drawn.
@Suite struct BatchNormalizationStudyTests {
  private static let images = StudyImages.synthetic(
    train: 120, test: 60, side: 16, using: RandomStream(seed: 3))

  private func study(
    _ change: (inout BatchNormalizationStudy.Options) -> Void = { _ in }
  ) throws -> BatchNormalizationStudy {
    var options = BatchNormalizationStudy.Options(seed: 1, threads: 2)
    (options.channels, options.hidden, options.side) = ([3, 3, 4, 4], 8, 8)
    (options.samples, options.testSamples, options.epochs, options.runs) = (120, 60, 2, 1)
    (options.smallBatch, options.largeBatch, options.batches) = (10, 40, [10, 40])
    (options.population, options.populationInterval, options.fineTuning) = (60, 2, 2)
    change(&options)
    return try BatchNormalizationStudy(options, on: Self.images)
  }

  @Test func `images are averaged, and their channels standardized`() {
    let small = Self.images.averaged(to: 8, train: 100, test: 60)
    #expect(small.train.count == 100 && small.test.count == 60)
    #expect(small.shape == ImageShape(height: 8, width: 8, channels: 3))
    func averages(_ sample: Int, _ channel: Int, _ y: Int, _ x: Int) -> Float {
      var sum: Float = 0
      for (dy, dx) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        sum += Self.images.train.inputs[((2 * y + dy) * 16 + 2 * x + dx) * 3 + channel, sample]
      }
      return sum / 4
    }
    for channel in 0..<3 {
      var (raw, own): ([Double], [Double]) = ([], [])
      for sample in 0..<100 {
        for y in 0..<8 {
          for x in 0..<8 {
            raw.append(Double(averages(sample, channel, y, x)))
            own.append(Double(small.train.inputs[(y * 8 + x) * 3 + channel, sample]))
          }
        }
      }
      let deviation = raw.map { ($0 - raw.mean) * ($0 - raw.mean) }.mean.squareRoot()
      for (a, b) in zip(raw, own) { #expect(abs((a - raw.mean) / deviation - b) < 1e-4) }
    }
  }

  @Test func `networks are normalized where they should be`() throws {
    let study = try study()
    func normalized(_ variant: BatchNormalizationStudy.Variant) throws -> [Int] {
      let network = try study.network(variant)
      #expect(network.outputCount == 10)
      return network.layers.indices.filter { network.layers[$0].normalization != nil }
    }
    #expect(try normalized(.plain).isEmpty)
    #expect(try normalized(.normalized(.batch, batch: 10, dropout: false)).count == 5)
    #expect(try normalized(.oneLayer(2, batch: 10)).count == 1)
    let dropped = try study.network(.normalized(.weight, batch: 10, dropout: true))
    #expect(dropped.layers.filter { $0.dropout == 0.25 }.count == 5)
  }

  @Test func `every training goes its way, and is reported`() throws {
    let study = try study()
    let counted = Counter()
    let result = try #require(try study.run(progress: { counted.next() }))
    #expect(counted.count == study.pieceCount && result.curves.count == study.pieceCount)
    for curve in result.curves {
      #expect(curve.failure == nil && curve.records.count == 2, "\(curve.variant)")
      let expected: Int =
        switch curve.variant {
        case .plain: 0
        case .oneLayer: 1
        default: 5
        }
      #expect(curve.gains.count == expected)
    }
    let tuned = result.curves.compactMap(\.fineTuning)
    #expect(tuned.count == 1 && tuned[0].before.count == 6)
    // It goes on from the same function.
    let batch = result.curves.first { $0.fineTuning != nil }!
    #expect(abs(tuned[0].records[0].evaluatedTrainLoss - batch.records[1].evaluatedTrainLoss) < 0.3)
    #expect(result.figures.count == 5 && result.claims.list.count == 11)
    #expect(result.notes == [Self.images.note!])
    // Variants differ.
    let losses = Set(result.curves.map { $0.records[1].testLoss })
    #expect(losses.count == result.curves.count)
  }

  @Test func `options that make no sense are refused by name`() {
    func option(_ change: @escaping (inout BatchNormalizationStudy.Options) -> Void) -> String? {
      do { _ = try study(change) } catch { return (error as? OptionError)?.option }
      return nil
    }
    #expect(option { $0.channels = [3, 3] } == "channels")
    #expect(option { $0.side = 5 } == "side")
    #expect(option { $0.batches = [1] } == "batches")
    #expect(option { $0.largeBatch = 121 } == "batches")
    #expect(option { $0.epochs = 0 } == "epochs")
    #expect(option { $0.stepSize = 0 } == "step-size")
    #expect(option { $0.fineTuningStepSize = .nan } == "fine-tuning-step-size")
  }
}
