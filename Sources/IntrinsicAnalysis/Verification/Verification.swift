import Intrinsic
import IntrinsicMath

/// What a transformation does to a training method on a model, measured: the function before and
/// after it, one step from both sides, and a trajectory from both sides.
///
/// With θ the parameters, g the transformation, f and f′ the functions of both sides, δθ and δθ′ the
/// steps and η the step size:
///
/// - function: max |f′(gθ) − f(θ)|;
/// - step: max |f′(gθ + ηδθ′) − f(θ + ηδθ)| over the effect of the step, max |f(θ + ηδθ) − f(θ)|;
/// - parameters: max |g⁻¹δθ′ − δθ| over max |δθ|;
/// - trajectory: max over steps t of |L′_t − L_t|/|L_t|.
///
/// All maxima run over outputs and samples, or parameters.
public struct Verification: Codable, Sendable {
  /// How gradients become steps; nil for a rule that no optimizer of the library names.
  public let method: Optimizer?
  /// What the transformation is composed of.
  public let transformation: [Transformation.Kind]
  /// Whether the method is invariant by its structure.
  public let isDeclared: Bool
  /// max |f′ − f| before any step.
  public let functionDeviation: Double
  /// The least pivot of the matrices that the step inverts, scaled to a diagonal of ones; nil if
  /// they are damped or there are none.
  public private(set) var smallestPivot: Double?
  /// The effect of the step: max |f(θ + ηδθ) − f(θ)|.
  public private(set) var stepEffect: Double?
  /// Deviation of the outputs after one step, relative to the effect of the step.
  public private(set) var stepDeviation: Double?
  /// Deviation of the step in the space of parameters, relative to the step.
  public private(set) var parameterDeviation: Double?
  /// The largest relative deviation of the losses of a trajectory, as far as it went.
  public private(set) var trajectoryDeviation: Double?
  /// Why something was not measured.
  public private(set) var failure: String?

  /// How many steps of what size a verification takes.
  public struct Settings: Codable, Sendable {
    /// η, the same on both sides.
    public var stepSize = 0.01
    /// Steps of the trajectory, 0 for none.
    public var steps = 50

    /// One step, and a trajectory of 50.
    public init() {}
  }

  /// Pivots below this count as 0: the step exists in exact arithmetic at most.
  public static let leastPivot = 1e-6

  /// Measures a method on a model and on its transformed twin.
  ///
  /// What keeps the step from existing, such as a singular matrix, is no error but ``failure``, with
  /// ``verdict-swift.property`` ``Verdict-swift.enum/undefined``.
  ///
  /// - Parameters:
  ///   - method: how gradients become steps.
  ///   - transformation: what changes no function.
  ///   - model: where it is measured.
  ///   - samples: the batch of each step, and where functions are compared.
  ///   - settings: how far the trajectory goes.
  ///   - stream: where Monte Carlo methods draw from, the same on both sides.
  /// - Complexity: one step and `settings.steps` steps of the method on each side.
  /// - Throws: if the transformation does not apply to the model.
  public init(
    _ method: Optimizer, under transformation: Transformation, on model: Model,
    _ samples: Samples<Double>, settings: Settings = Settings(), stream: RandomStream
  ) throws(TransformationError) {
    try self.init(
      method, under: transformation, on: model, samples, settings: settings,
      isDeclared: Invariance.declared(for: method, under: transformation, of: model.network),
      conditioning: {
        guard case .metric(let metric, let damping, _) = method, damping.additive == 0,
          damping.pseudoInverse == nil
        else { return nil }
        return try Conditioning(metric, damping, at: model, samples, stream: stream)
      }
    ) { try method.rule(for: $0, maximumBatchSize: samples.count, stream: stream) }
  }

  /// Measures a rule on a model and on its transformed twin.
  ///
  /// - Parameters:
  ///   - transformation: what changes no function.
  ///   - model: where it is measured.
  ///   - samples: the batch of each step, and where functions are compared.
  ///   - settings: how far the trajectory goes.
  ///   - isDeclared: whether the rule is said to be invariant.
  ///   - rule: makes the rule anew for a network; its random draws must be the same each time.
  /// - Complexity: `settings.steps` + 1 steps of the rule on each side.
  /// - Throws: if the transformation does not apply to the model.
  public init(
    under transformation: Transformation, on model: Model, _ samples: Samples<Double>,
    settings: Settings = Settings(), isDeclared: Bool,
    rule: (Network) throws -> any StepRule<Double>
  ) throws(TransformationError) {
    try self.init(
      nil, under: transformation, on: model, samples, settings: settings, isDeclared: isDeclared,
      conditioning: { nil }, rule: rule)
  }

