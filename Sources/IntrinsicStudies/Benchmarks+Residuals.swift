import Intrinsic
import IntrinsicMath

extension Benchmark {
  /// One damped step of a physics-informed network, in Double: Jacobian, matrix, factorization and the loss of the step. In 2 dimensions 257 parameters and 1,020 residuals, in 5 10,065 and 3,500.
  static let residuals: [Benchmark] = [BoundaryProblem.poisson2D, .poisson5D].map { equation in
    let job = "residuals/\(equation.rawValue)"
    return Benchmark(job: job) { threads, seconds in
      var stream = RandomStream(seed: 1)
      let network = try Network.layered(equation.layers, activation: .tanh, output: .square)
      let start: Parameters<Double> = Initialization.normal(gain: 1)
        .parameters(network, using: &stream)
      let problem = try equation.problem(
        network, interior: 3_000, boundary: 500, using: &stream)
      var settings = SpringSettings()
      (settings.scaling, settings.momentum, settings.damping) = (.quasiDiagonal, 0, 1)
      settings.search = .halving(0)
      func descent() throws -> SpringDescent<Double> {
        try SpringDescent(problem, from: start, settings, threads: threads)
      }
      var current = try descent()
      let batch = equation == .poisson2D ? 20 : 1
      return try repeated(job, Double.self, threads: threads, seconds: seconds, batch: batch) {
        // From the start again now and then: the cost must not depend on how far training is.
        if current.steps >= 200 { current = try descent() }
        for _ in 0..<batch { try current.step() }
      }
    }
  }
}
