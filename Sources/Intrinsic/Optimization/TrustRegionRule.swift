import IntrinsicMath

/// Gives the steps of another rule the length that suits them, so that no step size has to be found: of
/// the step δ of the rule, sδ with
///
///     s = min(G·δ/q, √(2ε/q)),   q = δᵀ(F + κ E[JᵀJ])δ
///
/// The first is the best step along δ in the quadratic model of the loss with the Fisher matrix F of the
/// output model; the second keeps the divergence between what the network says before and after the
/// step to ε nats a sample. Both are as invariant as δ. Where the network is sure of all that it says, F
/// vanishes, and the output damping κ bounds the change of the outputs instead.
///
/// q is estimated on some steps, and on the others follows G·δ, its value in the metric
/// of the rule; the ratio of the two is averaged. The step size of the descent is a factor beside s: 1,
/// falling to 0 at the end of training.
public final class TrustRegionRule<T: Scalar>: StepRule {
  /// ε in nats a sample.
  public let radius: T
  /// κ.
  private static var outputDamping: Double { 0.01 }

  private let base: any StepRule<T>
  private let length: FisherLength<T>
  private let interval: Int
  /// The average of q/(G·δ).
  private var ratio: T = 0
  private var steps = 0

  /// - Parameters:
  ///   - base: the rule whose steps are taken; only this rule may call it.
  ///   - radius: ε > 0, in nats a sample.
  ///   - network: whose parameters move.
  ///   - interval: steps from one estimate of q to the next.
  ///   - maximumBatchSize: the largest batch.
  ///   - stream: where targets are drawn from.
  /// - Throws: if the output model has no Fisher metric.
  public init(
    _ base: any StepRule<T>, radius: Double, _ network: Network, every interval: Int = 4,
    maximumBatchSize: Int, stream: RandomStream
  ) throws(MetricError) {
    precondition(radius > 0, "a radius of \(radius); it must be above 0")
    guard network.output.hasFisherMetric else { throw .noFisherMetric(network.output) }
    self.base = base
    self.radius = T(radius)
    self.interval = interval
    length = FisherLength(
      network, outputDamping: Self.outputDamping, maximumBatchSize: maximumBatchSize, stream: stream
    )
  }

  public var name: String { "\(base.name) within \(radius) nats" }

  public var isStochastic: Bool { true }

  public func step(
    for gradient: Gradient<T>, at workspace: Workspace<T>, _ parameters: Parameters<T>,
    into step: inout Displacement<T>
  ) throws {
    try base.step(for: gradient, at: workspace, parameters, into: &step)
    let decrease = gradient(step)
    guard decrease > 0 else { return }
    if steps % interval == 0 || steps < 10 {
      let measured = length.squared(of: step, at: workspace, parameters) / decrease
      ratio = steps == 0 ? measured : ratio + 0.2 * (measured - ratio)
    }
    steps += 1
    let q = ratio * decrease
    let scale = q > 0 ? min(1 / ratio, (2 * radius / q).squareRoot()) : 0
    let out = step.mutablePointer
    workspace.forEachElement(of: gradient) {
      T.scaleAdd(
        count: $0.count, alpha: 0, x: gradient.pointer + $0.lowerBound, beta: scale,
        into: out + $0.lowerBound)
    }
  }

  public func code(_ coder: CheckpointCoder<T>) {
    coder.code("ratio", &ratio)
    coder.code("steps", &steps)
    coder.within("length") { length.code(coder) }
    coder.within("base") { base.code(coder) }
  }
}
