import IntrinsicMath

/// How ``LevenbergMarquardt`` and ``LevenbergMarquardtRule`` go about it.
public struct LevenbergMarquardtSettings: Hashable, Sendable, Codable {
  /// A: a Fisher metric, or a path metric; full, or a reduction whose matrix is that of its units.
  public var metric = Metric.naturalGradient
  /// D.
  public var scaling = Scaling.quasiDiagonal
  /// λ₀.
  public var damping = 1.0
  /// a of the penalty ½ a ‖θ‖², in nats; the first one, if it is found by evidence.
  public var penalty = 0.0
  /// Whether a is found by the evidence for it (MacKay 1992; `trainbr`), which takes the square loss for that of
  /// Gaussians of one unknown variance: anew after each step, once one has lowered the loss by less than a tenth,
  /// so that a network that does not fit yet is not taken for noise.
  public var findsPenalty = false
  /// Samples that A is estimated from, drawn anew after each step, if there are more; the loss and its gradient
  /// are always those of all.
  public var matrixSamples = Int.max
  /// Whether steps are δ + ½ δ₂ with (A + λ D) δ₂ = −J r″ along δ, of square losses and of residuals: geodesic
  /// acceleration (Transtrum, Machta and Sethna 2011), exact to second order however the model is parametrized. Two
  /// more passes a trial; trials with √(δ₂ᵀDδ₂/δᵀDδ) above ¾ are rejected.
  public var isGeodesic = false
  /// The loss at which training ends, penalty included.
  public var goal = -Double.infinity
  /// The largest component of the gradient at which it ends.
  public var gradientTolerance = 1e-12
  /// λ beyond which no step is tried.
  public var greatestDamping = 1e20

  public init() {}

  /// a at the start; from 0 the evidence finds none, since a matrix may be singular there.
  var initialPenalty: Double { findsPenalty && penalty == 0 ? 1e-5 : penalty }

  /// Columns of J with A = J Jᵀ over samples; nil for reductions, which have no such factor.
  func columnCount(_ network: Network, samples: Int) -> Int? {
    guard case .full(let source) = metric else { return nil }
    return min(samples, matrixSamples) * source.columnCount(network)
  }

  /// A over samples, or those of them that it is estimated from.
  func estimate<T: Scalar>(
    _ matrix: inout DampedMatrix<T>, _ network: Network, _ parameters: Parameters<T>,
    over samples: Samples<T>, stream: inout RandomStream, threads: Int
  ) throws(MetricError) {
    let part =
      matrixSamples < samples.count
      ? samples.subset(stream.distinct(matrixSamples, below: samples.count)) : samples
    let model = Model(
      network: network, parameters: Parameters(parameters.elements.map { Double($0) }))
    let draws = RandomStream(seed: stream.next())
    if let space = matrix.sampleSpace, case .full(let source) = metric {
      try SampleProducts<T>(source, model, part, batch: 500, stream: draws, threads: threads)
        .factor(into: &space.jacobian)
      space.residuals = nil
      matrix.takeSampleSpace()
    } else {
      matrix.take(
        try MetricMatrix<T>(
          metric, of: model, over: part, isFormed: columnCount(network, samples: 1) != nil,
          stream: draws,
          threads: threads))
    }
  }

  /// Stops a program that asks for what makes no sense.
  func check(_ network: Network) {
    precondition(damping > 0, "λ₀ = \(damping); it must be above 0")
    precondition(penalty >= 0, "a penalty of \(penalty)")
    precondition(matrixSamples >= 1, "a matrix estimated from \(matrixSamples) samples")
    precondition(
      !findsPenalty || network.output == .square,
      "the evidence for a penalty is that of square losses, not of \(network.output)")
  }
}

extension LevenbergMarquardtSettings {
  /// Whether a step shows that a network fits as far as the evidence needs it.
  func hasSettled<T: Scalar>(from before: T, to after: T) -> Bool { after > 0.9 * before }
}

/// λ by the gain ratio of trials (Nielsen 1999).
struct GainRatioDamping<T: Scalar> {
  /// λ of the next trial.
  var damping: T
  /// ν.
  var growth: T = 2

  init(_ damping: T) { self.damping = damping }

  /// λ ← λ max(⅓, 1 − (2ρ − 1)³), ν ← 2.
  mutating func accept(_ ratio: T) {
    let x = 2 * ratio - 1
    damping *= max(1 / 3, 1 - x * x * x)
    growth = 2
  }

  /// λ ← λν, ν ← 2ν.
  mutating func reject() {
    damping *= growth
    growth *= 2
  }
}
