import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicTheory

struct GammaDecayTests {
  @Test func `coefficients are those of the vectors`() throws {
    let vector = try TheoryVector("33-bn-zeta")
    let hidden: [Double] = try vector.value("params", "h")
    let (gamma, beta): (Double, Double) = (
      try vector.value("params", "gamma"), try vector.value("params", "beta")
    )
    let moments = try HiddenMoments(hidden)
    for (name, curvature) in [
      ("relu", GammaDecay.reluCurvature), ("identity", GammaDecay.identityCurvature),
    ] {
      let expected: [String: [String: Double]] = try vector.value("expect", name)
      for (batch, numbers) in expected {
        let decay = try GammaDecay(
          hidden: hidden, gamma: gamma, beta: beta, batch: Int(batch)!, curvature: curvature)
        for (what, actual, key) in [
          ("ρ", moments.excessKurtosis, "rho"), ("F", decay.fisherInformation, "F"),
          ("mean σ", decay.meanCurvature, "mean_sigma"),
          ("from σ", decay.fromDeviation, "from_sigma"), ("from μ", decay.fromMean, "from_mu"),
          ("ζ", decay.coefficient, "zeta"),
        ] {
          expectRelativelyClose(
            actual, try #require(numbers[key]), 1e-11, "\(name), M = \(batch): \(what)")
        }
      }
    }
    for (batch, exact) in try vector.value("expect", "identity_exact", as: [String: Double].self) {
      expectRelativelyClose(
        try GammaDecay.exactLinear(batch: Int(batch)!), exact, 1e-10, "M = \(batch)")
    }
  }

  /// E f(σ_B) from the density of χ with M − 1 degrees of freedom.
  private func mean(_ batch: Int, _ f: (Double) -> Double) -> Double {
    let (m, k) = (Double(batch), Double(batch - 1))
    // With x = e^s the integrand is smooth and decays doubly exponentially: trapezoidal sums
    // converge exponentially.
    var (sum, mass) = (0.0, 0.0)
    for index in -40_000...8_000 {
      let s = Double(index) / 2_000
      let density = exp(k * s - exp(2 * s) / 2 - k / 2 * log(k) + k / 2)
      sum += density * f(exp(s) / m.squareRoot())
      mass += density
    }
    return sum / mass
  }

  @Test(arguments: [4, 5, 8, 32, 47, 48, 49, 128, 1000])
  func `means over batch deviations are those of the χ distribution`(batch: Int) throws {
    expectRelativelyClose(
      try BatchDeviation.mean(batch: batch), mean(batch) { $0 }, 1e-12, "E σ")
    expectRelativelyClose(
      try BatchDeviation.meanInverse(batch: batch), mean(batch) { 1 / $0 }, 1e-9, "E 1/σ")
    if batch > 4 {
      expectRelativelyClose(
        try BatchDeviation.meanInverseSquare(batch: batch), mean(batch) { 1 / ($0 * $0) }, 1e-6,
        "E 1/σ²")
      expectRelativelyClose(
        try GammaDecay.exactLinear(batch: batch), mean(batch) { pow(1 / $0 - 1, 2) }, 1e-6,
        "E (1/σ − 1)²")
    }
  }

  @Test func `the first batch sizes have their elementary values`() throws {
    let root = Double.pi.squareRoot()
    // Γ(1) = 1, Γ(½) = √π, Γ(3/2) = √π/2
    expectClose(try BatchDeviation.mean(batch: 2), 1 / root, 1e-15, "E σ, M = 2")
    expectClose(
      try BatchDeviation.meanInverse(batch: 3), (1.5).squareRoot() * root, 1e-15, "E 1/σ, M = 3")
    expectClose(try BatchDeviation.meanInverseSquare(batch: 4), 4, 1e-15, "E 1/σ², M = 4")
    expectClose(
      try GammaDecay.exactLinear(batch: 4), 5 - 2 * 2.0.squareRoot() / (root / 2), 1e-14, "M = 4")
  }

  @Test func `large batches lose no digits, and the exact coefficient tends to 1/(2M)`() throws {
    for batch in [10_000, 1_000_000, 100_000_000] {
      let m = Double(batch)
      // E (1/σ_B − 1)² = 1/(2M) + 71/(16 M²) + O(M⁻³) by the series of the Gamma functions.
      let series = 1 / (2 * m) + 71 / (16 * m * m)
      expectRelativelyClose(
        try GammaDecay.exactLinear(batch: batch), series, m * 1e-15 + 40 / (m * m), "\(batch)")
      expectRelativelyClose(
        1 - (try BatchDeviation.mean(batch: batch)), 3 / (4 * m), m * 1e-15 + 1 / m, "\(batch)")
    }
    #expect(try GammaDecay.linear(batch: 32) == 1.0 / 64)
  }

  @Test func `a normal h has the coefficient of many samples of it`() throws {
    let count = 20_000
    var stream = RandomStream(seed: 3)
    let hidden = (0..<count).map { _ in 2 + 3 * stream.normal() }
    let normal = try GammaDecay(
      normalWithGamma: 0.8, beta: 0.2, batch: 32, curvature: GammaDecay.reluCurvature)
    let sampled = try GammaDecay(
      hidden: hidden, gamma: 0.8, beta: 0.2, batch: 32, curvature: GammaDecay.reluCurvature)
    // Moments of 20,000 samples are off by about 5/√20,000.
    expectRelativelyClose(sampled.coefficient, normal.coefficient, 0.03, "ζ")
    #expect(normal.fromSkewness == 0)
    let identity = try GammaDecay(
      normalWithGamma: 1, beta: 0, batch: 32, curvature: GammaDecay.identityCurvature)
    // Errata B4: 1/(4M) from σ_B with the factor ½ in the loss.
    expectRelativelyClose(identity.fromDeviation, 1.0 / 128, 1e-12, "identity")
    expectRelativelyClose(
      2 * identity.fromDeviation, try GammaDecay.linear(batch: 32), 1e-12, "without ½")
  }

  @Test func `the measured penalty of batch noise needs the skewness term`() throws {
    // Gamma-distributed h with shape 2, whose skewness is √2: errata B3.
    var stream = RandomStream(seed: 5)
    let hidden = (0..<4_000).map { _ in -log(1 - stream.uniform()) - log(1 - stream.uniform()) }
    let (gamma, beta, batch) = (1.0, 0.0, 256)
    let decay = try GammaDecay(
      hidden: hidden, gamma: gamma, beta: beta, batch: batch, curvature: GammaDecay.reluCurvature)
    let moments = try HiddenMoments(hidden)
    let population = hidden.map { gamma * ($0 - moments.mean) / moments.standardDeviation + beta }
    // What batch statistics add to the loss A(ĥ) − yĥ with y = A′(h̄) in the mean, A′ softplus:
    // ∫ (A′(s) − A′(h̄)) ds from h̄ to ĥ.
    let rule = GaussLegendre(8)
    func effect(_ bar: Double, _ hat: Double) -> Double {
      func slope(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
      return rule.composite([bar, hat]).reduce(0) { $0 + $1.weight * (slope($1.node) - slope(bar)) }
    }
    let draws = 20_000
    var (sum, squares) = (0.0, 0.0)
    for _ in 0..<draws {
      var (first, second) = (0.0, 0.0)
      for _ in 0..<batch {
        let h = hidden[Int(stream.next() % UInt64(hidden.count))]
        first += h
        second += h * h
      }
      let mean = first / Double(batch)
      let deviation = (second / Double(batch) - mean * mean).squareRoot()
      // A few examples of each draw keep the test quick; draws are independent.
      var total = 0.0
      for _ in 0..<16 {
        let index = Int(stream.next() % UInt64(hidden.count))
        let (bar, hat) = (population[index], gamma * (hidden[index] - mean) / deviation + beta)
        total += effect(bar, hat)
      }
      sum += total / 16
      squares += total * total / 256
    }
    let measured = sum / Double(draws)
    let error = ((squares / Double(draws) - measured * measured) / Double(draws)).squareRoot()
    // Terms in 1/M² are about 10/M of the penalty.
    let tolerance = 4 * error + 0.04 * measured
    #expect(abs(measured - gamma * gamma * decay.completeCoefficient) < tolerance)
    #expect(measured - gamma * gamma * decay.coefficient > tolerance, "the test cannot tell")
  }

  @Test func `what makes no sense is refused with the reason`() {
    func refuses(_ word: String, _ body: () throws -> Void) {
      #expect { try body() } throws: { $0 is TheoryError && "\($0)".contains(word) }
    }
    refuses("two") { _ = try HiddenMoments([1]) }
    refuses("differ") { _ = try HiddenMoments([1, 1, 1]) }
    refuses("finite") { _ = try HiddenMoments([1, .nan]) }
    refuses("M = 2") { _ = try BatchDeviation.mean(batch: 1) }
    refuses("M = 3") { _ = try BatchDeviation.meanInverse(batch: 2) }
    refuses("M = 4") { _ = try BatchDeviation.meanInverseSquare(batch: 3) }
    refuses("M = 4") { _ = try GammaDecay.exactLinear(batch: 3) }
    refuses("two samples") { _ = try GammaDecay.linear(batch: 1) }
    refuses("one sample") {
      _ = try GammaDecay(hidden: [1, 2], gamma: 1, beta: 0, batch: 0) { _ in 1 }
    }
    refuses("positive") { _ = try PerceptronIntegrals(.relu, scale: 0, overlap: 0) }
    refuses("cosine") { _ = try PerceptronIntegrals(.relu, scale: 1, overlap: 1.1) }
    refuses("positive") { _ = try PerceptronSlopes(.relu, scale: -1) }
    refuses("positive") { _ = try LearningDynamics(.weightNormalization, .relu, rate: 0) }
    refuses("negative") {
      _ = try LearningDynamics(.batchNormalization(decay: -1), .relu, rate: 1)
    }
    refuses("length") {
      _ = try LearningDynamics(.weightNormalization, .relu, rate: 1).linearization(length: 0)
    }
    refuses("cosine") {
      _ = try LearningDynamics(.weightNormalization, .relu, rate: 1)
        .solution(from: .init(gamma: 1, overlap: 2, length: 1), until: 1)
    }
  }
}
