import Foundation
import Testing

@testable import IntrinsicTheory

struct LinearizationTests {
  static let methods = LearningDynamicsTests.methods

  @Test(arguments: [0.4, 0.8, 1, 1.7])
  func `slopes at full overlap are limits of differences`(scale: Double) throws {
    // erf is smooth in R and has closed forms, so that one-sided differences of order 3 are good to
    // about 1e-9; ReLU has terms in (1 − R)^{3/2}, whose differences vanish with √h.
    for (activation, h, tolerance) in [
      (PerceptronActivation.error, 1e-3, 1e-7), (.relu, 1e-9, 1e-4),
    ] {
      let slopes = try PerceptronSlopes(activation, scale: scale)
      let values = try (0...3).map {
        try PerceptronIntegrals(activation, scale: scale, overlap: 1 - Double($0) * h)
      }
      func slope(_ value: (PerceptronIntegrals) -> Double) -> Double {
        let v = values.map(value)
        return activation.name == "relu"
          ? (v[0] - v[1]) / h : (11 * v[0] - 18 * v[1] + 9 * v[2] - 2 * v[3]) / (6 * h)
      }
      expectClose(slopes.studentByOverlap, slope(\.student), tolerance, "I1, \(activation.name)")
      expectClose(slopes.squaredByOverlap, slope(\.squared), tolerance, "I2, \(activation.name)")
      expectClose(slopes.teacherByOverlap, slope(\.teacher), tolerance, "I3, \(activation.name)")
    }
    for activation in [PerceptronActivation.relu, .identity, .error, .tanh] {
      let slopes = try PerceptronSlopes(activation, scale: scale)
      let here = try PerceptronIntegrals(activation, scale: scale, overlap: 1).student / scale
      expectClose(slopes.pull, here, 1e-12, "I1/Q, \(activation.name)")
      let h = 1e-4
      let (above, below) = (
        try PerceptronSlopes(activation, scale: scale + h).pull,
        try PerceptronSlopes(activation, scale: scale - h).pull
      )
      expectClose(slopes.pullByScale, (above - below) / (2 * h), 1e-7, activation.name)
    }
  }

  @Test func `ReLU has the paper's slopes and maximum rates`() throws {
    for decay in [0, 0.05, 0.1, 0.3, 2] {
      let gamma = 1 / (2 * decay + 1)
      let slopes = try PerceptronSlopes(.relu, scale: gamma)
      // Errata B10: ∂I₁/∂R = γ/2, ∂I₂/∂R = −γ, ∂I₃/∂R = −γ/2, and B9: ∂(I₁/γ)/∂γ = −½.
      expectClose(slopes.studentByOverlap, gamma / 2, 1e-12, "I1")
      expectClose(slopes.squaredByOverlap, -gamma, 1e-12, "I2")
      expectClose(slopes.teacherByOverlap, -gamma / 2, 1e-12, "I3")
      expectClose(slopes.pullByScale, -0.5, 1e-12, "I1/γ")
      let line = try LearningDynamics(.batchNormalization(decay: decay), .relu, rate: 0.2)
        .linearization(length: 1.1)
      expectClose(line.maximumRate, 2 + 4 * decay, 1e-12, "η_max")
      expectClose(line.scaleEigenvalue, -0.2 * (0.5 + decay), 1e-12, "λ_γ")
    }
  }

