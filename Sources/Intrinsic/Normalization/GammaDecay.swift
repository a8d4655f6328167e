import Foundation
import IntrinsicMath

/// Gamma decay, the penalty Σ ζ_v g_v² on the gains of normalized units (Luo et al. 2019, Theorem 1):
/// what the noise of statistics of batches of M samples amounts to, to first order in 1/M.
///
/// The adaptive coefficient is, with h̄ = g ẑ + β, t the standardized pre-activation, ρ its excess
/// kurtosis, v the variance of ẑ, q = α v, and A″ = s′(h̄), or sigmoid(h̄) for rectifiers,
///
///     ζ = v q² (ρ + 2)/(8M) E[A″ t²] + v E[A″]/(2M)
///
/// where the second term is there if the mean is subtracted. For batch normalization v = q = 1, which
/// is the paper's (3).
public struct GammaDecay: Hashable, Sendable, Codable {
  /// Where ζ comes from.
  public enum Coefficient: Hashable, Sendable, Codable {
    /// The same for all units and steps.
    case fixed(Double)
    /// From the batch of each step, for the noise of batches of M samples.
    case adaptive(noiseOf: Int)
  }

  /// ζ.
  public let coefficient: Coefficient

  /// - Throws: ``NormalizationError`` unless ζ ≥ 0 or M ≥ 1.
  public init(_ coefficient: Coefficient) throws(NormalizationError) {
    switch coefficient {
    case .fixed(let zeta):
      guard zeta >= 0, zeta.isFinite else { throw .invalidCoefficient(zeta) }
    case .adaptive(let samples):
      guard samples >= 1 else { throw .invalidBatch(samples) }
    }
    self.coefficient = coefficient
  }
}

/// Computes the penalty and its gradient at a workspace.
final class GammaDecayPenalty<T: Scalar>: Penalty {
  private let decay: GammaDecay
  private let network: Network
  /// ζ of each unit, by layer of ẑ.
  private let coefficients: [Buffer<T>?]
  private let rows: [UnitStatistics<T>?]
  private let preactivations: Buffer<T>
  private let curvature: Buffer<T>
  private let standardized: Buffer<T>
  private let statistics: (mean: Buffer<T>, variance: Buffer<T>, fourth: Buffer<T>, root: Buffer<T>)

  init(_ decay: GammaDecay, _ network: Network, maximumBatchSize: Int) {
    self.decay = decay
    self.network = network
    coefficients = network.layers.indices.map {
      network.gainLayer(of: $0).map { Buffer(count: $0.unitCount) }
    }
    rows = network.layers.indices.map { index in
      network.gainLayer(of: index).map { UnitStatistics($0, threads: 1) }
    }
    let units = coefficients.map { $0?.count ?? 0 }.max()!
    let count = network.layers.indices.map { network.gainLayer(of: $0)?.rows.count ?? 0 }.max()!
    preactivations = Buffer(count: count * maximumBatchSize)
    curvature = Buffer(count: count * maximumBatchSize)
    standardized = Buffer(count: count * maximumBatchSize)
    statistics = (
      Buffer(count: units), Buffer(count: units), Buffer(count: units), Buffer(count: units)
    )
  }

  /// ζ of the units of a layer with gains.
  func coefficients(layer: Int) -> [T] { coefficients[layer]?.elements ?? [] }

  /// Adds −∂(Σ ζ g²)/∂g, ζ held fixed, to the gradient that was computed at the workspace, or the
  /// same with respect to ln g.
  /// - Returns: Σ ζ g² in nats.
  @discardableResult
  func add(
    to gradient: inout Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>
  ) -> T {
    let g = gradient.mutablePointer
    var penalty: T = 0
    for (index, zeta) in coefficients.enumerated() {
      guard let zeta else { continue }
      estimate(zeta, layer: index, at: workspace, parameters)
      let isExponential = network.layers[index].normalization!.gain == .exponential
      let reader = network.layers[index + 1]
      for unit in 0..<zeta.count {
        let i =
          reader.parameters.lowerBound + reader.connection.parameters(of: unit).upperBound - 1
        let value = parameters.pointer[i]
        let square = isExponential ? T(Foundation.exp(2 * Double(value))) : value * value
        penalty += zeta[unit] * square
        g[i] -= 2 * zeta[unit] * (isExponential ? square : value)
      }
    }
    return penalty
  }

  private func estimate(
    _ zeta: Buffer<T>, layer index: Int, at workspace: Workspace<T>, _ parameters: Parameters<T>
  ) {
    let (units, batch) = (zeta.count, workspace.batch)
    let (count, rows) = (network.layers[index].rows.count * batch, rows[index]!)
    let samples: Int
    switch decay.coefficient {
    case .fixed(let value): return T.fill(count: units, value: T(value), into: zeta.pointer)
    case .adaptive(let noise): samples = noise
    }
    let reader = network.layers[index + 1]
    let kind = network.layers[index].normalization!
    let (mean, variance, fourth, root) = statistics
    let (y, c, t) = (preactivations.pointer, curvature.pointer, standardized.pointer)
    t.update(from: workspace.normalized(layer: index), count: count)
    rows.measure(t, batch: batch, mean: mean.pointer, square: variance.pointer)
    T.inverseRoot(count: units, x: variance.pointer, into: root.pointer)
    rows.normalize(t, batch: batch, mean: mean.pointer, factor: root.pointer)

    reader.connection.apply(
      parameters.pointer + reader.parameters.lowerBound, workspace.activities, into: y,
      threads: workspace.threads)
    if reader.activation == .relu {
      Activation.sigmoid.apply(count: count, y: y, a: c, r: nil)
    } else {
      reader.activation.apply(count: count, y: y, a: y, r: c)
    }
    rows.measure(c, batch: batch, mean: mean.pointer, square: nil)
    T.square(count: count, x: t, into: t)
    rows.products(t, t, batch: batch, into: fourth.pointer)
    rows.products(t, c, batch: batch, into: root.pointer)
    let (alpha, m) = (T(kind.measure.alpha), T(samples))
    for unit in 0..<units {
      let (v, q) = (variance[unit], alpha * variance[unit])
      let fromVariance = q * q * (fourth[unit] - 1) / (8 * m) * root[unit]
      let fromMean = kind.isCentred ? mean[unit] / (2 * m) : 0
      zeta[unit] = v * (fromVariance + fromMean)
    }
  }
}
