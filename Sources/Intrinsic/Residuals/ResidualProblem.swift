import IntrinsicMath

/// A network and what it is to satisfy at sets of points: a physics-informed network.
///
///     L(θ) = Σ_sets w · ½ mean_x ω(x)²,   ω(x) = (N u_θ)(x) − f(x)
///
///     let problem = try ResidualProblem(
///       network,
///       [
///         ResidualSet("interior", LinearOperator(laplacian: [-1, -1]), at: inside, targets: f),
///         ResidualSet("boundary", LinearOperator(value: 1), at: edge),
///       ])
///     let descent = try LevenbergMarquardt(problem, from: start)
///     try descent.run(iterations: 1000)
///
/// The output model is that of Gaussians of variance 1, one for each residual, so that the Fisher matrix is that of
/// Gauss and Newton, A = J Jᵀ with the columns √(w/n) ∂ω(x)/∂θ: the metric of the energy natural gradient (Müller
/// and Zeinhofer 2023), with all its reductions. Derivatives are exact, by jets (Ollivier 2015, Appendix C).
public struct ResidualProblem<T: Scalar>: Sendable {
  /// Whose outputs are u; its own output model plays no part.
  public let network: Network
  /// In the order of the residuals.
  public let sets: [ResidualSet<T>]

  /// - Throws: ``ResidualError`` if the network does not have the derivatives that operators ask for, with respect
  ///   to inputs and then to parameters, or points do not determine its activities.
  public init(_ network: Network, _ sets: [ResidualSet<T>]) throws(ResidualError) {
    precondition(!sets.isEmpty, "a problem without sets of points")
    for set in sets {
      precondition(
        set.points.rows == network.inputCount,
        "“\(set.name)”: points of \(set.points.rows) × \(set.points.columns) for \(network.inputCount) inputs"
      )
      let shape = JetShape(inputCount: network.inputCount, set.differential.order)
      do throws(InputDerivativeError) {
        try network.checkInputDerivatives(order: shape.trainingOrder, hasStatistics: true)
      } catch { throw .noDerivative(set: set.name, error) }
    }
    for (index, layer) in network.layers.enumerated() {
      if layer.normalization != nil { throw .normalized(layer: index) }
      if layer.dropout > 0 { throw .dropout(layer: index) }
    }
    self.network = network
    self.sets = sets
  }

  /// The number of all points.
  public var residualCount: Int { sets.reduce(0) { $0 + $1.points.columns } }

  /// √(w/n) ω(x) of all points, set after set: L = ½ Σ of the squares.
  public func residuals(at parameters: Parameters<T>, threads: Int = 1) -> [T] {
    ResidualPasses(self, threads: threads, isTrained: false).residuals(at: parameters).elements
  }

  /// L in nats.
  public func loss(at parameters: Parameters<T>, threads: Int = 1) -> T {
    ResidualPasses(self, threads: threads, isTrained: false).loss(at: parameters)
  }

  /// G = −∂L/∂θ. Cost: a pass forward and one back over jets of each set's order.
  public func gradient(at parameters: Parameters<T>, threads: Int = 1) -> Gradient<T> {
    var gradient = Gradient<T>(network)
    ResidualPasses(self, threads: threads).gradient(at: parameters, into: &gradient)
    return gradient
  }

  /// J, parameters × residuals: column x is √(w/n) ∂ω(x)/∂θ. Cost: a pass forward and one back, and an outer product
  /// for each component of a jet.
  public func jacobian(at parameters: Parameters<T>, threads: Int = 1) -> Matrix<T> {
    ResidualPasses(self, threads: threads).jacobian(at: parameters)
  }

  /// The first residual that is not finite at some parameters.
  public func firstFault(at parameters: Parameters<T>) -> ResidualError? {
    let residuals = residuals(at: parameters)
    guard let index = residuals.firstIndex(where: { !$0.isFinite }) else { return nil }
    var point = index
    for set in sets {
      if point < set.points.columns {
        return .notFinite(
          set: set.name, point: point,
          inputs: (0..<network.inputCount).map { Double(set.points[$0, point]) })
      }
      point -= set.points.columns
    }
    return nil
  }
}
