import Foundation
import Testing

@testable import IntrinsicTheory

struct LearningDynamicsTests {
  private let vector: TheoryVector

  init() throws { vector = try TheoryVector("35-bn-dynamics") }

  @Test func `integrals are those of the vectors`() throws {
    let rows: [[Double]] = try vector.value("expect", "I")
    #expect(rows.count == 15)
    for row in rows {
      for activation in [PerceptronActivation.relu, .relu.byQuadrature] {
        let integrals = try PerceptronIntegrals(activation, scale: row[0], overlap: row[1])
        expectClose(integrals.student, row[2], 1e-12, "I1\(row)")
        expectClose(integrals.squared, row[3], 1e-12, "I2\(row)")
        expectClose(integrals.teacher, row[4], 1e-12, "I3\(row)")
      }
    }
  }

  @Test func `derivatives and their Euler sums are those of the vectors`() throws {
    for row in try vector.value("expect", "ode_rhs", as: [[Double]].self) {
      let dynamics = try LearningDynamics(
        .batchNormalization(decay: row[4]), .relu, rate: row[3])
      let slope = try dynamics.derivative(
        at: OrderParameters(gamma: row[0], overlap: row[1], length: row[2]))
      expectRelativelyClose(slope.gamma, row[5], 1e-12, "dγ/dt")
      expectRelativelyClose(slope.overlap, row[6], 1e-12, "dR/dt")
      expectRelativelyClose(slope.length, row[7], 1e-12, "dL/dt")
    }
    let dynamics = try LearningDynamics(.batchNormalization(decay: 0.1), .relu, rate: 0.5)
    let rows: [[Double]] = try vector.value("expect", "euler_every_50")
    var state = SIMD3(rows[0][0], rows[0][1], rows[0][2])
    for row in rows.dropFirst() {
      for _ in 0..<50 { state += 0.01 * (try dynamics.derivative(at: .init(state)).values) }
      for lane in 0..<3 { expectRelativelyClose(state[lane], row[lane], 1e-12, "Euler") }
    }
  }

  @Test func `fixed points and rates are those of the vectors`() throws {
    let scales: [String: Double] = try vector.value("expect", "gamma0")
    for (decay, scale) in scales {
      for activation in [PerceptronActivation.relu, .relu.byQuadrature] {
        let dynamics = try LearningDynamics(
          .batchNormalization(decay: Double(decay)!), activation, rate: 0.1)
        expectClose(try dynamics.fixedScale(), scale, 1e-12, "γ₀ at ζ = \(decay)")
      }
    }
    let table: [String: [String: [String: Any]]] = try vector.value("expect", "lr_table")
    for (decay, methods) in table {
      for (name, expected) in methods {
        let method: LearningDynamics.Method =
          switch name {
          case "BN": .batchNormalization(decay: Double(decay)!)
          case "WN": .weightNormalization
          default: .gradientDescent
          }
        let line = try LearningDynamics(method, .relu, rate: 0.1).linearization(length: 1.3)
        let fixed = try #require(expected["fixed"] as? [Double])
        for lane in 0..<3 { expectClose(line.fixedPoint.values[lane], fixed[lane], 1e-14, name) }
        expectClose(line.maximumRate, try #require(expected["eta_max"] as? Double), 1e-12, name)
        expectClose(line.effectiveRate, try #require(expected["eta_eff"] as? Double), 1e-14, name)
      }
    }
  }

  static let methods: [LearningDynamics.Method] = [
    .batchNormalization(decay: 0.3), .batchNormalization(decay: 0.05), .weightNormalization,
    .gradientDescent,
  ]

  @Test(arguments: methods)
  func `the solution is that of many small Runge–Kutta steps`(
    method: LearningDynamics.Method
  ) throws {
    for activation in [PerceptronActivation.relu, .error, .identity] {
      let dynamics = try LearningDynamics(method, activation, rate: 0.4)
      var start = OrderParameters(gamma: 0.7, overlap: -0.2, length: 1.2)
      if method == .gradientDescent { start.gamma = start.length }
      let curve = try dynamics.solution(from: start, until: 8)
      var state = start.values
      let step = 8.0 / 4000
      func slope(_ state: SIMD3<Double>) throws -> SIMD3<Double> {
        try dynamics.derivative(at: .init(state)).values
      }
      for index in 1...4000 {
        let k1 = try slope(state)
        let k2 = try slope(state + step / 2 * k1)
        let k3 = try slope(state + step / 2 * k2)
        let k4 = try slope(state + step * k3)
        state += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if index % 1000 == 0 {
          let solved = curve(step * Double(index)).values
          // The interpolation's order is one below that of the steps, which are within 1e-9.
          for lane in 0..<3 {
            expectClose(solved[lane], state[lane], 1e-6, "\(activation.name), \(index)")
          }
        }
      }
      for lane in 0..<3 { expectClose(curve.last.values[lane], state[lane], 1e-7, "end") }
    }
  }

  @Test func `gradient descent keeps γ at L, and normalized weights never shrink`() throws {
    let start = OrderParameters(gamma: 3, overlap: 0.1, length: 0.8)
    let descent = try LearningDynamics(.gradientDescent, .relu, rate: 0.5)
      .solution(from: start, until: 10)
    for time in descent.times { #expect(descent(time).gamma == descent(time).length) }
    #expect(descent(0).length == 0.8)
    let normalized = try LearningDynamics(.weightNormalization, .relu, rate: 0.5)
      .solution(from: start, until: 10)
    for (before, after) in zip(normalized.times, normalized.times.dropFirst()) {
      #expect(normalized(after).length >= normalized(before).length)
    }
    #expect(normalized(0).gamma == 3)
  }

  @Test(arguments: methods)
  func `long solutions end at the fixed point`(method: LearningDynamics.Method) throws {
    for activation in [PerceptronActivation.relu, .error] {
      let dynamics = try LearningDynamics(method, activation, rate: 0.3)
      let curve = try dynamics.solution(
        from: OrderParameters(gamma: 1.5, overlap: 0.3, length: 1), until: 20_000)
      let line = try dynamics.linearization(length: curve.last.length)
      // With decay, L grows like t^{1/4}, and R is left η_eff I₂ (γ₀, 1)/4(…) short of 1.
      let short = method.decay > 0 ? 0.02 : 1e-6
      #expect(abs(curve.last.overlap - 1) < short, "\(curve.last)")
      #expect(abs(curve.last.gamma - line.fixedPoint.gamma) < short, "\(curve.last)")
      if method == .gradientDescent { expectClose(curve.last.length, 1, 1e-6, "L") }
    }
  }
}
