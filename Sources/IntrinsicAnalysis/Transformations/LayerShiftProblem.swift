import Foundation
import IntrinsicMath

/// The common turn of all hidden layers in ``PathDescent``: one shift t_ℓ of the z of all units of
/// each layer, at which
///
///     f(t) = |E| ln Σ_{a → b} s_ab e^{p_a t_a − t_b} − Σ_ℓ D_ℓ t_ℓ
///
/// is least, with s_ab = Σ κ′ over the edges from layer a to layer b, t = 0 for inputs, biases and
/// outputs, and D_ℓ = Σ_v d_v over the units of layer ℓ.
struct LayerShiftProblem {
  /// Edges from one layer to another.
  struct Group {
    /// s_ab > 0.
    let sum: Double
    /// The hidden layer that is read; nil for inputs and biases.
    let source: Int?
    /// p_a.
    let degree: Double
    /// The hidden layer that reads; nil for the outputs.
    let target: Int?
  }

  let groups: [Group]
  /// D_ℓ.
  let differences: [Double]
  /// |E|.
  let edgeCount: Double

  /// t, by Newton's method with halved steps where a whole one does not lower f.
  ///
  /// Cost: O(layers³) an iteration.
  func solve() -> [Double] {
    let count = differences.count
    var t = [Double](repeating: 0, count: count)
    var value = objective(t)
    for _ in 0..<100 {
      guard let step = newtonStep(t) else { break }
      let length = step.reduce(0) { max($0, abs($1)) }
      var (factor, next) = (1.0, zip(t, step).map { $0 + $1 })
      // Short steps need no test, which rounding would spoil: each squares the error of the last.
      // What overflows is no lower either.
      while length > 1e-2 && !(objective(next) <= value) {
        factor /= 2
        if factor < 1e-6 { return t }
        next = zip(t, step).map { $0 + factor * $1 }
      }
      (t, value) = (next, objective(next))
      if length < 1e-7 { break }
    }
    return t
  }

  private func exponent(_ group: Group, _ t: [Double]) -> Double {
    (group.source.map { group.degree * t[$0] } ?? 0) - (group.target.map { t[$0] } ?? 0)
  }

  private func objective(_ t: [Double]) -> Double {
    let total = groups.reduce(0) { $0 + $1.sum * exp(exponent($1, t)) }
    return edgeCount * log(total) - zip(differences, t).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// −H⁻¹∇f, with ∇f = |E| Σ π a − D and H = |E| (Σ π a aᵀ − (Σ π a)(Σ π a)ᵀ) for the shares π of
  /// groups in the sum and the vectors a of their exponents; nil if H is singular.
  private func newtonStep(_ t: [Double]) -> [Double]? {
    let count = differences.count
    let terms = groups.map { $0.sum * exp(exponent($0, t)) }
    let total = terms.reduce(0, +)
    var mean = [Double](repeating: 0, count: count)
    var hessian = [Double](repeating: 0, count: count * count)
    for (group, term) in zip(groups, terms) {
      let share = term / total
      if let a = group.source {
        mean[a] += group.degree * share
        hessian[a * count + a] += group.degree * group.degree * share
      }
      if let b = group.target {
        mean[b] -= share
        hessian[b * count + b] += share
      }
      if let a = group.source, let b = group.target {
        hessian[b * count + a] -= group.degree * share
      }
    }
    for i in 0..<count {
      for j in 0...i { hessian[i * count + j] -= mean[i] * mean[j] }
    }
    guard Double.choleskyFactor(n: count, a: &hessian, lda: count) == 0 else { return nil }
    var step = (0..<count).map { differences[$0] / edgeCount - mean[$0] }
    Double.choleskySolve(n: count, factor: hessian, lda: count, b: &step)
    return step.allSatisfy(\.isFinite) ? step : nil
  }
}
