import Foundation
import Intrinsic
import IntrinsicMath

/// Which hidden units of a two-layer ReLU network grow on a toy problem, and how their norms and
/// gradients are related in the end (Morwani and Ramaswamy 2022, §1).
struct UnitsPart: Sendable {
  let data: ToyData
  let hidden: Int
  /// −ln L where training ends.
  let level: Double
  /// Runs × schemes.
  let curves: [[LogDomainCurve]]

  init(
    _ data: ToyData, hidden: Int, level: Double, runs: Int, threads: Int, seed: UInt64,
    maximumSteps: Int, shouldStop: @escaping @Sendable () -> Bool,
    progress: @escaping @Sendable () -> Void
  ) throws {
    self.data = data
    self.hidden = hidden
    self.level = level
    let items = (0..<runs).flatMap { run in WeightScheme.allCases.map { (run, $0) } }
    let all = try WorkQueue.map(items, threads: threads) { run, scheme in
      var stream = RandomStream(seed: seed).child(data.rawValue, run)
      let samples = data.samples(using: &stream)
      let network = try Network.layered(
        [2, hidden, 1], activation: .relu, output: .exponential, bias: false)
      // Small weights at the start leave room to grow.
      let start = Model(
        network: network,
        parameters: Parameters((0..<network.parameterCount).map { _ in 0.3 * stream.normal() }))
      let curve = try LogDomainCurve(
        scheme, from: start, on: samples, levels: [-level], interval: level / 100,
        maximumSteps: maximumSteps, shouldStop: shouldStop)
      progress()
      return curve
    }
    curves = (0..<runs).map { run in
      Array(all[run * WeightScheme.allCases.count..<(run + 1) * WeightScheme.allCases.count])
    }
  }

  func curves(_ scheme: WeightScheme) -> [LogDomainCurve] {
    curves.flatMap { $0 }.filter { $0.scheme == scheme }
  }

  /// The hidden units whose norm has grown, since −ln L was a tenth of what it is in the end, by more
  /// than half as much (in logarithms) as that of the unit that has grown most.
  static func growing(_ curve: LogDomainCurve) -> [Int] {
    let end = curve.records.last!
    guard let before = curve.record(at: end.logLoss / 10) else { return [] }
    let growth = zip(end.units[0], before.units[0]).map { log($0.norm / $1.norm) }
    guard let most = growth.filter(\.isFinite).max(), most > 0 else { return [] }
    return growth.indices.filter { growth[$0] > most / 2 }
  }

  /// The largest over the least of ‖w‖/‖∇‖ and of ‖w‖·‖∇‖ among units of a record.
  static func spreads(
    _ record: LogDomainRecord, units: [Int]
  ) -> (ratio: Double, product: Double) {
    func spread(_ values: [Double]) -> Double { (values.max() ?? .nan) / (values.min() ?? .nan) }
    let matching = units.map { record.units[0][$0] }
    return (
      spread(matching.map { $0.norm / $0.gradientNorm }),
      spread(matching.map { $0.norm * $0.gradientNorm })
    )
  }

  /// The spreads of each unit's medians over the last fifth of −ln L: descent jumps to and fro across
  /// the kinks of ReLU units, and gradients with it.
  static func lateSpreads(
    _ curve: LogDomainCurve, units: [Int]
  ) -> (ratio: Double, product: Double) {
    let late = curve.records.filter { $0.logLoss <= 0.8 * curve.records.last!.logLoss }
    func spread(_ value: (LogDomainRecord.Unit) -> Double) -> Double {
      let medians = units.map { unit in late.map { value($0.units[0][unit]) }.median }
      return (medians.max() ?? .nan) / (medians.min() ?? .nan)
    }
    return (spread { $0.norm / $0.gradientNorm }, spread { $0.norm * $0.gradientNorm })
  }

  /// The medians over runs in the end.
  func medians(
    _ scheme: WeightScheme
  ) -> (growing: Double, ratio: Double, product: Double, logLoss: Double) {
    let matching = curves(scheme)
    let units = matching.map(Self.growing)
    let spreads = zip(matching, units).map { Self.lateSpreads($0, units: $1) }
    return (
      units.map { Double($0.count) }.median, spreads.map(\.ratio).median,
      spreads.map(\.product).median, matching.map { $0.records.last!.logLoss }.median
    )
  }
}
