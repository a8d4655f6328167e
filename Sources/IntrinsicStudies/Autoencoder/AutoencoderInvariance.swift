import Foundation
import Intrinsic
import IntrinsicMath

/// How far the sigmoid and the tanh trajectory of a method drift apart from corresponding starts:
/// |L_sigmoid − L_tanh|/L_tanh at each iteration, without damping and with the damping of the study.
///
/// The unit matrices of the study's 16 samples are singular, so this uses 128 strings, for which the
/// undamped step exists. With equal Monte Carlo draws on both sides those methods belong here too.
struct AutoencoderInvariance: Sendable {
  struct LearningCurve: Sendable {
    let title: String
    let isInvariant: Bool
    let colour: Int
    let damping: Double
    /// Relative deviation after each iteration.
    var deviation: [Double] = []
    /// Why it ended before its last iteration, if it did.
    var failure: String?
  }

  let curves: [LearningCurve]
  static let iterations = 20
  static let sampleCount = 128

  init(wiring: AutoencoderStudy.Wiring, damping: Double, stream: RandomStream) throws {
    let problem = try AutoencoderProblem(
      wiring: wiring, sampleCount: Self.sampleCount, stream: stream)
    let names: [AutoencoderStudy.MethodName] = [
      .backpropagation, .diagonalGaussNewton, .adagrad, .unitwiseNatural, .quasiDiagonalNatural,
      .backpropagated, .quasiDiagonalBackpropagated, .monteCarloUnitwise,
      .monteCarloQuasiDiagonal, .unitwiseEmpiricalFisher, .quasiDiagonalEmpiricalFisher,
    ]
    let methods = AutoencoderMethod.list(names, monteCarloSamples: [1])
    curves = (damping > 0 ? [0, damping] : [0]).flatMap { damping in
      methods.map { Self.curve($0, damping, problem, stream.child($0.identifier)) }
    }
  }

  private static func curve(
    _ method: AutoencoderMethod, _ damping: Double, _ problem: AutoencoderProblem,
    _ stream: RandomStream
  ) -> LearningCurve {
    var curve = LearningCurve(
      title: method.title, isInvariant: method.isInvariant, colour: method.colour,
      damping: damping)
    do {
      let sides = try AutoencoderStudy.ActivationName.allCases.map { activation in
        try BoldDriverDescent(
          method.method(damping: damping), problem[activation].network,
          from: problem[activation].start, samples: problem[activation].samples, stream: stream)
      }
      for _ in 0..<iterations {
        for side in sides { try side.iterate() }
        curve.deviation.append(abs(sides[0].loss - sides[1].loss) / sides[1].loss)
      }
    } catch {
      curve.failure = "\(error)"
    }
    return curve
  }

  /// LearningCurves that ended early, one line each.
  var failures: [String] {
    curves.compactMap { curve in
      curve.failure.map {
        "Invariance check of \(curve.title), damping \(curve.damping), iteration "
          + "\(curve.deviation.count): \($0)"
      }
    }
  }

  /// The fewest iterations that a method of a kind managed: without damping, matrices lose their
  /// inverse as training goes on.
  func shortest(invariant: Bool, damping: Double) -> Int {
    selected(invariant, damping).map(\.deviation.count).min() ?? 0
  }

  /// The largest deviation of a kind of methods; NaN if one of them hardly started.
  func worst(invariant: Bool, damping: Double) -> Double {
    guard shortest(invariant: invariant, damping: damping) >= 5 else { return .nan }
    return selected(invariant, damping).flatMap(\.deviation).max() ?? .nan
  }

  /// The smallest of the final deviations of a kind of methods; NaN if one hardly started.
  func leastFinal(invariant: Bool, damping: Double) -> Double {
    guard shortest(invariant: invariant, damping: damping) >= 5 else { return .nan }
    return selected(invariant, damping).compactMap(\.deviation.last).min() ?? .nan
  }

  private func selected(_ invariant: Bool, _ damping: Double) -> [LearningCurve] {
    curves.filter { $0.isInvariant == invariant && $0.damping == damping }
  }
}
