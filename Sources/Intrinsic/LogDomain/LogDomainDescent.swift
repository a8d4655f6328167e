import Foundation
import IntrinsicMath

/// Full-batch gradient descent with rates η = k/L on losses that fall far below the least positive
/// number, for positively homogeneous networks (Morwani and Ramaswamy 2022).
///
///     let descent = try LogDomainDescent(network, from: parameters, samples: samples)
///     while descent.logLoss > -300 { try descent.step() }
///
/// Nothing but logarithms of L and of the time t = Σ η is kept: the step θ ← θ − η ∂L/∂θ =
/// θ − k ∂ ln L/∂θ stays in range whatever L is. Networks with normalized weights descend in the
/// parameters of the normalization, v and g or a. Nothing is allocated in a step.
public final class LogDomainDescent {
  /// How large steps are.
  public struct Rate: Hashable, Sendable, Codable {
    /// k in η = k/L.
    public var scale: Double
    /// The most that ln L may fall in a step to first order, η‖∂L/∂θ‖²/L. Much larger ones oscillate.
    public var limit: Double

    public init(scale: Double = 0.1, limit: Double = 0.05) {
      self.scale = scale
      self.limit = limit
    }
  }

  public let network: Network
  public let rate: Rate
  /// L in f(ρw) = ρ^L f(w).
  public let homogeneityDegree: Int
  public private(set) var parameters: Parameters<Double>
  /// ln L at the current parameters, L in nats.
  public private(set) var logLoss: Double
  /// ln t, t = Σ η over the steps so far; −∞ before the first.
  public private(set) var logTime = -Double.infinity
  /// Steps taken so far.
  public private(set) var steps = 0

  private let workspace: Workspace<Double>
  private var gradient: Gradient<Double>
  private var displacement: Displacement<Double>
  private let rule = EuclideanRule<Double>()
  /// For the weights that compute the function, where they are not the parameters.
  private let plain: (workspace: Workspace<Double>, gradient: Gradient<Double>)?

  /// - Throws: if the network is not homogeneous or its output model neither exponential nor softmax,
  ///   if a label is not ±1, if the rate makes no sense, or if ln L is not finite.
  public init(
    _ network: Network, from parameters: Parameters<Double>, samples: Samples<Double>,
    rate: Rate = Rate(), threads: Int = 1
  ) throws(LogDomainError) {
    do { homogeneityDegree = try network.homogeneityDegree() } catch {
      throw .notHomogeneous(error)
    }
    try Self.check(network, samples)
    guard rate.scale > 0, rate.limit > 0, rate.limit.isFinite else {
      throw .invalidRate(scale: rate.scale, limit: rate.limit)
    }
    self.network = network
    self.rate = rate
    self.parameters = parameters
    workspace = Workspace(network, maximumBatchSize: samples.count, threads: threads)
    workspace.load(samples)
    gradient = Gradient(network)
    displacement = Displacement(network)
    if network.isNormalized {
      let plainNetwork = network.withoutNormalization
      let plainWorkspace = Workspace<Double>(
        plainNetwork, maximumBatchSize: samples.count, threads: threads)
      plainWorkspace.load(samples)
      plain = (plainWorkspace, Gradient(plainNetwork))
    } else {
      plain = nil
    }
    workspace.forward(parameters)
    logLoss = workspace.logLoss()
    try checkLoss()
  }

  private static func check(
    _ network: Network, _ samples: Samples<Double>
  ) throws(LogDomainError) {
    switch network.output {
    case .exponential:
      guard case .values(let labels) = samples.targets else { return }
      for (index, label) in labels.elements.enumerated() where abs(label) != 1 {
        throw .label(
          output: index / labels.columns, sample: index % labels.columns, value: label)
      }
    case .softmax: if network.outputCount < 2 { throw .singleClass }
    default: throw .outputModel(network.output)
    }
  }

  /// One step.
  public func step() throws(LogDomainError) {
    workspace.backpropagate(parameters)
    workspace.gradient(at: parameters, into: &gradient)
    let square = Double.dot(count: gradient.count, x: gradient.pointer, y: gradient.pointer)
    guard square > 0, square.isFinite else {
      throw .noGradient(step: steps, logLoss: logLoss, norm: square.squareRoot())
    }
    let size = min(rate.scale, rate.limit / square)
    rule.step(for: gradient, at: workspace, parameters, into: &displacement)
    parameters.move(by: displacement, stepSize: size)
    let logRate = log(size) - logLoss
    let (more, less) = (max(logTime, logRate), min(logTime, logRate))
    logTime = more + log1p(exp(less - more))
    steps += 1
    workspace.forward(parameters)
    logLoss = workspace.logLoss()
    try checkLoss()
  }

  private func checkLoss() throws(LogDomainError) {
    guard logLoss.isFinite else {
      throw .notFinite(step: steps, logLoss: logLoss, origin: workspace.firstNotFinite())
    }
  }

  /// The network with the weights that compute the function, normalizations folded into them.
  public var model: Model {
    guard network.isNormalized else { return Model(network: network, parameters: parameters) }
    let folded = workspace.folded(parameters)
    return Model(network: folded.network, parameters: folded.parameters)
  }

  /// What there is to know about the current parameters. Cost: a forward and a backward pass.
  public func record() -> LogDomainRecord {
    workspace.backpropagate(parameters)
    workspace.gradient(at: parameters, into: &gradient)
    let norm = Double.dot(count: gradient.count, x: gradient.pointer, y: gradient.pointer)
      .squareRoot()
    let units: [[LogDomainRecord.Unit]]
    if let plain {
      let model = self.model
      var gradient = plain.gradient
      plain.workspace.logLossAndGradient(model.parameters, into: &gradient)
      units = LogDomainRecord.units(model, gradient)
    } else {
      units = LogDomainRecord.units(Model(network: network, parameters: parameters), gradient)
    }
    return LogDomainRecord(
      step: steps, logLoss: logLoss, logTime: logTime, gradientNorm: norm,
      margin: workspace.leastMargin(), units: units)
  }
}
