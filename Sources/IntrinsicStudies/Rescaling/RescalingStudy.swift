import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// Study `rescaling`: does the scale of the weights of a hidden unit mean anything, and to whom?
///
/// Node-wise rescaling multiplies the incoming weights of a hidden unit, bias included, by ρ > 0 and
/// divides its outgoing ones by it; ρ = 10^{k u}, u uniform on [−½, ½). It keeps the function of a
/// ReLU network. Each method trains one from the usual start (*balanced*) and from a rescaled one
/// (*unbalanced*), on the same batches and with the step size that suits the balanced start. Gradient
/// descent trains ReLU and sigmoid networks in three parametrizations besides.
public struct RescalingStudy: Sendable {
  public struct Options: Codable, Sendable {
    /// Those that train the ReLU network from both starts.
    public var methods = MethodName.allCases
    /// Orders of magnitude over which the factors of the unbalanced start spread.
    public var orders = 2.0
    public var hidden = [200, 200]
    public var epochs = 5
    public var batch = 100
    public var runs = 1
    /// Training samples that are used, all if there are fewer.
    public var samples = 60_000
    /// By what all step sizes are multiplied.
    public var stepFactor = 1.0
    public var seed: UInt64
    public var threads: Int

    public init(seed: UInt64, threads: Int) {
      self.seed = seed
      self.threads = threads
    }
  }

  public let options: Options
  private let digits: Digits

  /// - Throws: if an option makes no sense.
  public init(_ options: Options, on digits: Digits) throws(OptionError) {
    try OptionError.check(!options.methods.isEmpty, "methods", "(none)", "name at least one method")
    try OptionError.check(
      (0...8).contains(options.orders), "orders", options.orders, "a number from 0 to 8 is needed")
    try OptionError.check(
      !options.hidden.isEmpty && options.hidden.allSatisfy { (1...100_000).contains($0) }, "hidden",
      options.hidden, "at least one layer is needed, each of 1 to 100,000 units")
    try OptionError.check(
      options.stepFactor > 0 && options.stepFactor.isFinite, "step-factor", options.stepFactor,
      "a number above 0 is needed")
    for (name, value) in [
      ("epochs", options.epochs), ("batch", options.batch), ("runs", options.runs),
      ("samples", options.samples), ("threads", options.threads),
    ] {
      try OptionError.check(
        (1...1_000_000).contains(value), name, value, "1 to 1,000,000 are possible")
    }
    self.options = options
    self.digits = digits
  }

  /// What is trained in each run, in the order of the tables.
  var cases: [Case] {
    var cases: [Case] = []
    for method in MethodName.allCases
    where options.methods.contains(method) || method == .gradientDescent {
      for start in Start.allCases { cases.append(Case(.relu, .unconstrained, method, start)) }
    }
    for units in Units.allCases {
      for parametrization in Parametrization.allCases {
        for start in Start.allCases {
          let item = Case(units, parametrization, .gradientDescent, start)
          // On the spheres there is nothing to rescale.
          let isPossible = parametrization != .constrained || start == .balanced
          if isPossible && !cases.contains(item) { cases.append(item) }
        }
      }
    }
    return cases
  }

  /// The number of trainings, for a progress bar.
  public var trainingCount: Int { options.runs * cases.count }

  /// Runs everything, or as much as there is time for until `shouldStop`.
  ///
  /// - Returns: what was measured, or nil if it was stopped before the first run was complete.
  public func run(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable () -> Void = {}
  ) throws -> RescalingResult? {
    let count = min(options.samples, digits.train.count)
    let train = digits.train.subset(0..<count)
    let items = (0..<options.runs).flatMap { run in cases.map { (run, $0) } }
    let courses = try WorkQueue.map(items, threads: options.threads) { run, item in
      let course = try training(item, run: run, on: train, shouldStop: shouldStop)
      progress()
      return course
    }.compactMap { $0 }
    let complete = (0..<options.runs).filter { run in
      courses.count { $0.run == run } == cases.count
    }
    guard !complete.isEmpty else { return nil }
    var done = options
    done.runs = complete.count
    return RescalingResult(
      options: done, digits: digits.name, note: digits.note,
      stepsPerEpoch: (count + min(options.batch, count) - 1) / min(options.batch, count),
      courses: courses.filter { complete.contains($0.run) })
  }

  /// One training, or nil if it was stopped.
  private func training(
    _ item: Case, run: Int, on train: Samples<Float>, shouldStop: @Sendable () -> Bool
  ) throws -> RescalingResult.Course? {
    if shouldStop() { return nil }
    let stream = RandomStream(seed: options.seed).child("run", run)
    let (network, start) = try beginning(item, using: stream)
    let spheres = UnitSpheres(network)
    var task = MiniBatchTraining.Task(
      network: network, start: start, train: train, test: digits.test, batch: options.batch,
      epochs: options.epochs, stream: stream.child("training"))
    if item.parametrization == .constrained { task.afterStep = { spheres.project(&$0) } }
    let training = MiniBatchTraining(
      item.method.method, stepSize: .constant(options.stepFactor * item.stepSize), task,
      shouldStop: shouldStop)
    if shouldStop() { return nil }
    return RescalingResult.Course(
      item: item, run: run, records: training.records, losses: training.losses,
      failure: training.failure)
  }

  /// The network and the parameters that a training starts from.
  ///
  /// Without constraints it is the usual start: Gaussian weights with the variance that suits the
  /// activation. ReLU weights reach the spheres by rescaling, so that the function is the same in all
  /// parametrizations; sigmoid weights can only be projected.
  func beginning(
    _ item: Case, using stream: RandomStream
  ) throws -> (network: Network, parameters: Parameters<Float>) {
    let sizes = [digits.train.inputs.rows] + options.hidden + [10]
    let plain = try Network.layered(sizes, activation: item.units.activation, output: .softmax)
    var drawing = stream.child("weights")
    var parameters: Parameters<Float> = item.units.initialization
      .parameters(plain, using: &drawing)
    let factors = UnitFactors(
      plain, orders: item.start == .balanced ? 0 : options.orders, using: stream.child("factors"))
    if item.parametrization == .unconstrained {
      return (plain, factors.rescale(parameters, of: plain))
    }
    if item.units == .relu {
      let model = Model(
        network: plain, parameters: Parameters(parameters.elements.map { Double($0) }))
      let unit = try Transformation.normalization(model).applied(to: model)
      parameters = Parameters(unit.parameters.elements.map { Float($0) })
    } else {
      UnitSpheres(plain).project(&parameters)
    }
    if item.parametrization == .constrained { return (plain, parameters) }
    return (
      try Network.layered(
        sizes, activation: item.units.activation, output: .softmax, normalization: .path),
      factors.rescaleIncoming(parameters, of: plain)
    )
  }
}
