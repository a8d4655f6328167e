import Intrinsic

/// What invariances training methods have, by their structure.
///
/// A transformation takes gradients G to L⁻ᵀG and displacements δθ to Lδθ, with L the linear part of
/// what it does to the parameters. A step δθ = A⁻¹G is invariant if the matrix that the method
/// computes in the new coordinates is L⁻ᵀAL⁻¹. The moduli of all sources follow the units
/// (c_k ↦ c_k/γ_k²), so it depends on what the method keeps of A:
///
/// | method | L |
/// |---|---|
/// | full, layerwise and unitwise metrics | any, unit by unit or group by group |
/// | quasi-diagonal metrics | diagonal with a bias row (Ollivier 2015, Proposition 30) |
/// | diagonal metrics | diagonal |
/// | gradient descent, momentum, AdaGrad, RMSProp, Adam | orders and signs |
///
/// Metrics of path measures are invariant under node-wise rescaling of units of any degree and under
/// permutation, with whatever reduction: γ = 1 for inputs and biases fixes their units. For α = 1,
/// where the data alone counts, they have the row of their reduction, but for the units of outputs:
/// their pre-activations are what is measured.
///
/// Metrics hold the statistics of normalized units fixed, so that they follow the length of their
/// weights as any other scale; there are no path measures of normalized networks.
///
/// Levenberg–Marquardt steps have the row of their matrix, or that of their scaling D if it is less; a penalty
/// on parameters leaves orders.
///
/// Momentum of steps, and bounds on their length in the metric, keep what the metric has; bounds on the
/// norm of the gradient, and weight decay, are about the parametrization.
///
/// The last ones divide by the gradient to the power 0 or 1 instead of 2: a parameter measured in
/// units that are λ times smaller moves by a step that is λ^{−1} or 1, but not λ times as long.
/// Adding ε Id to A, and pseudo-inverses, leave orders and signs; the other kinds of damping leave
/// what the metric has. Moving averages of matrices in corresponding coordinates correspond.
public enum Invariance {
  /// Whether a step of the method is unchanged by transformations of the kind, wherever the step
  /// exists (matrices that must be inverted are not singular).
  public static func declared(for method: Optimizer, under kind: Transformation.Kind) -> Bool {
    switch method {
    case .metric(let metric, let damping, let averaging)
    where damping.keepsInvariance && averaging.initialDamping == 0:
      declared(for: metric, under: kind)
    case .levenbergMarquardt(let settings) where settings.penalty == 0 && !settings.findsPenalty:
      declared(for: settings.metric, under: kind) && kind.action <= settings.scaling.largest
    case .heavyBall(_, let base), .stepClipping(_, let base), .trustRegion(_, let base):
      declared(for: base, under: kind)
    default: kind.action == .permutation
    }
  }

  /// The same for what a transformation is composed of, on a given network. Metrics of path measures
  /// with α = 1 allow changes between sigmoid and tanh if outputs keep their units.
  public static func declared(
    for method: Optimizer, under transformation: Transformation, of network: Network
  ) -> Bool {
    if case .metric(.path, _, _) = method.core, transformation.kinds.contains(.sigmoidTanh),
      [.sigmoid, .tanh].contains(network.layers.last!.activation)
    {
      return false
    }
    return transformation.kinds.allSatisfy { declared(for: method, under: $0) }
  }

  /// The same for an undamped metric.
  static func declared(for metric: Metric, under kind: Transformation.Kind) -> Bool {
    if case .path(let measure, _, _) = metric, measure.alpha < 1 {
      switch kind {
      case .permutation, .rescaling, .balancing, .normalization, .pathConditioning: return true
      case .directionScaling, .unitScaling, .affine, .sigmoidTanh, .inputScaling, .inputShift,
        .inputInversion, .recombination, .groupRecombination:
        return false
      }
    }
    let largest: Transformation.Action =
      switch metric.reduction {
      case nil, .unitwise: .groupMixing
      case .quasiDiagonal: .biasMixing
      case .diagonal: .scaling
      }
    return kind.action <= largest
  }

  /// What a method would have to do without to be invariant.
  public enum Obstacle: String, Codable, CaseIterable, Sendable {
    /// The damping: the metric alone is invariant.
    case damping
    /// The reduction: what it drops of the metric mixes under the transformation.
    case reduction
    /// The method, which has no metric, or that of the parametrization, or one that fixes the units
    /// of inputs and biases.
    case method
  }

  /// Why a method is not invariant under a kind of transformation; nil if it is.
  public static func obstacle(
    for method: Optimizer, under kind: Transformation.Kind
  ) -> Obstacle? {
    if declared(for: method, under: kind) { return nil }
    if case .levenbergMarquardt(let settings) = method.core {
      return declared(for: settings.metric, under: kind) ? .damping : .reduction
    }
    guard case .metric(let metric, _, _) = method.core else { return .method }
    if declared(for: metric, under: kind) { return .damping }
    if case .path(let measure, _, _) = metric, measure.alpha < 1 {
      return .method
    }
    return .reduction
  }
}

extension Scaling {
  /// The largest changes of parameters that D follows.
  fileprivate var largest: Transformation.Action {
    switch self {
    case .identity: .permutation
    case .diagonal: .scaling
    case .quasiDiagonal: .biasMixing
    case .unitwise: .groupMixing
    }
  }
}

extension Optimizer {
  /// Without what goes over it and keeps its invariance.
  fileprivate var core: Optimizer {
    switch self {
    case .heavyBall(_, let base), .stepClipping(_, let base), .trustRegion(_, let base): base.core
    default: self
    }
  }
}
