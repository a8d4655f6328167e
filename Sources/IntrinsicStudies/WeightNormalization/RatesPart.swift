import Foundation
import Intrinsic
import IntrinsicMath

/// How fast the loss of linear networks falls with time t = Σ η, by depth: c in Θ(1/(t (ln t)^c))
/// (Morwani and Ramaswamy 2022, §1; Lyu and Li 2020).
struct RatesPart: Sendable {
  static let depths = [1, 2, 3, 4]

  let level: Double
  /// Depths × schemes.
  let curves: [[LogDomainCurve]]

  init(
    level: Double, threads: Int, seed: UInt64, maximumSteps: Int,
    shouldStop: @escaping @Sendable () -> Bool, progress: @escaping @Sendable () -> Void
  ) throws {
    self.level = level
    let items = Self.depths.flatMap { depth in WeightScheme.allCases.map { (depth, $0) } }
    let all = try WorkQueue.map(items, threads: threads) { depth, scheme in
      let stream = RandomStream(seed: seed).child("rates")
      var drawing = stream.child("data")
      let samples = ToyData.separable.samples(using: &drawing)
      let network = try Network.layered(
        [2] + [Int](repeating: 4, count: depth - 1) + [1], activation: .identity,
        output: .exponential, bias: false)
      var weights = stream.child("weights", depth)
      let start = Model(
        network: network,
        parameters: Initialization.normal(gain: 1).parameters(network, using: &weights))
      let curve = try LogDomainCurve(
        scheme, from: start, on: samples, levels: [-level], interval: level / 300,
        maximumSteps: maximumSteps, shouldStop: shouldStop)
      progress()
      return curve
    }
    let schemes = WeightScheme.allCases.count
    curves = Self.depths.indices.map { Array(all[$0 * schemes..<($0 + 1) * schemes]) }
  }

  func curve(_ scheme: WeightScheme, depth: Int) -> LogDomainCurve {
    curves[depth - 1].first { $0.scheme == scheme }!
  }

  /// Fits where ln t is above a fifth of its value at the end: c of −ln L = ln t + c ln ln t + const,
  /// and the exponent of t when c is held at what theory says.
  func fit(_ scheme: WeightScheme, depth: Int) -> (logExponent: Double, exponent: Double)? {
    let all = curve(scheme, depth: depth).records
    let late = all.filter { $0.logTime > all.last!.logTime / 5 }
    guard late.count > 10 else { return nil }
    let times = late.map(\.logTime)
    let theory = scheme.rateExponent(degree: depth)
    return (
      LineFit(times.map { log($0) }, late.map { -$0.logLoss - $0.logTime }).slope,
      LineFit(times, late.map { -$0.logLoss - theory * log($0.logTime) }).slope
    )
  }
}
