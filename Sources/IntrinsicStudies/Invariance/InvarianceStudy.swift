import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// What each training method is invariant under, declared and measured: one step and a trajectory of
/// every method from both sides of every transformation of a small network.
package struct InvarianceStudy: Sendable {
  package struct Options: Codable, Sendable {
    package var network = NetworkName.tanh
    package var methods = MethodName.allCases
    /// Those that do not apply to the network are left out, with a note.
    package var transformations = Transformation.Kind.allCases
    /// The amount of damping of every metric, of the kind below.
    package var damping = 0.0
    package var dampingKind = DampingKind.additive
    /// The weight of each new estimate in a moving average of the metric; 1 for none.
    package var averagingRate = 1.0
    package var steps = 50
    package var samples = 64
    package var seed: UInt64

    package init(seed: UInt64) { self.seed = seed }
  }

  package let options: Options
  /// What invariance is measured on, if it is not one of the built-in networks.
  private let subject: (model: Model, samples: Samples<Double>)?

  /// A study with everything drawn and checked.
  ///
  /// - Parameters:
  ///   - options: what is measured.
  ///   - subject: a model with samples to measure invariance on, in the place of `options.network`.
  /// - Throws: if an option makes no sense.
  package init(
    _ options: Options, on subject: (model: Model, samples: Samples<Double>)? = nil
  ) throws(OptionError) {
    try OptionError.checkNotNegative(["damping": options.damping])
    try OptionError.checkShare(["averaging-rate": options.averagingRate])
    try OptionError.check(0...100_000, ["steps": options.steps])
    try OptionError.check(1...100_000, ["samples": options.samples])
    try OptionError.check(methods: options.methods)
    try OptionError.check(
      !options.transformations.isEmpty, "transformations", "(none)",
      "name at least one transformation")
    self.options = options
    self.subject = subject
  }

  /// The model that invariance is measured on.
  package func model() throws -> Model {
    let stream = RandomStream(seed: options.seed)
    return try (subject ?? options.network.subject(options.samples, using: stream)).model
  }

  /// Measures everything.
  package func run() throws -> InvarianceResult {
    let stream = RandomStream(seed: options.seed)
    let (model, samples) = try subject ?? options.network.subject(options.samples, using: stream)
    var settings = Verification.Settings()
    settings.steps = options.steps

    var transformations: [(kind: Transformation.Kind, value: Transformation)] = []
    var left: [String] = []
    for kind in options.transformations {
      var draws = stream.child(kind.rawValue)
      do throws(TransformationError) {
        transformations.append((kind, try .random(kind, for: model, using: &draws)))
      } catch {
        left.append("\(kind.rawValue) does not apply: \(error)")
      }
    }
    if transformations.isEmpty {
      throw OptionError(
        option: "transformations",
        value: options.transformations.map(\.rawValue).joined(separator: " "),
        rule: "none applies to the network: " + left.joined(separator: "; "))
    }
    var cells: [InvarianceResult.Cell] = []
    for name in options.methods {
      let method = name.method(
        options.dampingKind.damping(options.damping), MetricAveraging(rate: options.averagingRate))
      for (kind, value) in transformations {
        let verification = try Verification(
          method, under: value, on: model, samples, settings: settings,
          stream: stream.child(name.rawValue))
        cells.append(.init(name, kind, verification))
      }
    }
    return InvarianceResult(
      options: options, transformations: transformations.map(\.kind), cells: cells, left: left,
      curve: try dampingCourse(model, samples, stream),
      orders: try ReparametrizationOrder.methods.filter(options.methods.contains).map {
        try ReparametrizationOrder($0, stream: stream.child("order"))
      })
  }

  /// The deviation of one step under one affine change as damping of each kind grows; none if the
  /// network has no units to change.
  private func dampingCourse(
    _ model: Model, _ samples: Samples<Double>, _ stream: RandomStream
  ) throws -> [InvarianceResult.LearningCurve] {
    var draws = stream.child(Transformation.Kind.affine.rawValue)
    guard let change = try? Transformation.random(.affine, for: model, using: &draws) else {
      return []
    }
    var settings = Verification.Settings()
    settings.steps = 0
    let shown: [(MethodName, [DampingKind])] = [
      (.unitwiseNatural, [.additive]), (.backpropagated, [.additive]),
      (.quasiDiagonalNatural, [.additive]), (.quasiDiagonalBackpropagated, DampingKind.allCases),
    ]
    return try shown.flatMap { name, kinds in
      try kinds.map { kind in
        var curve = InvarianceResult.LearningCurve(method: name, kind: kind)
        for power in -16...0 {
          let amount = pow(10, Double(power) / 2)
          let result = try Verification(
            name.method(kind.damping(amount)), under: change, on: model, samples,
            settings: settings, stream: stream.child(name.rawValue))
          curve.damping.append(amount)
          curve.deviation.append(result.stepDeviation ?? .nan)
        }
        return curve
      }
    }
  }
}
