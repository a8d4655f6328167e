import IntrinsicMath

/// γ_v² of every unit and their sum over outputs (Neyshabur et al. 2016, eqs 3–5).
public struct PathQuantities<T: Scalar>: Sendable {
  /// What γ is.
  public let measure: PathMeasure
  /// γ_v² of the units of each layer.
  public let gammaSquared: [[T]]
  /// c_v = ∂γ²_net/∂γ_v² of the units of each layer; 1 for outputs.
  public let influence: [[T]]
  /// γ²_net = Σ_{v ∈ out} γ_v².
  public let total: T

  init(_ norms: PathNorms<T>, _ network: Network) {
    measure = norms.measure
    func values(_ rows: Rows<T>) -> [[T]] { network.layers.map { rows.matrix($0.rows).elements } }
    gammaSquared = values(norms.gamma)
    influence = values(norms.outgoing)
    total = norms.total
  }
}

extension Workspace {
  /// The path quantities of the loaded samples, which may be other ones than those of training and
  /// need no targets, after `forward`. O(number of parameters), and a pass over the pre-activations.
  public func pathQuantities(
    _ measure: PathMeasure, _ parameters: Parameters<T>
  ) -> PathQuantities<T> {
    require(.forward, for: "a path measure of samples")
    let norms = PathNorms<T>(measure, network)
    norms.compute(at: self, parameters)
    return PathQuantities(norms, network)
  }
}

extension Network {
  /// The path norm (α = 0), which needs no data: γ²_net is the sum over all paths of the products of
  /// their squared weights. O(number of parameters).
  public func pathNorm<T: Scalar>(_ parameters: Parameters<T>) -> PathQuantities<T> {
    precondition(
      parameters.count == parameterCount,
      "\(parameters.count) parameters for a network of \(parameterCount)")
    let norms = PathNorms<T>(.pathNorm, self)
    norms.compute(at: nil, parameters)
    return PathQuantities(norms, self)
  }
}
