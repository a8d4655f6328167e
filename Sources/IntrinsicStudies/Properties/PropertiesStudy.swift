import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Study `properties`: what Ollivier 2015, §3 proves of its metrics, measured on random networks,
/// each beside a method that has not got the property.
package struct PropertiesStudy: Study {
  package struct Options: StudyOptions {
    /// Random networks for each property.
    package var networks = 50
    package var seed: UInt64

    package init(seed: UInt64) { self.seed = seed }
  }

  package let options: Options

  /// The models of the paper.
  private static let outputModels: [OutputModel] = [.square, .bernoulli, .softmax, .spherical]

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws(OptionError) {
    try OptionError.check(1...100_000, ["networks": options.networks])
    self.options = options
  }

  /// A property of one method, or that it has not got it.
  struct Property: Sendable {
    let statement: String
    let source: String
    let method: String
    let expected: PropertiesResult.Expectation
    /// The deviation from the property on one random network; nil if it says nothing there.
    let deviation: @Sendable (inout RandomStream) throws -> Double?
  }

  /// Random networks to be measured, for a progress bar.
  package static let pieceName = "networks"
  package var pieceCount: Int { Self.properties.count * options.networks }

  /// Runs everything; nil if it was stopped.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> PropertiesResult? {
    var rows: [PropertiesResult.Row] = []
    for property in Self.properties {
      var deviations: [Double] = []
      for network in 0..<options.networks {
        if shouldStop() { return nil }
        var stream = RandomStream(seed: options.seed).child(property.statement, network)
        if let deviation = try property.deviation(&stream) { deviations.append(deviation) }
        progress()
      }
      rows.append(
        PropertiesResult.Row(
          statement: property.statement, source: property.source, method: property.method,
          expected: property.expected, deviations: deviations))
    }
    return PropertiesResult(options: options, rows: rows)
  }

  static let properties: [Property] =
    equalGain + descent + invariance + bestFit + outputLayer

  /// Proposition 15: along the outer-product step all samples gain the same. The deviation is the
  /// standard deviation of the gains over their mean.
  private static let equalGain: [Property] = [
    ("outer product", Optimizer.metric(.empiricalFisher, Damping(pseudoInverse: 1e-13)), true),
    ("gradient descent", .gradientDescent, false),
    ("natural gradient", .metric(.naturalGradient, .additive(1e-6)), false),
  ].map { title, method, has in
    Property(
      statement: "all samples gain the same from a step", source: "Proposition 15", method: title,
      expected: has ? .atMost(1e-4) : .atLeast(1e-2)
    ) { stream in
      // Fewer samples than parameters, whose gradients are then independent.
      let problem = try RandomModel(output: .bernoulli, samples: 6, using: &stream)
      let step = try problem.step(method, stream).step
      let scale = 1e-5 / (step.elements.map(abs).max() ?? 1)
      let gains = zip(problem.losses(after: step, -scale), problem.losses(after: step, scale))
        .map { ($0 - $1) / (2 * scale) }
      return gains.standardDeviation / abs(gains.mean)
    }
  }

  /// Proposition 28: a small enough step lowers the loss. The deviation is that of the decrease from
  /// ηG·δθ, its first-order value, relative to it.
  private static let descent: [Property] = [
    ("natural gradient", Metric.naturalGradient), ("unitwise natural", .unitwiseNaturalGradient),
    ("quasi-diagonal natural", .quasiDiagonalNaturalGradient),
    ("backpropagated metric", .backpropagatedMetric),
    ("quasi-diagonal backpropagated", .quasiDiagonalBackpropagatedMetric),
    ("unitwise outer product", .unitwiseEmpiricalFisher),
  ].map { title, metric in
    Property(
      statement: "a small step lowers the loss as it should", source: "Proposition 28",
      method: title, expected: .atMost(0.1)
    ) { stream in
      let model = Self.outputModels.randomElement(using: &stream)!
      let problem = try RandomModel(output: model, using: &stream)
      let (step, gradient) = try problem.step(.metric(metric, .additive(1e-6)), stream)
      let scale = 1e-5 / (step.elements.map(abs).max() ?? 1)
      let before = problem.losses(after: step, 0).mean
      let decrease = before - problem.losses(after: step, scale).mean
      return abs(decrease / (scale * gradient(step)) - 1)
    }
  }

  /// Propositions 30 and 31 and §3.2: the deviation of the outputs after a step from both sides,
  /// relative to the effect of the step.
  private static let invariance: [Property] = [
    (
      Transformation.Kind.affine, "Proposition 30", OutputModel.square, Activation.tanh,
      "a step is the same for affinely changed activities",
      [Reduction.unitwise, .quasiDiagonal], [Reduction.diagonal]
    ),
    (
      .recombination, "Proposition 31", .square, .tanh,
      "a step is the same for recombined inputs", [.unitwise], [.quasiDiagonal]
    ),
    (
      .sigmoidTanh, "§3.2, (46–47)", .bernoulli, .sigmoid,
      "a step is the same for sigmoid and tanh units", [.unitwise, .quasiDiagonal], [.diagonal]
    ),
  ].flatMap { kind, source, output, activation, statement, invariant, other in
    (invariant + other).flatMap { reduction in
      [Modulus.expand(.fisher), .backpropagated].map { modulus in
        Property(
          statement: statement, source: source,
          method: "\(reduction == .quasiDiagonal ? "quasi-diagonal" : "\(reduction)") "
            + (modulus == .backpropagated ? "backpropagated" : "natural"),
          expected: invariant.contains(reduction) ? .atMost(1e-6) : .atLeast(1e-4)
        ) { stream in
          let problem = try RandomModel(output: output, activation: activation, using: &stream)
          let change = try Transformation.random(kind, for: problem.model, using: &stream)
          var settings = Verification.Settings()
          settings.steps = 0
          let result = try Verification(
            .metric(.reduced(modulus, reduction), .none), under: change, on: problem.model,
            problem.samples, settings: settings, stream: stream)
          return result.stepDeviation
        }
      }
    }
  }

  /// Proposition 32: the unitwise step solves min_λ Σ_x W_x (Σ_i λ_i ã_i − b̃/c)², W_x = c_x, at each
  /// unit. The deviation is that from an independent least-squares solver, relative to the step.
  private static let bestFit: [Property] = [
    ("unitwise natural", Reduction.unitwise, true),
    ("quasi-diagonal natural", .quasiDiagonal, false),
  ].map { title, reduction, has in
    Property(
      statement: "a step is the best fit of the desired change", source: "Proposition 32",
      method: title, expected: has ? .atMost(1e-6) : .atLeast(1e-3)
    ) { stream in
      let problem = try RandomModel(output: .square, using: &stream)
      let network = problem.model.network
      let workspace = Workspace<Double>(network, maximumBatchSize: problem.samples.count)
      workspace.load(problem.samples)
      var gradient = Gradient<Double>(network)
      workspace.lossAndGradient(problem.model.parameters, into: &gradient)
      let estimator = try MetricEstimator<Double>(
        .reduced(.expand(.fisher), reduction), damping: .none, network,
        maximumBatchSize: problem.samples.count, stream: stream)
      estimator.estimate(at: workspace, problem.model.parameters)
      var step = Displacement<Double>(network)
      try estimator.solve(gradient, into: &step)
      let signals = workspace.signals.matrix(network.layers[0].rows)
      let c = estimator.modulus(layer: 0, at: workspace, problem.model.parameters)!
      var worst = 0.0
      for unit in 0..<network.layers[0].rows.count {
        let incoming = network.layers[0].connection.incomingRows(of: unit)
        let weights = (0..<problem.samples.count).map { c[unit, $0].squareRoot() }
        let fit = leastSquares(
          weights.indices.map { x in
            incoming.map { weights[x] * workspace.activities.row($0)[x] }
          }, weights.indices.map { signals[unit, $0] / weights[$0] })
        let range = network.parameters(layer: 0, unit: unit)
        let size = fit.map(abs).max()!
        worst = max(worst, zip(range, fit).map { abs(step[$0] - $1) }.max()! / size)
      }
      return worst
    }
  }

  /// Remark 11: at the output layer the unitwise natural and the backpropagated metric are the same
  /// matrices, at hidden layers they are not. The deviation is relative to the largest entry.
  private static let outputLayer: [Property] = [
    ("output layer", true), ("first layer", false),
  ].map { title, isOutput in
    Property(
      statement: "the natural and the backpropagated unit matrices coincide",
      source: "Remark 11", method: title, expected: isOutput ? .atMost(1e-10) : .atLeast(1e-4)
    ) { stream in
      let model = Self.outputModels.randomElement(using: &stream)!
      let problem = try RandomModel(output: model, using: &stream)
      let network = problem.model.network
      let workspace = Workspace<Double>(network, maximumBatchSize: problem.samples.count)
      workspace.load(problem.samples)
      workspace.forward(problem.model.parameters)
      let matrices = try [Metric.unitwiseNaturalGradient, .backpropagatedMetric].map { metric in
        let estimator = try MetricEstimator<Double>(
          metric, damping: .none, network, maximumBatchSize: problem.samples.count, stream: stream)
        estimator.estimate(at: workspace, problem.model.parameters)
        let layer = isOutput ? network.layers.count - 1 : 0
        return (0..<network.layers[layer].rows.count).flatMap {
          estimator.unitMatrix(layer: layer, unit: $0)!.elements
        }
      }
      let size = matrices[0].map(abs).max()!
      return zip(matrices[0], matrices[1]).map { abs($0 - $1) }.max()! / size
    }
  }
}
