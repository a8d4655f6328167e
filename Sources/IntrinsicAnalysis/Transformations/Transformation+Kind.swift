extension Transformation {
  /// The named kinds of transformation.
  public enum Kind: String, CaseIterable, Codable, Sendable {
    /// The units of a hidden layer in another order.
    case permutation
    /// Node-wise rescaling of positively homogeneous units (Neyshabur et al. 2016, 2).
    case rescaling
    /// The rescaling after which ‖w_in‖ = ‖w_out‖ at every hidden unit.
    case balancing
    /// The rescaling after which ‖w_in‖ = 1 at every hidden unit.
    case normalization
    /// The rescaling that makes the diagonal of the path metric as equal as can be.
    case pathConditioning = "path-conditioning"
    /// Another length of the weights of normalized units (Neyshabur et al. 2016, Theorem 1).
    case directionScaling = "direction-scaling"
    /// Other units of measurement for activities and pre-activations of hidden units.
    case unitScaling = "unit-scaling"
    /// Affine reparametrization of hidden units (Ollivier 2015, Definition 29).
    case affine
    /// Another basis for the activity and for the pre-activation of each group of hidden units, a ↦ Ma and
    /// y ↦ Ny with invertible matrices (Ollivier 2015, §2.2).
    case groupRecombination = "group-recombination"
    /// Sigmoid units, inputs included, written as tanh units or the other way round (Ollivier 2015,
    /// 46–47).
    case sigmoidTanh = "sigmoid-tanh"
    /// Other units of measurement for the inputs.
    case inputScaling = "input-scaling"
    /// Another origin for the inputs.
    case inputShift = "input-shift"
    /// x ↦ 1 − x for some inputs (Ollivier 2015, §3.2).
    case inputInversion = "input-inversion"
    /// x ↦ Mx + b with an invertible matrix M (Ollivier 2015, Proposition 31, at the first layer).
    case recombination

    /// Whether the kind acts on hidden units alone.
    var isOfHiddenUnits: Bool {
      switch self {
      case .permutation, .rescaling, .balancing, .normalization, .pathConditioning,
        .directionScaling, .unitScaling, .affine, .groupRecombination:
        true
      case .sigmoidTanh, .inputScaling, .inputShift, .inputInversion, .recombination: false
      }
    }

    /// What the kind does to the incoming parameters of a unit.
    public var action: Action {
      switch self {
      case .permutation: .permutation
      case .rescaling, .balancing, .normalization, .pathConditioning, .directionScaling,
        .unitScaling, .inputScaling:
        .scaling
      case .affine, .sigmoidTanh, .inputShift, .inputInversion: .biasMixing
      case .recombination: .weightMixing
      case .groupRecombination: .groupMixing
      }
    }
  }

  /// How a transformation acts on displacements of the incoming parameters of a unit, δθ ↦ Lδθ: a
  /// chain of groups, each inside the next.
  public enum Action: Int, Comparable, Codable, Sendable {
    /// L reorders.
    case permutation
    /// L is diagonal too: δw′_i = λ_i δw_i, δw′_0 = λ_0 δw_0.
    case scaling
    /// L has a bias row too: δw′_0 = λ_0 δw_0 + Σ_i μ_i δw_i.
    case biasMixing
    /// L is any invertible matrix.
    case weightMixing
    /// L is any invertible matrix over the parameters of all units of a group.
    case groupMixing

    public static func < (a: Action, b: Action) -> Bool { a.rawValue < b.rawValue }
  }
}
