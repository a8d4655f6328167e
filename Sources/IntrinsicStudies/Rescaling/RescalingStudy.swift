import Foundation
import Intrinsic
import IntrinsicMath

/// Study `rescaling`: does the scale of the weights of a hidden unit mean anything, and to whom?
///
/// Node-wise rescaling multiplies the incoming weights of a hidden unit, bias included, by ρ > 0 and
/// divides its outgoing ones by it; ρ is 10^{k u}, u uniform on [−½, ½), rounded to a power of two, so
/// that rounding errors scale along. It keeps the function of a ReLU network, and changes that of a sigmoid network. Each method trains from the usual start
/// (*balanced*) and from a rescaled one (*unbalanced*), on the same batches and with the step size
/// that a trial epoch from the balanced start shows to be best; what notices the difference trains
/// once more with a step size chosen for the unbalanced start (*retuned*). Gradient descent trains
/// both kinds of network in the parametrizations of Tomioka's slides besides.
package struct RescalingStudy: Study {
  package struct Options: StudyOptions {
    /// Those that train from both starts besides gradient descent.
    package var methods = MethodName.allCases
    /// Orders of magnitude over which the factors of the unbalanced start spread.
    package var orders = 2.0
    /// Step sizes that are tried.
    package var stepSizes = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001]
    package var hidden = [200, 200]
    package var epochs = 10
    package var batch = 100
    package var runs = 2
    /// Training samples that are used, all if there are fewer.
    package var samples = 60_000
    /// Those of the trial epoch.
    package var trialSamples = 10_000
    package var seed: UInt64
    package var threads: Int

    package init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  package let options: Options
  private let digits: Digits
  private let sizes: [Int]
  private let rescaling: WeightRescaling

  /// - Throws: if an option makes no sense.
  package init(_ options: Options, on digits: Digits) throws(OptionError) {
    try OptionError.check(methods: options.methods)
    try OptionError.check(
      (0...8).contains(options.orders), "orders", options.orders, "a number from 0 to 8 is needed")
    try OptionError.check(stepSizes: options.stepSizes)
    try OptionError.check(hidden: options.hidden)
    try OptionError.check(
      1...1_000_000,
      [
        "epochs": options.epochs, "batch": options.batch, "runs": options.runs,
        "samples": options.samples, "trial-samples": options.trialSamples,
        "threads": options.threads,
      ])
    self.options = options
    self.digits = digits
    sizes = [digits.train.inputs.rows] + options.hidden + [10]
    do { rescaling = try WeightRescaling(sizes) } catch {
      throw OptionError(option: "hidden", value: "\(options.hidden)", rule: "\(error)")
    }
  }

  /// What is trained in each run, in the order of the tables.
  var cases: [Case] {
    var cases: [Case] = []
    func add(
      _ units: Units, _ parametrization: Parametrization, _ method: MethodName, _ starts: [Start]
    ) {
      cases += starts.map { Case(units, parametrization, method, $0) }
    }
    for method in MethodName.allCases
    where options.methods.contains(method) || method == .gradientDescent {
      add(
        .relu, .unconstrained, method,
        [.balanced, .unbalanced] + (method.isInvariant ? [] : [.retuned]))
    }
    add(.relu, .conditioned, .gradientDescent, [.balanced, .unbalanced])
    add(.sigmoid, .unconstrained, .gradientDescent, [.balanced, .unbalanced])
    if options.methods.contains(.quasiDiagonal) {
      add(.sigmoid, .unconstrained, .quasiDiagonal, [.balanced, .unbalanced])
    }
    for units in Units.allCases {
      // On the spheres there is nothing to rescale.
      add(units, .constrained, .gradientDescent, [.balanced])
      add(units, .normalized, .gradientDescent, [.balanced, .unbalanced])
    }
    return cases
  }

  /// The cases that choose a step size.
  private var trialCases: [Case] { cases.filter { $0 == $0.trial } }

  /// The number of trainings, trials included, for a progress bar.
  package var pieceCount: Int {
    trialCases.count * options.stepSizes.count + options.runs * cases.count
  }

  /// Runs everything, or as much as there is time for until `shouldStop`.
  ///
  /// - Returns: what was measured, or nil if it was stopped before the first run was complete.
  package func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> RescalingResult? {
    let trialSamples = digits.train.subset(0..<min(options.trialSamples, digits.train.count))
    let trials = try WorkQueue.map(trialCases, threads: options.threads) { item in
      let choice = try StepSizeTrial(
        options.stepSizes, shouldStop: shouldStop, progress: progress
      ) {
        // Trials have weights, factors and orders of their own.
        try train(
          item, stepSize: $0, on: trialSamples, epochs: 1,
          stream: RandomStream(seed: options.seed).child("trial"), shouldStop: shouldStop)
      }
      return RescalingResult.Trial(item: item, choice: choice)
    }
    if shouldStop() { return nil }
    let samples = digits.train.subset(0..<min(options.samples, digits.train.count))
    let runs = try WorkQueue.completeRuns(options.runs, of: cases, threads: options.threads) {
      run, item -> RescalingResult.LearningCurve? in
      if shouldStop() { return nil }
      let stepSize = trials.first { $0.item == item.trial }!.choice.stepSize
      let training = try train(
        item, stepSize: stepSize, on: samples, epochs: options.epochs,
        stream: RandomStream(seed: options.seed).child("run", run), shouldStop: shouldStop)
      if shouldStop() { return nil }
      progress()
      return RescalingResult.LearningCurve(
        item: item, run: run, stepSize: stepSize, records: training.records,
        losses: training.losses, rescaledTestError: try rescaledTestError(item, training),
        failure: training.failure)
    }
    guard !runs.isEmpty else { return nil }
    var done = options
    done.runs = runs.count
    let batch = min(options.batch, samples.count)
    return RescalingResult(
      options: done, digits: digits.name, note: digits.note,
      stepsPerEpoch: (samples.count + batch - 1) / batch, trials: trials,
      curves: runs.flatMap { $0 })
  }

  func train(
    _ item: Case, stepSize: Double, on samples: Samples<Float>, epochs: Int, stream: RandomStream,
    shouldStop: @Sendable () -> Bool
  ) throws -> MiniBatchTraining {
    let network = try network(item)
    var task = MiniBatchTraining.Task(
      network: network, start: try start(item, of: network, using: stream), train: samples,
      test: digits.test, batch: options.batch, epochs: epochs, stream: stream.child("training"))
    switch item.parametrization {
    case .unconstrained, .normalized: break
    case .conditioned: task.afterStep = { [rescaling] in try rescaling.condition(&$0) }
    case .constrained:
      let spheres = UnitSpheres(network)
      task.afterStep = { spheres.project(&$0) }
    }
    return MiniBatchTraining(
      item.method.method, stepSize: .constant(stepSize), task, shouldStop: shouldStop)
  }

  func network(_ item: Case) throws(NetworkError) -> Network {
    try Network.layered(
      sizes, activation: item.units.activation, output: .softmax,
      normalization: item.parametrization == .normalized ? .path : nil)
  }

  /// The parameters that a training starts from.
  ///
  /// Without constraints it is the usual start: Gaussian weights with the variance that suits the
  /// activation. ReLU weights get norm 1 by rescaling, so that all ReLU networks of a run start as
  /// the same function; sigmoid weights can only be projected, to another function.
  func start(
    _ item: Case, of network: Network, using stream: RandomStream
  ) throws -> Parameters<Float> {
    var drawing = stream.child("weights")
    var parameters: Parameters<Float> = item.units.initialization
      .parameters(network, using: &drawing)
    let factors = rescaling.factors(
      orders: item.start == .balanced ? 0 : options.orders, using: stream.child("factors"))
    switch item.parametrization {
    case .unconstrained, .conditioned:
      parameters = try rescaling.rescaled(parameters, by: factors)
      if item.parametrization == .conditioned { try rescaling.condition(&parameters) }
    case .constrained, .normalized:
      if item.units == .relu {
        parameters = try rescaling.normalized(parameters)
      } else {
        UnitSpheres(network).project(&parameters)
      }
      parameters = rescaling.rescaledIncoming(parameters, by: factors)
    }
    return parameters
  }

  /// The test error of a trained network after node-wise rescaling to ‖w_in‖ = 1; nil where weights
  /// are not free or training failed.
  private func rescaledTestError(_ item: Case, _ training: MiniBatchTraining) throws -> Double? {
    guard item.parametrization == .unconstrained, training.failure == nil else { return nil }
    let workspace = Workspace<Float>(
      try network(item), maximumBatchSize: min(1_000, digits.test.count))
    return Evaluation(
      of: try rescaling.normalized(training.parameters), on: digits.test, with: workspace
    ).error
  }
}
