import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicTheory

struct QuadratureTests {
  @Test(arguments: [1, 2, 5, 12, 33, 96])
  func `Gauss–Legendre rules are exact for polynomials of degree 2n − 1`(count: Int) {
    let rule = GaussLegendre(count)
    #expect(rule.nodes.count == count && rule.nodes == rule.nodes.sorted())
    for degree in [0, 1, count, 2 * count - 2, 2 * count - 1] {
      let sum = zip(rule.nodes, rule.weights).reduce(0) { $0 + $1.1 * pow($1.0, Double(degree)) }
      let exact = degree % 2 == 0 ? 2 / Double(degree + 1) : 0
      expectClose(sum, exact, 1e-14, "degree \(degree)")
    }
    // And no further: x²ⁿ is missed by the square norm of the monic Legendre polynomial.
    let next = zip(rule.nodes, rule.weights).reduce(0) { $0 + $1.1 * pow($1.0, Double(2 * count)) }
    if count <= 5 { #expect(2 / Double(2 * count + 1) - next > 1e-4) }
  }

  @Test func `moments of normal variables come out to rounding error`() throws {
    let one = try GaussianMean.overOne { z in SIMD4(1, z * z, pow(z, 4), pow(z, 8)) }
    for (lane, exact) in [1.0, 1, 3, 105].enumerated() {
      expectClose(one[lane], exact, 1e-13, "moment \(lane)")
    }
    for (q, r) in [(0.3, -0.9), (1, 0), (2, 0.6), (1.5, 1), (0.7, -1)] {
      let pair = try GaussianMean.overPair(scale: q, correlation: r) { u, v in
        SIMD4(1, u * u, u * v, u * u * v * v)
      }
      // Isserlis: E[u²v²] = E[u²] E[v²] + 2 E[uv]².
      for (lane, exact) in [1, q * q, q * r, q * q * (1 + 2 * r * r)].enumerated() {
        expectClose(pair[lane], exact, 1e-13, "Q = \(q), R = \(r), moment \(lane)")
      }
    }
  }

  static let scales = [0.05, 0.5, 1, 1.4, 6]
  static let overlaps = [-1, -0.999, -0.5, 0, 0.3, 0.95, 0.999_999, 1]

  @Test(arguments: [PerceptronActivation.relu, .identity, .error].map(\.name))
  func `quadrature agrees with every closed form`(name: String) throws {
    let activation = try #require(PerceptronActivation.named.first { $0.name == name })
    for q in Self.scales {
      for r in Self.overlaps {
        let closed = try PerceptronIntegrals(activation, scale: q, overlap: r)
        let numeric = try PerceptronIntegrals(activation.byQuadrature, scale: q, overlap: r)
        // Closed forms of ReLU and erf lose digits to 1 − R², hence not 1e-14.
        for (what, a, b) in [
          ("I1", closed.student, numeric.student), ("I2", closed.squared, numeric.squared),
          ("I3", closed.teacher, numeric.teacher), ("error", closed.error, numeric.error),
        ] { expectClose(a, b, 1e-12, "\(name), Q = \(q), R = \(r): \(what)") }
      }
    }
  }

  @Test(arguments: [PerceptronActivation.sigmoid, .tanh, .softplus, .relu].map(\.name))
  func `integrals agree with means over samples`(name: String) throws {
    let activation = try #require(PerceptronActivation.named.first { $0.name == name })
    var stream = RandomStream(seed: 11)
    let count = 400_000
    for (q, r) in [(1.3, 0.4), (0.6, -0.7)] {
      var (sum, squares) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
      for _ in 0..<count {
        let z = stream.normal()
        let (u, v) = (q * z, r * z + (1 - r * r).squareRoot() * stream.normal())
        let difference = activation.value(v) - activation.value(u)
        let delta = activation.derivative(u) * difference
        let values = SIMD4(delta * u, delta * delta, delta * v, difference * difference / 2)
        sum += values
        squares += values * values
      }
      let integrals = try PerceptronIntegrals(activation.byQuadrature, scale: q, overlap: r)
      let expected = SIMD4(
        integrals.student, integrals.squared, integrals.teacher, integrals.error)
      for lane in 0..<4 {
        let mean = sum[lane] / Double(count)
        let deviation = ((squares[lane] / Double(count) - mean * mean) / Double(count)).squareRoot()
        // One in 10⁵ of correct integrals would be further away.
        #expect(
          abs(mean - expected[lane]) < 4.5 * deviation,
          "\(name), Q = \(q), R = \(r), integral \(lane): \(expected[lane]), samples \(mean)")
      }
    }
  }

  @Test(arguments: PerceptronActivation.named.map(\.name))
  func `derivatives of activations are theirs`(name: String) throws {
    let activation = try #require(PerceptronActivation.named.first { $0.name == name })
    for x in [-8.0, -1.3, -0.2, 0.4, 2, 5] {
      let h = 1e-4
      let g = { activation.value(x + $0 * h) }
      // Central differences of order 4; rounding is 1e-16/h and 1e-16/h².
      let first = (g(-2) - 8 * g(-1) + 8 * g(1) - g(2)) / (12 * h)
      let second = (-g(-2) + 16 * g(-1) - 30 * g(0) + 16 * g(1) - g(2)) / (12 * h * h)
      expectClose(activation.derivative(x), first, 1e-11, "\(name)′(\(x))")
      expectClose(activation.secondDerivative(x), second, 1e-6, "\(name)″(\(x))")
    }
  }

  @Test func `a kink elsewhere than at 0 is noticed`() {
    let shifted = PerceptronActivation(
      name: "shifted", value: { max($0 - 0.3, 0) }, derivative: { $0 > 0.3 ? 1 : 0 },
      secondDerivative: { _ in 0 })
    #expect {
      try PerceptronIntegrals(shifted, scale: 1, overlap: 0.5)
    } throws: { error in
      guard case TheoryError.quadratureNotConverged(192, let difference, let tolerance) = error
      else { return false }
      return difference > tolerance && "\(error)".contains("kink")
    }
  }
}
