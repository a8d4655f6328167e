import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicTheory

struct LinearTeacherTests {
  static let loads = [0.1, 0.5, 0.9, 1, 1.2, 2, 10]
  static let ridges = [1e-8, 1e-4, 1.0 / 64, 0.25, 3]

  /// ∫ f over the eigenvalues of A: Marchenko–Pastur, with the mass 1 − α at 0 for α < 1.
  private func mean(_ load: Double, _ f: (Double) -> Double) -> Double {
    let root = load.squareRoot()
    let (center, half) = (1 + load, 2 * root)
    var sum = load < 1 ? (1 - load) * f(0) : 0
    // λ = center + half cos θ leaves a smooth periodic integrand, for which the midpoint rule
    // converges exponentially; near λ = 0 at α = 1 it needs many nodes.
    let count = 400_000
    for index in 0..<count {
      let theta = (Double(index) + 0.5) * .pi / Double(count)
      let lambda = center + half * cos(theta)
      let density = half * half * sin(theta) * sin(theta) / (2 * .pi * lambda)
      sum += f(lambda) * density * .pi / Double(count)
    }
    return sum
  }

  @Test(arguments: loads)
  func `the errors are means over the eigenvalues of the inputs' correlations`(
    load: Double
  ) throws {
    expectClose(mean(load) { _ in 1 }, 1, 1e-5, "mass")
    for noise in [0, 0.25, 2] {
      let teacher = try LinearTeacher(load: load, noise: noise)
      for ridge in Self.ridges where load != 1 || ridge > 1e-5 {
        // Bias z²/(λ + z)², variance λ/(λ + z)².
        let expected = mean(load) { lambda in
          let inverse = 1 / (lambda + ridge)
          return (ridge * ridge + noise * lambda) * inverse * inverse
        }
        expectRelativelyClose(
          try teacher.error(ridge: ridge), expected, 1e-6, "α = \(load), z = \(ridge)")
        expectRelativelyClose(
          try teacher.resolvent(ridge), mean(load) { 1 / ($0 + ridge) }, 1e-6, "G")
      }
      if load != 1 {
        let expected = mean(load) { $0 == 0 ? 1 : noise / $0 }
        expectRelativelyClose(teacher.gradientDescentError, expected, 1e-9, "vanilla, α = \(load)")
        let limit = try teacher.error(ridge: 1e-13)
        expectClose(limit, teacher.gradientDescentError, 1e-9, "z → 0")
      }
    }
  }

  @Test(arguments: loads)
  func `G solves its equation, and the error is σ² ∂(zG)/∂z − z² ∂G/∂z`(load: Double) throws {
    let teacher = try LinearTeacher(load: load, noise: 0.3)
    for z in [1e-3, 0.02, 0.5, 4] {
      let value = try teacher.resolvent(z)
      let terms = [z * value * value, (z + load - 1) * value, -1]
      #expect(abs(terms.reduce(0, +)) < 1e-13 * terms.map(abs).max()!, "z = \(z)")
      let slope = try teacher.resolventSlope(z)
      let h = 1e-4 * z
      let difference = try (teacher.resolvent(z + h) - teacher.resolvent(z - h)) / (2 * h)
      expectRelativelyClose(slope, difference, 1e-6, "∂G/∂z")
      // The printed formula, which loses digits where ours does not.
      let printed =
        (1 - load - z
          + (z + pow(1 + load.squareRoot(), 2)).squareRoot()
          * (z + pow(1 - load.squareRoot(), 2)).squareRoot()) / (2 * z)
      let lost = 4e-16 * (load + 2) / (z * value)
      expectRelativelyClose(value, printed, max(1e-13, lost), "G as printed")
      expectRelativelyClose(
        try teacher.error(ridge: z), 0.3 * (value + z * slope) - z * z * slope, 1e-11, "error")
    }
  }

  @Test(arguments: loads)
  func `the best ridge is the noise`(load: Double) throws {
    for noise in [0.1, 0.25, 1] {
      let teacher = try LinearTeacher(load: load, noise: noise)
      let best = try teacher.error(ridge: noise)
      for factor in [0.1, 0.8, 0.99, 1.01, 1.3, 10] {
        #expect(try teacher.error(ridge: factor * noise) > best)
      }
    }
  }

  @Test func `vanilla gradient descent has the printed errors but for the sign above α = 1`() throws
  {
    expectClose(
      try LinearTeacher(load: 0.25, noise: 0.3).gradientDescentError, 0.75 + 0.25 * 0.3 / 0.75,
      1e-14, "α < 1")
    expectClose(try LinearTeacher(load: 3, noise: 0.3).gradientDescentError, 0.15, 1e-14, "α > 1")
    #expect(try LinearTeacher(load: 1, noise: 0.3).gradientDescentError == .infinity)
    #expect(try LinearTeacher(load: 1, noise: 0).gradientDescentError == 0)
    #expect(try LinearTeacher(load: 2, noise: 0).gradientDescentError == 0)
    #expect(try LinearTeacher(load: 1, noise: 0).error(ridge: 0) == 0)
  }

  @Test func `gamma decay is a ridge of α times its coefficient, batch normalization 1/(2M)`()
    throws
  {
    let teacher = try LinearTeacher(load: 0.7, noise: 0.25)
    #expect(try teacher.error(decay: 0.4) == teacher.error(ridge: 0.7 * 0.4))
    #expect(
      try teacher.batchNormalizationError(batch: 32) == teacher.error(ridge: 0.7 / 64))
    let small = try teacher.convergedBatchNormalizationError(batch: 1_000_000)
    expectClose(small, teacher.gradientDescentError, 1e-5, "M → ∞")
    #expect(
      try LinearTeacher(load: 1, noise: 0.25).convergedBatchNormalizationError(batch: 32)
        == .infinity)
  }

  /// The pseudo-inverse solution times c leaves (1 − c)² of what was learned, and c² of its noise.
  @Test func `what batch normalization converges to is the vanilla solution, shrunk`() throws {
    let c = try BatchDeviation.mean(batch: 16)
    for (load, unseen, learned, noise) in [
      (0.25, 0.75, 0.25, 0.25 * 0.3 / 0.75), (3, 0, 1, 0.3 / 2),
    ] as [(Double, Double, Double, Double)] {
      let error = try LinearTeacher(load: load, noise: 0.3).convergedBatchNormalizationError(
        batch: 16)
      expectClose(
        error, unseen + (1 - c) * (1 - c) * learned + c * c * noise, 1e-14, "α = \(load)")
    }
  }

  @Test func `what makes no sense is refused with the reason`() throws {
    for (load, noise) in [(0, 0.1), (-1, 0.1), (.nan, 0.1), (.infinity, 0.1)] as [(Double, Double)]
    {
      #expect {
        try LinearTeacher(load: load, noise: noise)
      } throws: { "\($0)".contains("α") }
    }
    #expect { try LinearTeacher(load: 1, noise: -0.1) } throws: { "\($0)".contains("variance") }
    let teacher = try LinearTeacher(load: 1, noise: 0.1)
    #expect { try teacher.error(ridge: -1) } throws: { "\($0)".contains("negative") }
    #expect { try teacher.error(decay: .nan) } throws: { "\($0)".contains("negative") }
    #expect { try teacher.resolvent(0) } throws: { "\($0)".contains("z > 0") }
    #expect { try teacher.batchNormalizationError(batch: 1) } throws: { "\($0)".contains("two") }
  }
}
