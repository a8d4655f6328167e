/// A Riemannian metric on the parameters of a network, by what it keeps of which matrix.
///
/// Every metric but those of path measures is E[ã ãᵀ c] for each unit, with ã = (1, a_i…) its incoming activities and c its
/// reduced modulus; the names of the papers are static members. A full metric needs signed signals,
/// which the backpropagated modulus does not have, so that pair cannot be written.
///
/// | name | source | propagation | reduction | cost a sample |
/// |---|---|---|---|---|
/// | `naturalGradient` | Fisher | exact | full | O(n²d² + n² n_out) |
/// | `layerwiseNaturalGradient` | Fisher | exact | layerwise | O(n²d² + n² n_out) in each layer |
/// | `unitwiseNaturalGradient` | Fisher | exact | unitwise | O(nd² + nd n_out) |
/// | `quasiDiagonalNaturalGradient` | Fisher | exact | quasi-diagonal | O(nd n_out) |
/// | `diagonalNaturalGradient` | Fisher | exact | diagonal | O(nd n_out) |
/// | `monteCarlo…(samples: K)` | Fisher | Monte Carlo | any | O(K nd), O(K nd²), O(K n²d²) |
/// | `backpropagatedMetric` | Fisher | backpropagated | unitwise | O(nd²) |
/// | `quasiDiagonalBackpropagatedMetric` | Fisher | backpropagated | quasi-diagonal | O(nd) |
/// | `diagonalGaussNewton` | Fisher | backpropagated | diagonal | O(nd) |
/// | `…OuterProduct` | loss gradient | – | any | as Monte Carlo with K = 1 |
/// | `pathSGD` | path norm | exact | diagonal | O(nd) a batch |
/// | `ddpSGD(measure, .probes(K))` | path measure | probes | any | O(K nd) |
/// | `ddpSGD(measure, .backpropagated)` | path measure | backpropagated | any | O(nd) |
/// | `ddpSGD(measure, .exact)` | path measure | exact | any | O(n²d) |
///
/// (n units with d incoming parameters each, n_out outputs.)
///
/// Convolutions share the parameters of a unit between positions. Reduced metrics then sum squares
/// over positions, as if each were a sample; ``Modulus/reduce(_:)`` squares the sum over positions
/// instead, as full metrics and the path metrics with signals do, whose definition that is.
public enum Metric: Hashable, Sendable, Codable {
  /// The whole matrix over all parameters, from signals (Ollivier 2015, 101–104).
  case full(SignalSource)
  /// The diagonal blocks of that matrix that belong to layers, over all parameters of each.
  case layerwise(SignalSource)
  /// What `reduction` keeps of the unit matrices with the given modulus.
  case reduced(Modulus, Reduction)
  /// What `reduction` keeps of the second derivative of a path measure within each unit (Neyshabur
  /// et al. 2016, eq. 15). It has nothing to do with the output model or the loss.
  case path(PathMeasure, PathPropagation, Reduction)
}

/// Where signed signals at the outputs come from. They are columns s with Σ s sᵀ = source metric.
public enum SignalSource: Hashable, Sendable, Codable {
  /// The Fisher matrix of the output model, exactly: one column for each output.
  case fisher
  /// The Fisher matrix by targets drawn from the model, `samples` for each input (Ollivier 2015,
  /// 100).
  case monteCarlo(samples: Int)
  /// The gradients of the loss for the true targets (Ollivier 2015, Definition 14).
  case empiricalFisher

  /// Columns for each sample.
  func columnCount(_ network: Network) -> Int {
    switch self {
    case .fisher: network.outputCount
    case .monteCarlo(let samples): samples
    case .empiricalFisher: 1
    }
  }

  /// The passes that signals of the outputs come from.
  var neededStage: PassStage { self == .empiricalFisher ? .loss : .forward }
}

/// How the modulus of each unit is obtained: c_k = r_k² Φ_k or its approximation.
public enum Modulus: Hashable, Sendable, Codable {
  /// c_k = Σ (backpropagated signal)², from a signed source. Where positions share parameters, each
  /// counts as a sample of its own: E[Σ_positions ã ãᵀ c], the sum of squares.
  case expand(SignalSource)
  /// The same, but where positions share parameters the square of the sum over them: E[Σ_q u uᵀ] with
  /// u = Σ_positions ã s^q, the blocks of the full matrix. As costly as one gradient for each sample
  /// and column of signals.
  case reduce(SignalSource)
  /// m_i = Σ_{i→j} w_ij² r_j² m_j from the diagonal of the Fisher matrix of the output model, in one
  /// backward pass (Ollivier 2015, 26–27).
  case backpropagated
}

/// What is kept of the matrix A = E[ã ãᵀ c] of each unit.
public enum Reduction: Hashable, Sendable, Codable, CaseIterable {
  /// All of it.
  case unitwise
  /// A_00, A_0i and A_ii (Ollivier 2015, Definition 6 and eqs 22–23).
  case quasiDiagonal
  /// A_ii.
  case diagonal
}

