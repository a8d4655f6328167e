/// A Riemannian metric on the parameters of a network, by what it keeps of which matrix.
///
/// Every metric is E[ã ãᵀ c] for each unit, with ã = (1, a_i…) its incoming activities and c its
/// reduced modulus; the names of the papers are static members. A full metric needs signed signals,
/// which the backpropagated modulus does not have, so that pair cannot be written.
///
/// | name | source | propagation | reduction | cost a sample |
/// |---|---|---|---|---|
/// | `naturalGradient` | Fisher | exact | full | O(n²d² + n² n_out) |
/// | `unitwiseNaturalGradient` | Fisher | exact | unitwise | O(nd² + nd n_out) |
/// | `quasiDiagonalNaturalGradient` | Fisher | exact | quasi-diagonal | O(nd n_out) |
/// | `diagonalNaturalGradient` | Fisher | exact | diagonal | O(nd n_out) |
/// | `monteCarlo…(samples: K)` | Fisher | Monte Carlo | any | O(K nd), O(K nd²), O(K n²d²) |
/// | `backpropagatedMetric` | Fisher | backpropagated | unitwise | O(nd²) |
/// | `quasiDiagonalBackpropagatedMetric` | Fisher | backpropagated | quasi-diagonal | O(nd) |
/// | `diagonalGaussNewton` | Fisher | backpropagated | diagonal | O(nd) |
/// | `…OuterProduct` | loss gradient | – | any | as Monte Carlo with K = 1 |
///
/// (n units with d incoming parameters each, n_out outputs.)
public enum Metric: Hashable, Sendable, Codable {
  /// The whole matrix over all parameters, from signals (Ollivier 2015, 101–104).
  case full(SignalSource)
  /// What `reduction` keeps of the unit matrices with the given modulus.
  case reduced(Modulus, Reduction)
}

/// Where signed signals at the outputs come from. They are columns s with Σ s sᵀ = source metric.
public enum SignalSource: Hashable, Sendable, Codable {
  /// The Fisher matrix of the output model, exactly: one column for each output.
  case fisher
  /// The Fisher matrix by targets drawn from the model, `samples` for each input (Ollivier 2015,
  /// 100).
  case monteCarlo(samples: Int)
  /// The gradients of the loss for the true targets (Ollivier 2015, Definition 14).
  case outerProduct

  /// Columns for each sample.
  func columnCount(_ network: Network) -> Int {
    switch self {
    case .fisher: network.outputCount
    case .monteCarlo(let samples): samples
    case .outerProduct: 1
    }
  }
}

/// How the modulus of each unit is obtained: c_k = r_k² Φ_k or its approximation.
public enum Modulus: Hashable, Sendable, Codable {
  /// c_k = Σ (backpropagated signal)², from a signed source.
  case signals(SignalSource)
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
  public static let naturalGradient = full(.fisher)
  public static let unitwiseNaturalGradient = reduced(.signals(.fisher), .unitwise)
  public static let quasiDiagonalNaturalGradient = reduced(.signals(.fisher), .quasiDiagonal)
  public static let diagonalNaturalGradient = reduced(.signals(.fisher), .diagonal)

  public static func monteCarloNaturalGradient(samples: Int = 1) -> Metric {
    full(.monteCarlo(samples: samples))
  }
  public static func monteCarloUnitwiseNaturalGradient(samples: Int = 1) -> Metric {
    reduced(.signals(.monteCarlo(samples: samples)), .unitwise)
  }
  public static func monteCarloQuasiDiagonalNaturalGradient(samples: Int = 1) -> Metric {
    reduced(.signals(.monteCarlo(samples: samples)), .quasiDiagonal)
  }
  public static func monteCarloDiagonalNaturalGradient(samples: Int = 1) -> Metric {
    reduced(.signals(.monteCarlo(samples: samples)), .diagonal)
  }

  public static let backpropagatedMetric = reduced(.backpropagated, .unitwise)
  public static let quasiDiagonalBackpropagatedMetric = reduced(.backpropagated, .quasiDiagonal)
  public static let diagonalGaussNewton = reduced(.backpropagated, .diagonal)

  public static let outerProduct = full(.outerProduct)
  public static let unitwiseOuterProduct = reduced(.signals(.outerProduct), .unitwise)
  public static let quasiDiagonalOuterProduct = reduced(.signals(.outerProduct), .quasiDiagonal)
  public static let diagonalOuterProduct = reduced(.signals(.outerProduct), .diagonal)

  /// The signed source, if the metric is built on one.
  var source: SignalSource? {
    switch self {
    case .full(let source), .reduced(.signals(let source), _): source
    case .reduced(.backpropagated, _): nil
    }
  }

  /// Whether the metric is that of the output model rather than of the loss.
  public var isFisher: Bool { source != .outerProduct }

  /// Whether the same parameters and data give another matrix each time.
  public var isStochastic: Bool {
    if case .monteCarlo = source { true } else { false }
  }
}
