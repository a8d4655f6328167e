import Foundation
import IntrinsicMath
import IntrinsicTheory

/// Study `learning-dynamics`: Luo et al. 2019, §3 and Table 1. The differential equations of the order
/// parameters beside simulated online learning; fixed points, maximum and effective learning rates.
package struct LearningDynamicsStudy: Study {
  package enum ActivationName: String, CaseIterable, Codable, Sendable {
    case relu, identity, erf, sigmoid, tanh, softplus

    package var activation: PerceptronActivation {
      PerceptronActivation.named.first { $0.name == rawValue }!
    }
  }

  package struct Options: StudyOptions {
    package var activation = ActivationName.relu
    /// N of the simulations.
    package var inputs = 1000
    /// η of the curves.
    package var rate = 0.3
    /// ζ of batch normalization.
    package var decay = 0.1
    /// The time, steps/N, that curves last; learning at many rates lasts half of it.
    package var time = 60.0
    /// Simulations of each curve.
    package var runs = 4
    /// Learning rates as multiples of the maximum rate of gradient descent.
    package var factors = [0.1, 0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 4]
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  /// The three learners, in the order of the paper's table.
  enum Learner: String, CaseIterable, Sendable {
    case batchNormalization = "BN"
    case weightNormalization = "WN"
    case gradientDescent = "SGD"

    func method(decay: Double) -> LearningDynamics.Method {
      switch self {
      case .batchNormalization: .batchNormalization(decay: decay)
      case .weightNormalization: .weightNormalization
      case .gradientDescent: .gradientDescent
      }
    }
  }

  package let options: Options

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws(OptionError) {
    try OptionError.check(10...1_000_000, ["inputs": options.inputs])
    try OptionError.checkPositive(["rate": options.rate])
    try OptionError.checkNotNegative(["decay": options.decay])
    try OptionError.check(
      options.time > 0 && options.time <= 1e5, "time", options.time,
      "a positive time of at most 100,000 is needed")
    try OptionError.check(2...1000, ["runs": options.runs])
    try OptionError.check(
      options.factors.allSatisfy { $0 > 0 && $0 <= 100 }, "factors", options.factors,
      "positive numbers of at most 100 are needed")
    try OptionError.check(threads: options.threads)
    self.options = options
  }

  /// Where curves start: far from the teacher.
  static let start = OrderParameters(gamma: 0.5, overlap: 0.1, length: 1)

  /// Pieces of work, for a progress bar.
  package static let pieceName = "simulations"
  package var pieceCount: Int {
    Learner.allCases.count * (options.runs + options.factors.count + 1)
  }

  /// Times at which curves are compared: close together first.
  var times: [Double] { (1...60).map { options.time * pow(Double($0) / 60, 1.5) } }

  /// Runs everything; nil if it was stopped.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> LearningDynamicsResult? {
    let learners = Learner.allCases
    let lines = try learners.map { try dynamics($0, rate: options.rate).linearization() }
    let limit = lines[2].maximumRate
    let curves = try learners.map { learner in
      try dynamics(learner, rate: options.rate).solution(from: Self.start, until: options.time)
    }.map { curve in times.map { curve($0) } }
    let items = learners.flatMap { learner in (0..<options.runs).map { (learner, $0) } }
    let simulated = try WorkQueue.map(items, threads: options.threads) { learner, run in
      defer { progress() }
      var student = OnlineStudent(
        try dynamics(learner, rate: options.rate), from: Self.start, inputs: options.inputs,
        stream: RandomStream(seed: options.seed).child(learner.rawValue, run))
      return student.learn(measuringAt: times, shouldStop: shouldStop)
    }
    let stability = try WorkQueue.map(learners, threads: options.threads) { learner in
      defer { progress() }
      return try stabilityLimit(learner)
    }
    let scanned = try WorkQueue.map(
      learners.flatMap { learner in options.factors.map { (learner, $0 * limit) } },
      threads: options.threads
    ) { learner, rate in
      defer { progress() }
      return try scan(learner, rate: rate, shouldStop: shouldStop)
    }
    if shouldStop() { return nil }
    return LearningDynamicsResult(
      options: options, times: times, lines: lines, curves: curves,
      simulations: learners.indices.map { index in
        (0..<options.runs).map { simulated[index * options.runs + $0] }
      },
      stability: stability, scanned: scanned,
      relaxations: try learners.map { try relaxation($0, shouldStop: shouldStop) })
  }

  func dynamics(_ learner: Learner, rate: Double) throws -> LearningDynamics {
    try LearningDynamics(
      learner.method(decay: options.decay), options.activation.activation, rate: rate)
  }

  /// The rate at which two solutions of slightly different overlap near the fixed point part instead of
  /// coming together, by bisection.
  private func stabilityLimit(_ learner: Learner) throws -> Double {
    func isStable(_ rate: Double) throws -> Bool {
      let dynamics = try dynamics(learner, rate: rate)
      var point = try dynamics.linearization().fixedPoint
      // Near enough for the linear regime, and for a time in which noise moves R and L even less.
      let ends = try [1e-6, 2e-6].map { distance in
        point.overlap = 1 - distance
        return try dynamics.solution(from: point, until: 1e-4, tolerance: 1e-13).last.overlap
      }
      return ends[0] - ends[1] < 1e-6
    }
    var (low, high) = (0.0, 1.0)
    while try isStable(high) && high < 1e4 { (low, high) = (high, 2 * high) }
    while high - low > 1e-4 * high {
      let middle = (low + high) / 2
      if try isStable(middle) { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// Where learning at one rate is after the time, starting in the teacher's vicinity: by the equations,
  /// and by simulation. Infinite where it diverged.
  private func scan(
    _ learner: Learner, rate: Double, shouldStop: () -> Bool
  ) throws -> LearningDynamicsResult.Scan {
    let dynamics = try dynamics(learner, rate: rate)
    let start = OrderParameters(
      gamma: try dynamics.fixedScale(), overlap: 0.95, length: 1)
    func error(_ state: OrderParameters) -> Double {
      let scale = state.gamma
      guard scale.isFinite, scale > 0, scale < 1e6 else { return .infinity }
      let overlap = min(1, max(-1, state.overlap))
      return (try? PerceptronIntegrals(dynamics.activation, scale: scale, overlap: overlap))?
        .error ?? .infinity
    }
    let end = options.time / 2
    let solved = try? dynamics.solution(from: start, until: end).last
    let simulated = (0..<(options.runs + 1) / 2).map { run in
      var student = OnlineStudent(
        dynamics, from: start, inputs: options.inputs,
        stream: RandomStream(seed: options.seed).child("scan \(learner.rawValue) \(rate)", run))
      return student.learn(measuringAt: [end], shouldStop: shouldStop)[0]
    }
    return .init(
      learner: learner, rate: rate, predicted: solved.map(error) ?? .infinity,
      predictedLength: solved?.length ?? .infinity, simulated: simulated.map(error),
      overlaps: simulated.map(\.overlap), lengths: simulated.map(\.length))
  }

  /// How fast two students of different overlap near the fixed point come together, at a rate of 0.2: by
  /// the equations, and by simulations that see the same examples.
  private func relaxation(
    _ learner: Learner, shouldStop: () -> Bool
  ) throws -> LearningDynamicsResult.Relaxation {
    let dynamics = try dynamics(learner, rate: 0.2)
    let line = try dynamics.linearization()
    // Distances at which the terms in (1 − R)^{3/2} of ReLU are 2 % of the linear ones.
    let starts = [1e-3, 2e-3].map { distance in
      var start = line.fixedPoint
      start.overlap = 1 - distance
      return start
    }
    let span = 1.0
    func slope(_ ends: [OrderParameters]) -> Double {
      log((ends[0].overlap - ends[1].overlap) / 1e-3) / span
    }
    let simulated = (0..<4 * options.runs).map { run in
      slope(
        starts.map { start in
          var student = OnlineStudent(
            dynamics, from: start, inputs: options.inputs,
            stream: RandomStream(seed: options.seed).child("relax \(learner.rawValue)", run))
          return student.learn(measuringAt: [span], shouldStop: shouldStop)[0]
        })
    }
    return .init(
      rate: dynamics.rate, eigenvalue: line.overlapEigenvalue,
      solved: slope(
        try starts.map { try dynamics.solution(from: $0, until: span, tolerance: 1e-12).last }),
      simulated: simulated)
  }
}
