import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Study `scaling`: who still learns to read digits when every input is rescaled and shifted at
/// random, over up to several orders of magnitude?
///
/// Pixel i becomes s_i (x_i + u_i), s_i = 10^{k v_i} with v_i uniform on [−½, ½) and k the orders of
/// magnitude, u_i uniform on [0, 1) for k > 0. All methods keep the settings that suit plain pixels.
/// Training starts from the function of the plain network, its first weights mapped along
/// (*corresponding*), or from the same weights (*default*), as one would who does not know the scales.
package struct ScalingStudy: Study {
  package enum MethodName: String, CaseIterable, Codable, Sendable {
    case gradientDescent = "gradient-descent"
    case adaGrad = "adagrad"
    case adam
    case additive
    case invariant

    var title: String {
      switch self {
      case .gradientDescent: "gradient descent"
      case .adaGrad: "AdaGrad"
      case .adam: "Adam"
      case .additive: "quasi-diagonal, additive damping"
      case .invariant: "quasi-diagonal, invariant damping"
      }
    }

    /// The method with the step size that suits plain pixels.
    var method: (Optimizer, StepSize) {
      switch self {
      case .gradientDescent: (.gradientDescent, .constant(0.1))
      case .adaGrad: (.adaGrad(epsilon: 1e-8), .constant(0.01))
      case .adam: (.adam, .constant(0.001))
      case .additive:
        (.metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01)), .constant(0.01))
      case .invariant: (.quasiDiagonal, Optimizer.quasiDiagonal.stepSize)
      }
    }
  }

  package enum Start: String, CaseIterable, Codable, Sendable {
    case corresponding
    case `default`
  }

  package struct Options: StudyOptions {
    package var methods = MethodName.allCases
    /// Orders of magnitude over which the scales of the pixels spread.
    package var orders = [0.0, 1, 2, 3, 4]
    package var hidden = [200, 200]
    package var epochs = 2
    package var batch = 100
    package var runs = 2
    /// Training samples that are used, all if there are fewer.
    package var samples = 60_000
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options
  private let digits: Digits

  /// - Throws: if an option makes no sense.
  package init(_ options: Options, on digits: Digits) throws(OptionError) {
    try OptionError.check(methods: options.methods)
    try OptionError.checkEach(0...20, "orders", options.orders)
    try OptionError.check(
      options.hidden.allSatisfy { (1...100_000).contains($0) }, "hidden", options.hidden,
      "layers of 1 to 100,000 units are possible")
    try OptionError.check(
      1...1_000_000,
      [
        "epochs": options.epochs, "batch": options.batch, "runs": options.runs,
        "samples": options.samples, "threads": options.threads,
      ])
    self.options = options
    self.digits = digits
  }

  /// The number of trainings, for a progress bar.
  package var pieceCount: Int {
    options.runs * options.orders.count * options.methods.count * Start.allCases.count
  }

  /// Runs everything, or as much as there is time for until `shouldStop`.
  ///
  /// - Returns: what was measured, or nil if it was stopped before the first run was complete.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> ScalingResult? {
    let runs = try WorkQueue.completeRuns(
      options.runs, of: options.orders, threads: options.threads
    ) { run, orders in
      try trainings(run: run, orders: orders, shouldStop: shouldStop, progress: progress)
    }
    guard !runs.isEmpty else { return nil }
    var done = options
    done.runs = runs.count
    return ScalingResult(
      options: done, digits: digits.name, note: digits.note,
      curves: runs.joined().flatMap { $0 })
  }

  /// All methods from both starts on one recoding of the pixels; nil if stopped.
  private func trainings(
    run: Int, orders: Double, shouldStop: @Sendable () -> Bool, progress: @Sendable () -> Void
  ) throws -> [ScalingResult.LearningCurve]? {
    if shouldStop() { return nil }
    let stream = RandomStream(seed: options.seed).child("run", run)
    let network = try Network.layered(
      [digits.train.inputs.rows] + options.hidden + [10], activation: .relu, output: .softmax)
    var drawing = stream.child("weights")
    let plain: Parameters<Float> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &drawing)
    let pixels = PixelRecoding(
      count: digits.train.inputs.rows, orders: orders, using: stream.child("recoding"))
    let train = pixels.applied(to: digits.train, first: options.samples)
    let test = pixels.applied(to: digits.test, first: digits.test.count)
    let mapped = try pixels.applied(to: plain, of: network)
    var curves: [ScalingResult.LearningCurve] = []
    for start in Start.allCases {
      let task = MiniBatchTraining.Task(
        network: network, start: start == .corresponding ? mapped : plain, train: train, test: test,
        batch: options.batch, epochs: options.epochs, stream: stream.child("training"))
      for name in options.methods {
        let (method, stepSize) = name.method
        let training = MiniBatchTraining(
          method, stepSize: stepSize, task, shouldStop: shouldStop)
        if shouldStop() { return nil }
        curves.append(
          ScalingResult.LearningCurve(
            method: name, start: start, orders: orders, run: run, records: training.records,
            failure: training.failure))
        progress()
      }
    }
    return curves
  }
}
