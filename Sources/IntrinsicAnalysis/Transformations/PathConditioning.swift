import Foundation
import Intrinsic
import IntrinsicMath

/// The node-wise rescaling that best conditions the path metric.
///
/// Its diagonal κ_e = Σ_{paths ∋ e} Π_{e′ ≠ e} w_e′² (that of JᵀJ with the path Jacobian J = ∂π/∂w;
/// the κ of Path-SGD, Neyshabur et al. 2016, 32 with α = 0) is made as equal as rescaling can:
/// among all ρ > 0, w′_uv = w_uv ρ_v/ρ_u^p, those with the least
///
///     F = ln(arithmetic mean of κ′_e / geometric mean of κ′_e) ≥ 0
///       = 1/|E| min_α D(diag(κ′) ‖ α Id),   D(X ‖ Y) = tr XY⁻¹ − ln det XY⁻¹ − |E|
///
/// D is the Bregman divergence of −ln det. F is convex in ln ρ and, if each unit has a path to it
/// and from it on which no weight is 0, has one minimum: all rescalings of a network become the same
/// one. Edges with κ_e = 0, on which the function does not depend, are left out.
///
///     let conditioning = try PathConditioning(network, parameters)
///     conditioning.apply(to: &parameters)
///
/// Units of degree p > 1 have γ_v² = (Σ_u w_uv² γ_u²)^p and κ_e = ∂γ_net²/∂(w_e²).
public struct PathConditioning: Sendable {
  /// ρ_v > 0 by hidden layer and unit.
  public let factors: [[Double]]
  /// F before and after, in nats an edge.
  public let divergence: (before: Double, after: Double)
  /// How often each layer had its turn.
  public let sweeps: Int
  /// Whether no ln ρ² changed by more than the tolerance in the last sweep.
  public let isConverged: Bool
  private let network: Network

  /// Finds the rescaling by block coordinate descent, the units of one layer at a time.
  ///
  /// - Complexity: one pass forward and one backward over the squared weights in `T`, then sweeps in
  ///   double precision of O(units) for dense layers and O(edges) for sparse ones.
  ///
  /// - Parameters:
  ///   - network: whose hidden units are rescaled.
  ///   - parameters: those that are conditioned.
  ///   - tolerance: sweeps end once none changes any ln ρ_v² by more.
  ///   - maximumSweeps: they end after this number in any case.
  /// - Throws: ``TransformationError/notHomogeneous(layer:unit:activation:)`` for a hidden layer that
  ///   is not homogeneous or is reparametrized, and
  ///   ``TransformationError/pathsNotFinite(layer:)`` if sums of products of squared weights are not.
  public init<T: Scalar>(
    _ network: Network, _ parameters: Parameters<T>, tolerance: Double = 1e-10,
    maximumSweeps: Int = 10_000
  ) throws(TransformationError) {
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) parameters for a network of \(network.parameterCount)")
    if network.hasCombinedSignals { throw .sharedParameters }
    try network.checkHomogeneity()
    let moments = try PathMoments(network, parameters)
    let descent = PathDescent(network, moments)
    let before = descent.objective
    var (sweeps, change) = (0, Double.infinity)
    while change > tolerance && sweeps < maximumSweeps {
      change = descent.sweep()
      sweeps += 1
    }
    self.network = network
    self.sweeps = sweeps
    isConverged = change <= tolerance
    divergence = (before, descent.objective)
    factors = network.layers.indices.dropLast().map { layer in
      descent.logarithms(layer: layer).map { exp($0 / 2) }
    }
  }

  /// The rescaling as a transformation.
  public var transformation: Transformation {
    Transformation(
      .pathConditioning,
      factors.enumerated().map { SignalRecoding.rescaling(layer: $0.offset, $0.element) })
  }

  /// w_uv ← w_uv ρ_v/ρ_u^p in place, the same as the transformation does, at vector speed.
  public func apply<T: Scalar>(to parameters: inout Parameters<T>) {
    precondition(
      parameters.count == network.parameterCount,
      "\(parameters.count) parameters for a network of \(network.parameterCount)")
    if !isKnownUniquelyReferenced(&parameters.storage) {
      let copy = Buffer<T>(count: parameters.count)
      copy.copy(from: parameters.storage)
      parameters.storage = copy
    }
    let count = network.rowCount
    let (units, sources) = (Buffer<Double>(count: count), Buffer<Double>(count: count))
    Double.fill(count: count, value: 1, into: units.pointer)
    Double.fill(count: count, value: 1, into: sources.pointer)
    for (layer, factors) in zip(network.layers, factors) {
      for (row, factor) in zip(layer.rows, factors) {
        units.pointer[row] = factor
        sources.pointer[row] =
          1 / PathMoments.power(factor, layer.activation.degree)
      }
    }
    let (b, a) = (Buffer<T>(count: count), Buffer<T>(count: count))
    T.fromDouble(count: count, x: units.pointer, into: b.pointer)
    T.fromDouble(count: count, x: sources.pointer, into: a.pointer)
    let products = Buffer<T>(count: network.layers.map(\.parameters.count).max()!)
    for layer in network.layers {
      let weights = parameters.storage.pointer + layer.parameters.lowerBound
      layer.connection.outer(
        b.pointer + layer.rows.lowerBound, Rows(a.pointer, columns: 1), scale: 1, keep: 0,
        into: products.pointer, threads: 1)
      T.multiply(count: layer.parameters.count, x: products.pointer, y: weights, into: weights)
    }
  }
}

extension Transformation {
  /// The rescaling that best conditions the path metric: see ``PathConditioning``.
  ///
  /// - Throws: for a hidden unit that is not homogeneous.
  public static func pathConditioning(_ model: Model) throws(TransformationError) -> Transformation
  {
    try PathConditioning(model.network, model.parameters).transformation
  }
}
