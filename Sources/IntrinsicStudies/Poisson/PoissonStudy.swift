import Dispatch
import Foundation
import Intrinsic
import IntrinsicMath

/// Study `poisson`: physics-informed networks trained to the bottom, in the metrics of Ollivier 2015.
///
/// Full natural gradient with each scaling of Levenberg–Marquardt and with a line search, unitwise and quasi-diagonal
/// reductions, SPRING, Adam, all from the same starts and for the same seconds, in double precision. An error is the
/// root mean square over evaluation points of the difference from the exact solution.
package struct PoissonStudy: Study {
  package struct Options: StudyOptions {
    /// The equations.
    package var equations = [BoundaryProblem.poisson2D, .heat]
    /// The methods.
    package var methods = BoundaryMethod.allCases
    /// Starts of each method.
    package var starts = 3
    /// Seconds of each training, evaluations aside.
    package var seconds = 20.0
    /// Points inside where they are fresh.
    package var interior = 900
    /// Points of the boundary where they are fresh.
    package var boundary = 150
    /// Points that errors are measured at.
    package var evaluation = 9_000
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws(OptionError) {
    try OptionError.check(
      1...1_000_000,
      [
        "starts": options.starts, "interior": options.interior, "boundary": options.boundary,
        "evaluation": options.evaluation, "threads": options.threads,
      ])
    try OptionError.check(
      options.seconds > 0 && options.seconds.isFinite, "seconds", "\(options.seconds)",
      "a time above 0")
    try OptionError.check(
      !options.equations.isEmpty && !options.methods.isEmpty, "equations", "",
      "at least one equation and one method")
    self.options = options
  }

  package var pieceCount: Int {
    options.equations.count * options.methods.count * options.starts
  }

  /// Trains one after the other, each on all threads, or as many as there is time for until `shouldStop`.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> PoissonResult? {
    var outcomes: [PoissonResult.Outcome] = []
    // A start of each method first, so that an interruption leaves something of all.
    for start in 0..<options.starts {
      for equation in options.equations {
        for method in options.methods {
          if shouldStop() { break }
          outcomes.append(try outcome(equation, method, start, shouldStop))
          progress()
        }
      }
    }
    return outcomes.isEmpty ? nil : PoissonResult(options: options, outcomes: outcomes)
  }

  private func outcome(
    _ equation: BoundaryProblem, _ method: BoundaryMethod, _ start: Int,
    _ shouldStop: () -> Bool
  ) throws -> PoissonResult.Outcome {
    let stream = RandomStream(seed: options.seed).child(equation.rawValue, start)
    let network = try Network.layered(equation.layers, activation: .tanh, output: .square)
    var drawing = stream.child("weights")
    let parameters: Parameters<Double> = Initialization.normal(gain: 1)
      .parameters(network, using: &drawing)
    var (points, testing) = (stream.child("points"), stream.child("evaluation"))
    let evaluation = equation.evaluationPoints(options.evaluation, using: &testing)
    func problem() throws -> ResidualProblem<Double> {
      try equation.problem(
        network, interior: options.interior, boundary: options.boundary, using: &points)
    }
    func error(_ parameters: Parameters<Double>) -> Double {
      let values = Model(network: network, parameters: parameters)
        .predictions(for: evaluation.points)
      let squares = evaluation.values.indices.map { x in
        let difference = values[0, x] - evaluation.values[x]
        return difference * difference
      }
      return squares.mean.squareRoot()
    }
    var curve: [PoissonResult.Point] = []
    var (seconds, next, steps) = (0.0, 0.0, 0)
    var began = DispatchTime.now()
    let first = try problem()
    let fresh: (() -> ResidualProblem<Double>)? =
      equation.hasFreshPoints ? { (try? problem()) ?? first } : nil
    try method.train(first, fresh: fresh, from: parameters, threads: options.threads) {
      parameters, loss in
      seconds += Double(DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds) * 1e-9
      let isDone = seconds >= options.seconds || shouldStop()
      if seconds >= next || isDone {
        curve.append(
          PoissonResult.Point(
            seconds: seconds, steps: steps, loss: loss, error: error(parameters)))
        next = max(seconds * 1.05, 0.01)
      }
      steps += 1
      began = DispatchTime.now()
      return !isDone
    }
    return PoissonResult.Outcome(
      equation: equation, method: method, start: start, curve: curve)
  }
}
