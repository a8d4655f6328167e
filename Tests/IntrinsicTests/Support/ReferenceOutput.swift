import Foundation

@testable import Intrinsic

/// The target of one sample.
enum ReferenceTarget {
  case values([Double])
  case label(Int)

  init(_ targets: Targets<Double>, sample: Int) {
    switch targets {
    case .values(let matrix): self = .values((0..<matrix.rows).map { matrix[$0, sample] })
    case .classes(let classes): self = .label(classes[sample])
    }
  }
}

/// Output models, written down from their definitions on activities a, unfused.
struct ReferenceOutput {
  let model: OutputModel
  let activation: Activation

  /// (dp/da, offset) of the probability p = offset + a · dp/da that a bit's activity stands for.
  private var probability: (slope: Double, offset: Double) {
    switch activation {
    case .tanh: (0.5, 0.5)
    case .scaledTanh: (0.5 / 1.7159, 0.5)
    default: (1, 0)
    }
  }

  func bit(_ a: Double) -> Double { probability.offset + a * probability.slope }

  /// The probability of a count, as a product.
  private func poisson(_ count: Int, _ rate: Double) -> Double {
    (0..<count).reduce(exp(-rate)) { $0 * rate / Double($1 + 1) }
  }

  private func huber(_ u: Double, _ d: Double) -> Double {
    abs(u) <= d ? u * u / 2 : d * (abs(u) - d / 2)
  }

  /// Class probabilities.
  func classes(_ a: [Double]) -> [Double] {
    let weights = model == .softmax ? a.map { exp($0) } : a.map { $0 * $0 }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  func loss(_ a: [Double], _ target: ReferenceTarget) -> Double {
    switch (model, target) {
    case (.square, .values(let y)): zip(y, a).map { ($0 - $1) * ($0 - $1) / 2 }.reduce(0, +)
    case (.bernoulli, .values(let y)):
      -zip(y, a.map(bit)).map { y, p in
        (y == 0 ? 0 : y * log(p)) + (y == 1 ? 0 : (1 - y) * log(1 - p))
      }.reduce(0, +)
    case (.exponential, .values(let y)): zip(y, a).map { exp(-$0 * $1) }.reduce(0, +)
    case (.poisson, .values(let y)):
      zip(y, a).map { -log(poisson(Int($0), exp($1))) }.reduce(0, +)
    case (.huber(let d), .values(let y)): zip(y, a).map { huber($0 - $1, d) }.reduce(0, +)
    case (_, .label(let y)): -log(classes(a)[y])
    default: preconditionFailure()
    }
  }

  /// b = −∂ℓ/∂a.
  func signal(_ a: [Double], _ target: ReferenceTarget) -> [Double] {
    switch (model, target) {
    case (.square, .values(let y)): return zip(y, a).map { $0 - $1 }
    case (.bernoulli, .values(let y)):
      return zip(y, a.map(bit)).map { ($0 - $1) / ($1 * (1 - $1)) * probability.slope }
    case (.exponential, .values(let y)): return zip(y, a).map { $0 * exp(-$0 * $1) }
    case (.poisson, .values(let y)): return zip(y, a).map { $0 - exp($1) }
    case (.huber(let d), .values(let y)):
      return zip(y, a).map { abs($0 - $1) <= d ? $0 - $1 : $0 > $1 ? d : -d }
    case (.softmax, .label(let y)):
      let p = classes(a)
      return a.indices.map { ($0 == y ? 1 : 0) - p[$0] }
    case (.spherical, .label(let y)):
      let s = dot(a, a)
      return a.indices.map { ($0 == y ? 2 / a[$0] : 0) - 2 * a[$0] / s }
    default: preconditionFailure()
    }
  }

  /// The Fisher matrix on a.
  func fisher(_ a: [Double]) -> [[Double]] {
    let identity = a.indices.map { i in a.indices.map { $0 == i ? 1.0 : 0 } }
    func entries(_ f: (Int, Int) -> Double) -> [[Double]] {
      a.indices.map { i in a.indices.map { f(i, $0) } }
    }
    switch model {
    case .square: return identity
    case .bernoulli:
      return entries { i, j in
        let p = bit(a[i])
        return i == j ? probability.slope * probability.slope / (p * (1 - p)) : 0
      }
    case .softmax:
      let p = classes(a)
      return entries { i, j in p[i] * identity[i][j] - p[i] * p[j] }
    case .spherical:
      let s = dot(a, a)
      return entries { i, j in 4 / s * identity[i][j] - 4 * a[i] * a[j] / (s * s) }
    case .poisson:
      // Of independent counts, by the definition.
      return entries { i, j in
        guard i == j else { return 0 }
        let rate = exp(a[i])
        return (0...Int(rate + 40 * (rate + 1).squareRoot()))
          .reduce(0) { $0 + poisson($1, rate) * (Double($1) - rate) * (Double($1) - rate) }
      }
    case .huber(let d):
      // ∫ ρ′² e^{−ρ}/∫ e^{−ρ}, by Simpson's rule up to δ and in closed form beyond.
      func integral(_ f: (Double) -> Double) -> Double {
        let h = d / 2_000
        var sum = 0.0
        for i in 0...2_000 {
          let weight: Double = i == 0 || i == 2_000 ? 1 : i % 2 == 0 ? 2 : 4
          sum += weight * f(Double(i) * h)
        }
        return h / 3 * sum
      }
      let tail = exp(-d * d / 2)
      let z = integral { exp(-huber($0, d)) } + tail / d
      let second = integral { $0 * $0 * exp(-huber($0, d)) } + d * tail
      return entries { i, j in i == j ? second / z : 0 }
    case .custom, .exponential: preconditionFailure("no Fisher matrix")
    }
  }

  /// KL(p(a) ‖ p(b)) in nats.
  func divergence(_ a: [Double], _ b: [Double]) -> Double {
    func term(_ p: Double, _ q: Double) -> Double { p * (log(p) - log(q)) }
    switch model {
    case .square: return zip(a, b).map { ($0 - $1) * ($0 - $1) / 2 }.reduce(0, +)
    case .bernoulli:
      return zip(a.map(bit), b.map(bit)).map { term($0, $1) + term(1 - $0, 1 - $1) }.reduce(0, +)
    case .softmax, .spherical: return zip(classes(a), classes(b)).map(term).reduce(0, +)
    case .poisson:
      return zip(a, b).map { exp($0) * ($0 - $1) - exp($0) + exp($1) }.reduce(0, +)
    case .huber, .custom, .exponential: preconditionFailure("no divergence in closed form")
    }
  }
}
