import Intrinsic
import IntrinsicMath

extension Inspection {
  /// The signal that reaches the units along paths, by one measure (Neyshabur et al. 2016, eqs 3–5).
  public struct PathSize: Codable, Sendable, Equatable {
    public let measure: PathMeasure
    /// γ²_net, the sum of γ_v² over the outputs.
    public let total: Double
    /// γ_v of the units of each layer.
    public let layers: [Spread]

    init(_ quantities: PathQuantities<Double>) {
      measure = quantities.measure
      total = quantities.total
      layers = quantities.gammaSquared.map { Spread($0.map { $0.squareRoot() }) }
    }
  }

  /// How many parameters matter (Neyshabur et al. 2016, §7).
  ///
  /// For linear and ReLU units the rank of ∂f/∂w is at most the path rank.
  public struct Freedom: Codable, Sendable, Equatable {
    /// The number of paths from inputs and biases to outputs.
    public let paths: Double
    /// Parameters on such a path.
    public let usefulEdges: Int
    /// Hidden units on such a path.
    public let internalUnits: Int
    /// The rank of the path Jacobian for almost all weights: useful edges − internal units.
    public let genericPathRank: Int
    /// The rank of the path Jacobian at these weights: less if some are 0.
    public let pathRank: Int
    /// Samples on which the rank of ∂f/∂w is measured: no more than make four rows for each parameter.
    public let samples: Int?
    /// The rank of ∂f/∂w, f the output activities; nil without samples, for networks with more than
    /// ``Inspection/Limits/jacobian`` parameters, and if it is not finite.
    public let function: NumericalRank?

    init(_ model: Model, _ inputs: Matrix<Double>?, _ limits: Limits) {
      let network = model.network
      let graph = PathGraph(network)
      paths = graph.pathCount
      usefulEdges = graph.usefulEdges.count { $0 }
      internalUnits = graph.internalUnitCount
      genericPathRank = graph.genericPathRank
      pathRank = graph.pathRank(at: model.parameters.elements)
      guard let inputs, network.parameterCount <= limits.jacobian else {
        (samples, function) = (nil, nil)
        return
      }
      let count = min(
        inputs.columns, (4 * network.parameterCount + network.outputCount - 1) / network.outputCount
      )
      function = try? FunctionTangent(model, on: inputs.columns(0..<count)).rank
      samples = function == nil ? nil : count
    }
  }

  /// The path norm, and on samples what their variance and second moment make of it.
  static func pathSizes(_ model: Model, _ workspace: Workspace<Double>?) -> [PathSize] {
    var quantities = [model.network.pathNorm(model.parameters)]
    if let workspace {
      quantities += [.covariance, .secondMoment].map {
        workspace.pathQuantities($0, model.parameters)
      }
    }
    return quantities.map { PathSize($0) }
  }
}