  private init(
    _ method: Optimizer?, under transformation: Transformation, on model: Model,
    _ samples: Samples<Double>, settings: Settings, isDeclared: Bool,
    conditioning: () throws -> Conditioning?, rule: (Network) throws -> any StepRule<Double>
  ) throws(TransformationError) {
    let image = try transformation.applied(to: model)
    let imageSamples = transformation.applied(to: samples)
    self.method = method
    self.transformation = transformation.kinds
    self.isDeclared = isDeclared
    let before = model.predictions(for: samples.inputs).elements
    let imageBefore = image.predictions(for: imageSamples.inputs).elements
    functionDeviation = Self.largestDifference(imageBefore, before)
    do {
      if let conditioning = try conditioning() {
        smallestPivot = conditioning.smallestPivot
        if conditioning.smallestPivot < Self.leastPivot {
          let owner = conditioning.owner.map { "of layer \($0.layer), unit \($0.unit)" }
          failure =
            "the matrix \(owner ?? "over all parameters") is singular: its least scaled pivot is "
            + "\(conditioning.smallestPivot)"
          return
        }
      }
      let step = try Self.step(of: rule(model.network), model, samples)
      let imageStep = try Self.step(of: rule(image.network), image, imageSamples)
      let back = try transformation.inverse.applied(to: imageStep, of: image.network)
      parameterDeviation =
        Self.largestDifference(back.elements, step.elements)
        / (step.elements.map(abs).max() ?? 0)
      let after = model.moved(by: step, settings.stepSize).predictions(for: samples.inputs)
      let imageAfter = image.moved(by: imageStep, settings.stepSize)
        .predictions(for: imageSamples.inputs)
      let effect = Self.largestDifference(after.elements, before)
      stepEffect = effect
      stepDeviation = Self.largestDifference(imageAfter.elements, after.elements) / effect
      try follow(settings, [(model, samples), (image, imageSamples)], rule)
    } catch let error as TransformationError {
      throw error
    } catch {
      failure = "\(error)"
    }
  }

  private static func step(
    of rule: any StepRule<Double>, _ model: Model, _ samples: Samples<Double>
  ) throws -> Displacement<Double> {
    let workspace = Workspace<Double>(model.network, maximumBatchSize: samples.count)
    workspace.load(samples)
    var gradient = Gradient<Double>(model.network)
    var step = Displacement<Double>(model.network)
    workspace.lossAndGradient(model.parameters, into: &gradient)
    try rule.step(for: gradient, at: workspace, model.parameters, into: &step)
    return step
  }

  /// Trains both sides, and compares their losses before each step.
  private mutating func follow(
    _ settings: Settings, _ sides: [(model: Model, samples: Samples<Double>)],
    _ rule: (Network) throws -> any StepRule<Double>
  ) throws {
    let descents = try sides.map { side in
      try Descent<Double>(
        rule: rule(side.model.network), side.model.network, from: side.model.parameters,
        stepSize: .constant(settings.stepSize), maximumBatchSize: side.samples.count,
        stream: RandomStream(seed: 0))
    }
    for _ in 0..<settings.steps {
      let losses = try zip(descents, sides).map { try $0.step(on: $1.samples) }
      trajectoryDeviation = max(
        trajectoryDeviation ?? 0, abs(losses[1] - losses[0]) / abs(losses[0]))
    }
  }

  private static func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count, "\(a.count) values against \(b.count)")
    return zip(a, b).map { abs($0 - $1) }.max() ?? 0
  }
}

extension Model {
  /// The model at θ + ηδθ.
  fileprivate func moved(by step: Displacement<Double>, _ stepSize: Double) -> Model {
    var parameters = self.parameters
    parameters.move(by: step, stepSize: stepSize)
    return Model(network: network, parameters: parameters)
  }
}