  @Test(arguments: methods)
  func `eigenvalues are those of the Jacobian matrix by differences`(
    method: LearningDynamics.Method
  ) throws {
    let dynamics = try LearningDynamics(method, .error, rate: 0.6)
    let line = try dynamics.linearization(length: 1.2)
    let point = line.fixedPoint.values
    let h = 1e-4
    func slope(_ lane: Int, _ size: Double) throws -> SIMD3<Double> {
      var moved = point
      moved[lane] += size * h
      if method == .gradientDescent && lane != 1 { moved.x = 1 + size * h }
      if method == .gradientDescent && lane != 1 { moved.z = 1 + size * h }
      return try dynamics.derivative(at: .init(moved)).values
    }
    func column(_ lane: Int) throws -> SIMD3<Double> {
      // R cannot exceed 1.
      if lane == 1 {
        let (v1, v2, v3) = (try slope(1, -1), try slope(1, -2), try slope(1, -3))
        return (11 * (try slope(1, 0)) - 18 * v1 + 9 * v2 - 2 * v3) / (6 * h)
      }
      return (try slope(lane, 1) - slope(lane, -1)) / (2 * h)
    }
    let (byScale, byOverlap, byLength) = (try column(0), try column(1), try column(2))
    expectClose(line.scaleEigenvalue, byScale.x, 1e-7, "λ_γ")
    // I₂(γ₀, 1), which the eigenvalue neglects, adds −η²γ²I₂/(2L⁴).
    let (gamma, length) = (line.fixedPoint.gamma, line.fixedPoint.length)
    let rest = try PerceptronIntegrals(.error, scale: gamma, overlap: 1).squared
    let neglected = -0.36 * gamma * gamma / (2 * pow(length, 4)) * rest
    expectClose(line.overlapEigenvalue + neglected, byOverlap.y, 1e-6, "λ_R")
    #expect((rest > 1e-6) == (method.decay > 0))
    // Triangular but for what is neglected: γI₃ = I₁ at R = 1 for every γ.
    func neglectedDrift(at gamma: Double) throws -> Double {
      -0.36 * gamma * gamma / (2 * pow(length, 4))
        * (try PerceptronIntegrals(.error, scale: gamma, overlap: 1).squared)
    }
    if method != .gradientDescent {
      let restByScale =
        try (neglectedDrift(at: gamma + h) - neglectedDrift(at: gamma - h)) / (2 * h)
      expectClose(byScale.y, restByScale, 1e-8, "∂(dR/dt)/∂γ")
      expectClose(byLength.y, -4 / length * neglected, 1e-7, "∂(dR/dt)/∂L")
    } else {
      expectClose(byLength.y, 0, 1e-7, "∂(dR/dt)/∂L")
    }
    if method.decay == 0 { expectClose(line.lengthEigenvalue, byLength.z, 1e-7, "λ_L") }
    // Proposition 1: λ_R = (∂I₂/∂R)(ηγ₀/2L₀²)(η_max − η_eff).
    let slopes = try PerceptronSlopes(.error, scale: gamma)
    expectClose(
      line.overlapEigenvalue,
      slopes.squaredByOverlap * 0.6 * gamma / (2 * length * length)
        * (line.maximumRate - line.effectiveRate), 1e-12, "Proposition 1")
  }

  @Test(arguments: methods)
  func `the fixed point loses its stability where it is said to`(
    method: LearningDynamics.Method
  ) throws {
    for (activation, length) in [(PerceptronActivation.relu, 1.0), (.relu, 1.3), (.error, 0.9)] {
      let limit = try LearningDynamics(method, activation, rate: 1).linearization(length: length)
        .stabilityLimit
      // Bisection for the rate at which 1 − R begins to grow at a small distance.
      var (low, high) = (0.5 * limit, 2 * limit)
      for _ in 0..<30 {
        let rate = (low + high) / 2
        let dynamics = try LearningDynamics(method, activation, rate: rate)
        let point = try dynamics.linearization(length: length).fixedPoint
        func drift(_ distance: Double) throws -> Double {
          try dynamics.derivative(
            at: .init(gamma: point.gamma, overlap: 1 - distance, length: point.length)
          ).overlap
        }
        // The slope of dR/dt over the distance: positive for restoring.
        let isStable = try drift(2e-8) > drift(1e-8)
        if isStable { low = rate } else { high = rate }
      }
      // Terms in (1 − R)^{3/2} of ReLU at a distance of 1e-8.
      expectRelativelyClose(low, limit, 2e-3, "\(activation.name), L = \(length)")
    }
  }

  @Test func `every activation has a fixed point that attracts at small rates`() throws {
    for activation in PerceptronActivation.named {
      for method in Self.methods {
        let dynamics = try LearningDynamics(method, activation, rate: 0.01)
        let line = try dynamics.linearization()
        let slope = try dynamics.derivative(at: line.fixedPoint)
        #expect(abs(slope.gamma) < 1e-12, "\(activation.name)")
        #expect(line.isStable && line.overlapEigenvalue < 0 && line.scaleEigenvalue < 0)
        #expect(line.fixedPoint.gamma <= 1 && line.fixedPoint.gamma > 0)
      }
    }
  }
}
