import Intrinsic
import IntrinsicMath

/// How many of a model's parameters matter: the dimensions in which a displacement changes its
/// function, and what takes the others away (Neyshabur et al. 2016, §7).
///
/// For linear and ReLU networks
///
///     rank ∂f/∂w on inputs ≤ rank J(w) ≤ useful edges − hidden units ≤ parameters,
///
/// J the path Jacobian: the difference to the parameters is what node-wise rescaling, zero weights,
/// dead units and missing inputs take away. For other activations the first inequality need not
/// hold; a tanh network has no rescaling.
public struct DegreesOfFreedom: Codable, Sendable, Equatable {
  public let parameters: Int
  public let outputs: Int
  public let samples: Int
  /// The number of paths from inputs and biases to outputs.
  public let paths: Double
  /// Parameters on a path from an input or a bias to an output: all those of a network that could be
  /// built.
  public let usefulEdges: Int
  /// Hidden units on such a path.
  public let internalUnits: Int
  /// Dead edges: weights that are exactly 0.
  public let zeroParameters: Int
  /// Parameters that change no output on any of the inputs, such as those of units that are never
  /// active.
  public let silentParameters: Int
  /// The rank of the path Jacobian for almost all weights: useful edges − internal units (Theorem 4).
  public let genericPathRank: Int
  /// The rank of the path Jacobian at these weights.
  public let pathRank: Int
  /// The rank of ∂f/∂w on the inputs, f the output activities.
  public let function: NumericalRank
  /// The rank of the Fisher information of the output model on the inputs; nil if it has none.
  public let divergence: NumericalRank?
  /// The dimension of what node-wise rescaling spans.
  public let rescalings: Int
  /// The largest ‖∂f/∂w d‖/(σ_1‖d‖) over the directions d of rescaling: rounding.
  public let rescalingResidual: Double

  /// The rank of ∂f/∂w on the inputs.
  public var functionRank: Int { function.rank }
  /// The rank of F(w) for the squared distance of the output activities, which is Σ_x Jᵀ J.
  public var fisherRankSquare: Int { function.rank }
  /// The rank of F(w) for the Kullback–Leibler divergence.
  public var fisherRankDivergence: Int? { divergence?.rank }
  /// The dimension of the null space of ∂f/∂w.
  public var nullity: Int { parameters - function.rank }
  /// Dimensions of the null space that node-wise rescaling does not explain.
  public var unexplained: Int { nullity - rescalings }

  /// Counts the degrees of freedom of a model on some inputs.
  ///
  /// - Parameters:
  ///   - model: whose parameters are counted.
  ///   - inputs: inputs × samples.
  ///   - cutoff: singular values below this fraction of the largest count as zero; that of
  ///     ``FunctionTangent`` unless given.
  /// - Throws: ``DegreesOfFreedomError``.
  /// - Complexity: two ``FunctionTangent``, or one for output models whose divergence is the squared
  ///   distance or that have none.
  public init(
    _ model: Model, on inputs: Matrix<Double>, cutoff: Double? = nil
  ) throws(DegreesOfFreedomError) {
    let network = model.network
    let tangent = try FunctionTangent(model, on: inputs, cutoff: cutoff)
    let divergence: NumericalRank? =
      switch network.output {
      case .square: tangent.rank
      case .exponential: nil
      case .custom where !network.output.hasFisherMetric: nil
      default:
        try FunctionTangent(model, on: inputs, distance: .divergence, cutoff: cutoff).rank
      }
    try self.init(model, tangent, divergence: divergence, samples: inputs.columns)
  }

  /// From what has been computed already.
  public init(
    _ model: Model, _ tangent: FunctionTangent, divergence: NumericalRank?, samples: Int
  ) throws(DegreesOfFreedomError) {
    precondition(tangent.distance == .square, "the ranks of functions are those of ∂f/∂w")
    if model.network.hasCombinedSignals { throw .sharedParameters }
    let graph = PathGraph(model.network)
    let weights = model.parameters.elements
    let rescaling = try RescalingDirections(model)
    parameters = weights.count
    outputs = model.network.outputCount
    self.samples = samples
    paths = graph.pathCount
    usefulEdges = graph.usefulEdges.count { $0 }
    internalUnits = graph.internalUnitCount
    zeroParameters = weights.count { $0 == 0 }
    silentParameters = tangent.isSilent.count { $0 }
    genericPathRank = graph.genericPathRank
    pathRank = graph.pathRank(at: weights)
    function = tangent.rank
    self.divergence = divergence
    rescalings = rescaling.rank.rank
    rescalingResidual = tangent.sensitivity(along: rescaling.directions).max() ?? 0
  }
}
