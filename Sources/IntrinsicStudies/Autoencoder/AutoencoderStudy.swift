import Foundation
import Intrinsic
import IntrinsicMath

/// Study `autoencoder`: Ollivier 2015, §4, Tables 1–2 and Figures 2–5. Invariant and non-invariant
/// methods train the same sparse auto-encoders, in a sigmoid and a tanh implementation that start as
/// the same function.
package struct AutoencoderStudy: Study {
  /// The methods of Table 2, the natural gradient, and the quasi-diagonal outer product.
  package enum MethodName: String, CaseIterable, Codable, Sendable {
    case backpropagation
    case diagonalGaussNewton = "diagonal-gauss-newton"
    case adagrad
    case natural
    case unitwiseNatural = "unitwise-natural"
    case quasiDiagonalNatural = "quasi-diagonal-natural"
    case backpropagated
    case quasiDiagonalBackpropagated = "quasi-diagonal-backpropagated"
    case monteCarloUnitwise = "monte-carlo-unitwise"
    case monteCarloQuasiDiagonal = "monte-carlo-quasi-diagonal"
    case unitwiseEmpiricalFisher = "unitwise-outer-product"
    case quasiDiagonalEmpiricalFisher = "quasi-diagonal-outer-product"
  }

  package enum ActivationName: String, CaseIterable, Codable, Sendable {
    case sigmoid
    case tanh
  }

  /// How the five partners of a unit are drawn.
  package enum Wiring: String, CaseIterable, Codable, Sendable {
    /// Five different ones.
    case distinct
    /// With replacement, duplicates collapsing: nearest to the printed results.
    case replacement
  }

  /// What each method may spend.
  package enum Budget: String, CaseIterable, Codable, Sendable {
    /// The paper's numbers of iterations (Table 1).
    case iterations
    /// The processor time that backpropagation takes for its iterations, measured in the same run.
    case time
  }

  package struct Options: StudyOptions {
    package var runs = 20
    package var methods = MethodName.allCases
    package var monteCarloSamples = [1, 10]
    package var wiring = Wiring.distinct
    package var budget = Budget.iterations
    /// Backpropagation passes that define the budget; other iteration counts scale along.
    package var passes = 10_000
    /// A processor time in seconds for each training instead of a measured one.
    package var seconds: Double?
    /// ε added to every matrix but that of backpropagation.
    package var damping = 1e-4
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package enum StudyError: Error, CustomStringConvertible {
    case budgetTooSmall(method: String, seconds: Double, iteration: Double)
    case initialLossNotFinite(String)

    package var description: String {
      switch self {
      case .budgetTooSmall(let method, let seconds, let iteration):
        String(
          format: "a budget of %.3g s is too small: one iteration of %@ takes %.3g s", seconds,
          method, iteration)
      case .initialLossNotFinite(let reason): reason
      }
    }
  }

  /// The curve of one training.
  struct Training: Sendable {
    let run: Int
    let activation: ActivationName
    /// Index into the study's methods.
    let method: Int
    /// Where the loss was recorded, from iteration 0.
    var iterations: [Int] = []
    var seconds: [Double] = []
    var bits: [Double] = []
    var rejections = 0
    /// Why the training ended before its budget, if it did.
    var failure: String?
  }

  package let options: Options
  let methods: [AutoencoderMethod]

  /// - Throws: if an option makes no sense.
  package init(_ options: Options) throws {
    // The upper bounds keep products of counts far from overflow and buffers in memory.
    try OptionError.check(1...1_000_000, ["runs": options.runs])
    try OptionError.check(1...1_000_000_000, ["passes": options.passes])
    try OptionError.check(threads: options.threads)
    try OptionError.checkNotNegative(["damping": options.damping])
    try OptionError.check(methods: options.methods)
    for samples in options.monteCarloSamples {
      try OptionError.check(1...10_000, ["monte-carlo-samples": samples])
    }
    if let seconds = options.seconds {
      try OptionError.checkPositive(["seconds": seconds])
      try OptionError.check(
        options.budget == .time, "seconds", seconds, "it needs --budget time")
    }
    self.options = options
    // Backpropagation defines the unit of time, so it always runs, and first.
    let names =
      [.backpropagation]
      + MethodName.allCases.filter {
        $0 != .backpropagation && options.methods.contains($0)
      }
    methods = AutoencoderMethod.list(
      names, monteCarloSamples: Array(Set(options.monteCarloSamples)).sorted())
    if let seconds = options.seconds { try checkBudget(seconds) }
  }

  /// Every method must manage one iteration.
  private func checkBudget(_ seconds: Double) throws {
    let stream = RandomStream(seed: options.seed)
    let problem = try AutoencoderProblem(wiring: options.wiring, sampleCount: 16, stream: stream)
    for method in methods.indices {
      let once = try train(0, .tanh, method, problem.tanh, .iterations(1), stream)
      if let first = once.seconds.last, first > seconds {
        throw StudyError.budgetTooSmall(
          method: methods[method].title, seconds: seconds, iteration: first)
      }
    }
  }

  /// The number of trainings, for a progress bar.
  package var pieceCount: Int { options.runs * methods.count * ActivationName.allCases.count }

  /// Runs everything.
  ///
  /// - Parameters:
  ///   - shouldStop: asked now and then, from several threads; once true, only the runs that are
  ///     complete count.
  ///   - progress: told of each finished training, from several threads.
  /// - Returns: what was measured, or nil if it was stopped before a run was complete.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> AutoencoderResult? {
    let runs = try WorkQueue.completeRuns(
      options.runs, of: ActivationName.allCases, threads: options.threads
    ) { run, activation in
      try trainings(run: run, activation, shouldStop: shouldStop, progress: progress)
    }
    guard !runs.isEmpty else { return nil }
    let invariance = try AutoencoderInvariance(
      wiring: options.wiring, damping: options.damping,
      stream: RandomStream(seed: options.seed).child("invariance"))
    var done = options
    done.runs = runs.count
    return AutoencoderResult(
      options: done, methods: methods, trainings: runs.joined().flatMap { $0 },
      invariance: invariance)
  }

  /// All methods on one implementation of one instance, backpropagation first; nil if stopped.
  private func trainings(
    run: Int, _ activation: ActivationName, shouldStop: @Sendable () -> Bool,
    progress: @Sendable () -> Void
  ) throws -> [Training]? {
    let stream = RandomStream(seed: options.seed).child("run", run)
    let problem = try AutoencoderProblem(wiring: options.wiring, sampleCount: 16, stream: stream)
    var seconds = options.seconds
    var result: [Training] = []
    for index in methods.indices {
      if shouldStop() { return nil }
      let limit: Limit =
        if options.budget == .time, let seconds { .seconds(seconds) } else {
          .iterations(
            max(1, (methods[index].iterations * options.passes + 5_000) / 10_000))
        }
      let training = try train(
        run, activation, index, problem[activation], limit,
        stream.child("\(activation.rawValue)/\(methods[index].identifier)"))
      if seconds == nil { seconds = training.seconds.last }
      result.append(training)
      progress()
    }
    return result
  }

  private enum Limit {
    case iterations(Int)
    case seconds(Double)
  }

  private func train(
    _ run: Int, _ activation: ActivationName, _ method: Int, _ side: AutoencoderProblem.Side,
    _ limit: Limit, _ stream: RandomStream
  ) throws -> Training {
    var training = Training(run: run, activation: activation, method: method)
    let descent: BoldDriverDescent<Double>
    do {
      descent = try BoldDriverDescent(
        methods[method].method(damping: options.damping), side.network, from: side.start,
        samples: side.samples, stream: stream)
    } catch {
      throw StudyError.initialLossNotFinite("\(methods[method].title): \(error)")
    }
    let start = ProcessorTime.thread
    func record() {
      training.iterations.append(descent.iterations)
      training.seconds.append(ProcessorTime.thread - start)
      training.bits.append(bits(nats: descent.loss))
    }
    record()
    do {
      switch limit {
      case .iterations(let count):
        let stride = max(1, count / 400)
        while descent.iterations < count {
          try descent.iterate()
          if descent.iterations <= 20 || descent.iterations % stride == 0
            || descent.iterations == count
          {
            record()
          }
        }
      case .seconds(let seconds):
        repeat {
          // Reading the clock costs a good part of a microsecond: not at every iteration.
          for _ in 0..<(descent.iterations < 20 ? 1 : 10) { try descent.iterate() }
          record()
        } while training.seconds.last! < seconds
      }
    } catch {
      training.failure = error.description
      record()
    }
    training.rejections = descent.rejections
    return training
  }
}