extension Metric {
  /// The Fisher matrix over all parameters: its step is invariant under every linear change of them.
  /// O(n²d² + n² n_out) a sample.
  public static let naturalGradient = full(.fisher)
  /// The Fisher matrix within each layer.
  public static let layerwiseNaturalGradient = layerwise(.fisher)
  /// The Fisher matrix within each unit (Ollivier 2015, Definition 5). O(nd² + nd n_out).
  public static let unitwiseNaturalGradient = reduced(.expand(.fisher), .unitwise)
  /// Its diagonal and bias row (Ollivier 2015, Definition 6). O(nd n_out).
  public static let quasiDiagonalNaturalGradient = reduced(.expand(.fisher), .quasiDiagonal)
  /// Its diagonal (Neyshabur et al. 2016, 18). O(nd n_out).
  public static let diagonalNaturalGradient = reduced(.expand(.fisher), .diagonal)

  /// ``naturalGradient`` with targets drawn from the model, `samples` for each input. O(K n²d²).
  public static func monteCarloNaturalGradient(samples: Int = 1) -> Metric {
    full(.monteCarlo(samples: samples))
  }
  /// ``unitwiseNaturalGradient`` with drawn targets. O(K nd²).
  public static func monteCarloUnitwiseNaturalGradient(samples: Int = 1) -> Metric {
    reduced(.expand(.monteCarlo(samples: samples)), .unitwise)
  }
  /// ``quasiDiagonalNaturalGradient`` with drawn targets. O(K nd).
  public static func monteCarloQuasiDiagonalNaturalGradient(samples: Int = 1) -> Metric {
    reduced(.expand(.monteCarlo(samples: samples)), .quasiDiagonal)
  }
  /// ``diagonalNaturalGradient`` with drawn targets. O(K nd).
  public static func monteCarloDiagonalNaturalGradient(samples: Int = 1) -> Metric {
    reduced(.expand(.monteCarlo(samples: samples)), .diagonal)
  }

  /// The matrix of each unit with the backpropagated modulus (Ollivier 2015, 26–27). O(nd²).
  public static let backpropagatedMetric = reduced(.backpropagated, .unitwise)
  /// Its diagonal and bias row: no dearer than a gradient, O(nd), and invariant under affine
  /// reparametrizations of units.
  public static let quasiDiagonalBackpropagatedMetric = reduced(.backpropagated, .quasiDiagonal)
  /// Its diagonal, as LeCun has it: Gauss–Newton without cross terms. O(nd).
  public static let diagonalGaussNewton = reduced(.backpropagated, .diagonal)

  /// E[g gᵀ] with the gradients g of the loss for the true targets (Ollivier 2015, Definition 14).
  public static let empiricalFisher = full(.empiricalFisher)
  /// The same within each unit.
  public static let unitwiseEmpiricalFisher = reduced(.expand(.empiricalFisher), .unitwise)
  /// Its diagonal and bias row.
  public static let quasiDiagonalEmpiricalFisher = reduced(
    .expand(.empiricalFisher), .quasiDiagonal)
  /// Its diagonal: squares of gradients.
  public static let diagonalEmpiricalFisher = reduced(.expand(.empiricalFisher), .diagonal)

  /// κ_e = ½ ∂²γ²_net/∂w_e² at α = 0: the sum over the paths through e of the products of the other
  /// weights, squared (Path-SGD). One pass forward and one back over the squared weights, whatever
  /// the batch.
  public static let pathSGD = path(.pathNorm, .exact, .diagonal)

  /// κ_e of any data-dependent path measure (DDP-SGD).
  public static func ddpSGD(
    _ measure: PathMeasure, _ propagation: PathPropagation = .probes(1)
  ) -> Metric {
    path(measure, propagation, .diagonal)
  }

  /// What is kept of each unit's matrix; nil for full and layerwise metrics.
  public var reduction: Reduction? {
    switch self {
    case .full, .layerwise: nil
    case .reduced(_, let reduction), .path(_, _, let reduction): reduction
    }
  }

  /// The signed source, if the metric is built on one.
  var source: SignalSource? {
    switch self {
    case .full(let source), .layerwise(let source), .reduced(.expand(let source), _),
      .reduced(.reduce(let source), _):
      source
    case .reduced(.backpropagated, _), .path: nil
    }
  }

  /// Whether the metric is that of the output model rather than of the loss.
  public var isFisher: Bool {
    if case .path = self { false } else { source != .empiricalFisher }
  }

  /// Whether the same parameters and data give another matrix each time.
  public var isStochastic: Bool {
    switch self {
    case .path(let measure, .probes, _): measure.alpha > 0
    case .path: false
    case .full, .layerwise, .reduced: if case .monteCarlo = source { true } else { false }
    }
  }
}
