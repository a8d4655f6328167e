import IntrinsicMath
import Testing

@testable import IntrinsicStudies

/// What Ollivier 2015 concludes, on budgets that are a fraction of the paper's.
struct AutoencoderTrendTests {
  @Test func `invariant methods are far better, and diagonal Gauss–Newton depends on sigmoid`()
    throws
  {
    var options = AutoencoderStudy.Options(seed: 5, threads: 2)
    options.runs = 2
    options.passes = 3000
    options.methods = [
      .diagonalGaussNewton, .adagrad, .quasiDiagonalNatural, .backpropagated,
      .quasiDiagonalBackpropagated,
    ]
    let result = try #require(try AutoencoderStudy(options).run())
    func bits(_ name: AutoencoderStudy.MethodName) throws -> [Double] {
      let method = try #require(result.method(name))
      return AutoencoderStudy.ActivationName.allCases.map {
        result.finalBits(method, $0).mean
      }
    }
    let backpropagation = try bits(.backpropagation)
    // 10 to 20 times in trial runs; 18.9 and 16.5 times in the paper.
    for (poor, good) in zip(backpropagation, try bits(.quasiDiagonalBackpropagated)) {
      #expect(poor > 3 * good)
    }
    for (poor, good) in zip(backpropagation, try bits(.backpropagated)) {
      #expect(poor > 3 * good)
    }
    #expect(backpropagation[0] > backpropagation[1] + 4)
    #expect(try bits(.adagrad)[0] > 3 * bits(.quasiDiagonalNatural)[0])
    let gaussNewton = try bits(.diagonalGaussNewton)
    #expect(gaussNewton[0] > 2 * gaussNewton[1])
    // The few off-diagonal terms that it lacks are what makes the difference.
    #expect(try gaussNewton[0] > 3 * bits(.quasiDiagonalBackpropagated)[0])
  }

  @Test(arguments: [5, 6, 7] as [UInt64], AutoencoderStudy.Wiring.allCases)
  func `undamped trajectories of invariant methods agree, others do not, for any instance`(
    seed: UInt64, wiring: AutoencoderStudy.Wiring
  ) throws {
    let invariance = try AutoencoderInvariance(
      wiring: wiring, damping: 1e-4, stream: RandomStream(seed: seed))
    let undamped = invariance.curves.filter { $0.damping == 0 }
    #expect(undamped.count == 11 && invariance.curves.count == 22)
    for curve in undamped {
      // Matrices without damping may lose their inverse later on.
      #expect(curve.deviation.count >= 5, "\(curve.title), seed \(seed)")
      let isWhole = curve.deviation.count == AutoencoderInvariance.iterations
      #expect(isWhole || curve.failure != nil, "\(curve.title), seed \(seed)")
      if curve.isInvariant {
        #expect(curve.deviation.max()! <= 1e-5, "\(curve.title), seed \(seed)")
      } else {
        #expect(curve.deviation.last! > 1e-2, "\(curve.title), seed \(seed)")
      }
    }
    #expect(undamped.count { !$0.isInvariant } == 3)
    let damped = invariance.curves.filter { $0.damping == 1e-4 && $0.isInvariant }
    #expect(damped.allSatisfy { $0.deviation.count == AutoencoderInvariance.iterations })
    let worst = invariance.worst(invariant: true, damping: 1e-4)
    #expect(worst > 1e-5 && worst < 0.5, "seed \(seed)")
  }
}
