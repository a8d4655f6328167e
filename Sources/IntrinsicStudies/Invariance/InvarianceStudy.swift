import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// What each training method is invariant under, declared and measured: one step and a trajectory of
/// every method from both sides of every transformation of a small network.
public struct InvarianceStudy: Sendable {
  public struct Options: Codable, Sendable {
    public var network = NetworkName.tanh
    public var methods = MethodName.allCases
    /// Those that do not apply to the network are left out, with a note.
    public var transformations = Transformation.Kind.allCases
    /// ε added to the matrix of every metric.
    public var damping = 0.0
    public var steps = 50
    public var samples = 64
    public var seed: UInt64

    public init(seed: UInt64) { self.seed = seed }
  }

  public enum StudyError: Error, CustomStringConvertible {
    case invalid(option: String, value: String, rule: String)
    case nothingApplies(network: String, reasons: [String])

    public var description: String {
      switch self {
      case .invalid(let option, let value, let rule): "--\(option) \(value): \(rule)"
      case .nothingApplies(let network, let reasons):
        "no transformation asked for applies to the network \(network): "
          + reasons.joined(separator: "; ")
      }
    }
  }

  public let options: Options

  /// - Throws: if an option makes no sense.
  public init(_ options: Options) throws(StudyError) {
    func check(
      _ holds: Bool, _ option: String, _ value: Any, _ rule: String
    ) throws(StudyError) {
      if !holds { throw .invalid(option: option, value: "\(value)", rule: rule) }
    }
    try check(
      options.damping >= 0 && options.damping.isFinite, "damping", options.damping,
      "a finite number ≥ 0 is needed")
    try check(
      (0...100_000).contains(options.steps), "steps", options.steps,
      "a number from 0 to 100000 is needed")
    try check(
      (1...100_000).contains(options.samples), "samples", options.samples,
      "a number from 1 to 100000 is needed")
    try check(!options.methods.isEmpty, "methods", "(none)", "name at least one method")
    try check(
      !options.transformations.isEmpty, "transformations", "(none)",
      "name at least one transformation")
    self.options = options
  }

  /// Measures everything.
  public func run() throws -> InvarianceResult {
    let stream = RandomStream(seed: options.seed)
    var (weights, data) = (stream.child("weights"), stream.child("samples"))
    let model = try options.network.model(using: &weights)
    let samples = options.network.samples(
      model.network, count: options.samples, using: &data)
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
      throw StudyError.nothingApplies(network: options.network.rawValue, reasons: left)
    }
    var cells: [InvarianceResult.Cell] = []
    for name in options.methods {
      let method = name.method(damping: options.damping)
      for (kind, value) in transformations {
        let verification = try Verification(
          method, under: value, on: model, samples, settings: settings,
          stream: stream.child(name.rawValue))
        cells.append(.init(name, kind, verification))
      }
    }
    return InvarianceResult(
      options: options, transformations: transformations.map(\.kind), cells: cells, left: left,
      course: try dampingCourse(model, samples, stream))
  }

  /// The deviation of one step under one affine change as additive damping grows.
  private func dampingCourse(
    _ model: Model, _ samples: Samples<Double>, _ stream: RandomStream
  ) throws -> [InvarianceResult.Course] {
    var draws = stream.child(Transformation.Kind.affine.rawValue)
    let change = try Transformation.random(.affine, for: model, using: &draws)
    var settings = Verification.Settings()
    settings.steps = 0
    let names: [MethodName] = [
      .unitwiseNatural, .backpropagated, .quasiDiagonalNatural, .quasiDiagonalBackpropagated,
      .diagonalGaussNewton,
    ]
    return try names.map { name in
      var course = InvarianceResult.Course(method: name, damping: [], deviation: [])
      for power in -16...0 {
        let epsilon = pow(10, Double(power) / 2)
        let result = try Verification(
          name.method(damping: epsilon), under: change, on: model, samples, settings: settings,
          stream: stream.child(name.rawValue))
        course.damping.append(epsilon)
        course.deviation.append(result.stepDeviation ?? .nan)
      }
      return course
    }
  }
}
