import Intrinsic

/// A training method by name with its settings, as on the command line. What is nil is that which goes
/// with the method.
package struct MethodOptions: Codable, Hashable, Sendable {
  package typealias Name = InvarianceStudy.MethodName
  package typealias DampingKind = InvarianceStudy.DampingKind

  /// How the step size changes over training.
  package enum Schedule: String, Codable, Hashable, Sendable, CaseIterable {
    case constant
    /// η₀ · decay^⌊epoch/decayEvery⌋.
    case step
    /// η₀/(1 + decay · epochs).
    case inverseTime = "inverse-time"
    /// From η₀ to 0 over all epochs.
    case cosine
  }

  package var name = Name.quasiDiagonalBackpropagated
  /// η₀.
  package var stepSize: Double?
  package var schedule = Schedule.constant
  /// Of the step schedule the factor, of the inverse-time one k, per epoch.
  package var decay: Double?
  /// Epochs between two steps of the step schedule.
  package var decayEvery = 1
  /// Epochs over which the step size rises linearly to η₀ at the start; fractions are possible.
  package var warmUp = 0.0
  /// Of a metric.
  package var damping: Double?
  package var dampingKind: DampingKind?
  /// The weight of a new estimate in the average of the metric.
  package var averagingRate: Double?
  /// Steps between two estimates of the metric.
  package var refresh = 1
  /// The part of a batch from which the metric is estimated.
  package var batchFraction = 1.0

  /// D of Levenberg–Marquardt and SPRING steps.
  package var scaling: Scaling?
  /// Whether Levenberg–Marquardt finds a penalty on parameters by the evidence for it.
  package var findsPenalty: Bool?
  /// Whether Levenberg–Marquardt steps are accelerated to second order.
  package var isGeodesic: Bool?

  /// Nats a sample of a trust region.
  package var trustRegion: Double?
  /// β of momentum over the method, or μ of SPRING.
  package var momentum: Double?
  /// λ of decoupled weight decay.
  package var weightDecay: Double?
  /// The bound on the global norm of gradients.
  package var clipNorm: Double?

  package init() {}

  /// Whether steps find their own length: nothing says how long they are, or changes the metric.
  package var isAutomatic: Bool { isDefault && stepSize == nil && trustRegion == nil }

  /// Whether steps are those of Levenberg and Marquardt, which are best taken on all samples.
  package var isLevenbergMarquardt: Bool {
    [.levenbergMarquardt, .geodesic, .unitwiseLevenbergMarquardt].contains(name)
  }

  /// Levenberg–Marquardt with a penalty by evidence.
  static let levenbergMarquardt: MethodOptions = {
    var options = MethodOptions()
    (options.name, options.findsPenalty) = (.levenbergMarquardt, true)
    return options
  }()

  /// Whether a step of Levenberg–Marquardt on values to predict takes some hundredths of a second: at most
  /// 1.5·10⁹ products.
  static func areFewEnough(_ network: Network, samples: Int) -> Bool {
    let size = Double(network.parameterCount)
    return network.output == .square && !network.isNormalized
      && !network.layers.contains { $0.dropout > 0 }
      && size * size * Double(min(samples, matrixSamples) * network.outputCount) <= 1.5e9
  }

  /// Samples that a matrix of Levenberg–Marquardt is estimated from at most.
  private static let matrixSamples = 5_000

  /// Whether nothing changes the metric of the default method, so that its own settings apply.
  private var isDefault: Bool {
    name == .quasiDiagonalBackpropagated && damping == nil && dampingKind == nil
      && averagingRate == nil
      && refresh == 1 && batchFraction == 1
  }

  /// The method.
  package var method: Optimizer {
    var result = isAutomatic ? .automatic : base
    if let trustRegion { result = result.within(nats: trustRegion) }
    if let momentum, name != .spring { result = result.withMomentum(momentum) }
    if let weightDecay { result = result.withWeightDecay(weightDecay) }
    if let clipNorm { result = result.clipped(toGradientNorm: clipNorm) }
    return result
  }

  private var base: Optimizer {
    if isDefault { return .quasiDiagonal }
    if case .levenbergMarquardt(var settings) = name.method(.none) {
      if let damping { settings.damping = damping }
      if let scaling { settings.scaling = scaling }
      if let findsPenalty { settings.findsPenalty = findsPenalty }
      if let isGeodesic { settings.isGeodesic = isGeodesic }
      settings.matrixSamples = Self.matrixSamples
      return .levenbergMarquardt(settings)
    }
    if name == .spring {
      var settings = SpringSettings()
      if let damping { settings.damping = damping }
      if let scaling { settings.scaling = scaling }
      if let momentum { settings.momentum = momentum }
      return .spring(settings)
    }
    return name.method(
      (dampingKind ?? .additive).damping(damping ?? Self.usualDamping),
      MetricAveraging(
        rate: averagingRate ?? 1, refreshInterval: refresh, batchFraction: batchFraction))
  }

  /// The additive damping of metrics whose damping is not given.
  package static let usualDamping = 0.01

  /// η₀, for mini-batches of about 100 samples.
  package var initialStepSize: Double {
    stepSize ?? method.stepSize(0)
  }

  /// η over training.
  ///
  /// - Parameters:
  ///   - epochs: how many there are.
  ///   - perEpoch: steps in an epoch.
  package func stepSize(epochs: Int, perEpoch: Int) -> StepSize {
    let initial = initialStepSize
    let warm = Int((warmUp * Double(perEpoch)).rounded())
    let schedule: StepSize =
      switch schedule {
      case .constant: .constant(initial)
      case .step: .steps(initial: initial, factor: decay ?? 0.5, every: decayEvery * perEpoch)
      case .inverseTime: .inverseTime(initial: initial, rate: (decay ?? 1) / Double(perEpoch))
      case .cosine: .cosine(initial: initial, final: 0, over: max(epochs * perEpoch - warm, 1))
      }
    return warm > 0 ? .warmUp(steps: warm, then: schedule) : schedule
  }

  /// - Throws: if an option makes no sense.
  func check() throws(OptionError) {
    if let stepSize { try OptionError.checkPositive(["step-size": stepSize]) }
    if let trustRegion { try OptionError.checkPositive(["trust-region": trustRegion]) }
    if let clipNorm { try OptionError.checkPositive(["clip-norm": clipNorm]) }
    if let momentum {
      try OptionError.check(
        (0..<1).contains(momentum), "momentum", momentum, "a number from 0 to below 1 is needed")
    }
    if let weightDecay { try OptionError.checkNotNegative(["weight-decay": weightDecay]) }
    if let decay {
      try OptionError.check(
        decay > 0 && decay.isFinite && (schedule != .step || decay < 1), "decay", decay,
        "a number above 0 is needed, for --schedule step below 1")
      try OptionError.check(
        schedule == .step || schedule == .inverseTime, "decay", decay,
        "--schedule \(schedule.rawValue) has none; step and inverse-time have")
    }
    try OptionError.check(1...1_000_000, ["decay-every": decayEvery])
    try OptionError.check(
      (0...1_000_000).contains(warmUp), "warm-up", warmUp, "a number of epochs ≥ 0 is needed")
    if let damping { try OptionError.checkNotNegative(["damping": damping]) }
    if let averagingRate { try OptionError.checkShare(["averaging-rate": averagingRate]) }
    try OptionError.check(1...1_000_000, ["refresh": refresh])
    try OptionError.checkShare(["batch-fraction": batchFraction])
    try OptionError.check(
      scaling == nil || isLevenbergMarquardt || name == .spring, "scaling", "",
      "it applies to --method levenberg-marquardt and spring only")
    try OptionError.check(
      findsPenalty != true || isLevenbergMarquardt, "evidence", "",
      "it applies to --method levenberg-marquardt only")
    try OptionError.check(
      isGeodesic != true || isLevenbergMarquardt, "geodesic", "",
      "it applies to --method levenberg-marquardt only")
    if isLevenbergMarquardt || name == .spring, let damping {
      try OptionError.checkPositive(["damping": damping])
    }
    if case .metric = base { return }
    for (option, isGiven) in [
      ("damping-kind", dampingKind != nil), ("averaging-rate", averagingRate != nil),
      ("refresh", refresh != 1),
      ("batch-fraction", batchFraction != 1),
      (
        "damping",
        damping != nil && name != .batchAdaGrad && name != .spring && !isLevenbergMarquardt
      ),
    ] where isGiven {
      throw OptionError(
        option: option, value: "",
        rule: "--method \(name.rawValue) has no metric, to which it applies")
    }
  }
}
