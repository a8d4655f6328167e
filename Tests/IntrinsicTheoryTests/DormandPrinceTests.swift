import Foundation
import Testing

@testable import IntrinsicTheory

struct DormandPrinceTests {
  /// x″ = −x
  private func oscillator(_ tolerance: Double) -> DormandPrince<SIMD2<Double>> {
    DormandPrince(relative: tolerance, absolute: tolerance) { _, y in SIMD2(y.y, -y.x) }
  }

  @Test func `an oscillator is followed to its tolerance, forwards and backwards`() throws {
    for tolerance in [1e-4, 1e-7, 1e-10] {
      let there = try oscillator(tolerance).solve(from: [0, 1], until: 20)
      // Errors of all steps, of which there are fewer than 500, add up.
      #expect(abs(there.last.x - sin(20)) < 500 * tolerance)
      #expect(abs(there.last.x - sin(20)) > 1e-16)
      let back = try oscillator(tolerance).solve(from: there.last, at: 20, until: 0)
      #expect(abs(back.last.x) < 1000 * tolerance && abs(back.last.y - 1) < 1000 * tolerance)
      #expect(back.times.last == 0 && there.times.last == 20)
    }
  }

  @Test func `the order is 5: an accuracy 10⁵ times higher costs 10 times the steps`() throws {
    let steps = try [1e-5, 1e-10].map {
      try oscillator($0).solve(from: [0, 1], until: 50).accepted
    }
    let ratio = Double(steps[1]) / Double(steps[0])
    #expect(ratio > 7 && ratio < 14, "\(ratio)")
  }

  @Test func `between steps the solution is continuous and as accurate as order 4 can be`() throws {
    let solution = try oscillator(1e-8).solve(from: [0, 1], until: 20)
    var worst = 0.0
    for index in 0...2000 {
      let time = Double(index) / 100
      worst = max(worst, abs(solution(time).x - sin(time)))
    }
    #expect(worst < 1e-5 && worst > 1e-12, "\(worst)")
    for (time, state) in zip(solution.times, solution.states) {
      let before = solution(max(0, time - 1e-12))
      #expect(abs(before.x - state.x) < 1e-11)
    }
    // Halving the step divides the interpolation error by 2⁵: one step of sizes 0.2 and 0.1.
    let errors = [0.2, 0.1].map { size -> Double in
      let one = try! DormandPrince<SIMD2<Double>>(relative: 1, absolute: 1) { _, y in
        SIMD2(y.y, -y.x)
      }.solve(from: [0, 1], until: size)
      #expect(one.accepted == 1)
      return abs(one(0.4 * size).x - sin(0.4 * size))
    }
    #expect(errors[0] / errors[1] > 25, "\(errors)")
  }

  @Test func `time matters, and steps shrink where the solution is fast`() throws {
    // y′ = −200 (t − 1) y has the solution exp(−100 (t − 1)²).
    let bump = DormandPrince<SIMD2<Double>> { t, y in -200 * (t - 1) * y }
    let solution = try bump.solve(from: [exp(-100), 1], until: 2)
    #expect(abs(solution(1).x - 1) < 1e-5)
    let near = zip(solution.times, solution.times.dropFirst()).filter { abs($0.0 - 1) < 0.2 }
    let far = zip(solution.times, solution.times.dropFirst()).map { $1 - $0 }.max()!
    #expect(near.map { $1 - $0 }.min()! < far)
  }

  @Test func `steps that are too long are rejected and the result is still right`() throws {
    // A slope that jumps at t = 1, which nothing announces.
    let kink = DormandPrince<SIMD2<Double>> { t, _ in SIMD2(t < 1 ? 0 : 1, 0) }
    let solution = try kink.solve(from: [0, 0], until: 3)
    #expect(solution.rejected > 0)
    #expect(abs(solution.last.x - 2) < 1e-8)
  }

  @Test func `a solution that diverges ends with the time`() {
    // y = 1/(1 − t)
    let square = DormandPrince<SIMD2<Double>> { _, y in y * y }
    #expect {
      try square.solve(from: [1, 0], until: 2)
    } throws: { error in
      guard case TheoryError.stepTooSmall(let time, _) = error else { return false }
      return abs(time - 1) < 1e-6
    }
    let undefined = DormandPrince<SIMD2<Double>> { t, y in SIMD2(t < 1 ? 1 : .nan, 0) }
    #expect {
      try undefined.solve(from: [0, 0], until: 2)
    } throws: { error in
      guard case TheoryError.stepTooSmall(let time, _) = error else { return false }
      return abs(time - 1) < 1e-6
    }
  }

  @Test func `too many steps are refused with the time that was reached`() {
    var solver = oscillator(1e-9)
    solver.limit = 10
    #expect {
      try solver.solve(from: [0, 1], until: 1000)
    } throws: { error in
      guard case TheoryError.tooManySteps(let time, 1000, 10) = error else { return false }
      return time > 0 && time < 1000
    }
  }

  @Test func `errors of the equation are passed on, and no time needs no step`() throws {
    let refused = TheoryError.outOfRange(quantity: "q", value: 1, rule: "no")
    let solver = DormandPrince<SIMD2<Double>> {
      (time, y) throws(TheoryError) in
      if time > 0.5 { throw refused }
      return y
    }
    #expect(throws: refused) { try solver.solve(from: [1, 1], until: 1) }
    let solution = try solver.solve(from: [1, 2], until: 0)
    #expect(solution.accepted == 0 && solution(0) == [1, 2])
  }
}
