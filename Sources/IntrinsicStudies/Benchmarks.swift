import Dispatch
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// The speed of the library on fixed jobs: the minimum over many repetitions.
package struct Benchmark: Sendable {
  /// What one measurement gave.
  package struct Result: Codable, Sendable {
    /// Such as `autoencoder/backpropagation`.
    package let job: String
    package let precision: String
    package let threads: Int
    /// The least time of one iteration.
    package let microseconds: Double
    package let repetitions: Int
    /// By how many MB (10⁶ bytes) the memory of the process grew at most, data and network included, but
    /// for what earlier jobs have left free; nil where the system does not tell.
    package fileprivate(set) var megabytes: Double?
    /// Multiplications and additions of one iteration in billions a second, where their number is known.
    package var gigaflops: Double?
  }

  /// The name of the job.
  package let job: String
  private let body: @Sendable (_ threads: Int, _ seconds: Double) throws -> Result

  init(
    job: String, _ body: @escaping @Sendable (_ threads: Int, _ seconds: Double) throws -> Result
  ) {
    self.job = job
    self.body = body
  }

  /// Measures for about `seconds` with `threads` threads.
  package func measure(_ threads: Int, _ seconds: Double) throws -> Result {
    let memory = PeakMemory()
    var result = try body(threads, seconds)
    result.megabytes = memory.megabytes
    return result
  }

  /// All jobs.
  package static let all: [Benchmark] =
    peak + autoencoder + dense + convolution + groups + online + rescaling + residuals

  /// One iteration of the adaptive descent on the auto-encoder of Ollivier 2015, §4, in Double; it is
  /// too small for more than one thread.
  private static let autoencoder: [Benchmark] = [
    ("backpropagation", Optimizer.gradientDescent),
    ("diagonal-gauss-newton", .metric(.diagonalGaussNewton, .additive(1e-4))),
    ("adagrad", .batchAdaGrad(epsilon: 1e-4)),
    (
      "quasi-diagonal-backpropagated",
      .metric(.quasiDiagonalBackpropagatedMetric, .additive(1e-4))
    ),
    ("unitwise-backpropagated", .metric(.backpropagatedMetric, .additive(1e-4))),
    ("quasi-diagonal-natural", .metric(.quasiDiagonalNaturalGradient, .additive(1e-4))),
    ("unitwise-natural", .metric(.unitwiseNaturalGradient, .additive(1e-4))),
    (
      "monte-carlo-quasi-diagonal",
      .metric(.monteCarloQuasiDiagonalNaturalGradient(), .additive(1e-4))
    ),
    ("unitwise-outer-product", .metric(.unitwiseEmpiricalFisher, .additive(1e-4))),
  ].map { name, method in
    let job = "autoencoder/\(name)"
    return Benchmark(job: job) { _, seconds in
      let stream = RandomStream(seed: 1)
      let side = try AutoencoderProblem(wiring: .distinct, sampleCount: 16, stream: stream).tanh
      var descent = try BoldDriverDescent(
        method, side.network, from: side.start, samples: side.samples, stream: stream)
      return try repeated(job, Double.self, threads: 1, seconds: seconds, batch: 100) {
        // From the start again now and then: the cost must not depend on how far training is.
        if descent.iterations >= 1_000 {
          descent = try BoldDriverDescent(
            method, side.network, from: side.start, samples: side.samples, stream: stream)
        }
        for _ in 0..<100 { try descent.iterate() }
      }
    }
  }

  /// One step of a 784-500-500-10 ReLU softmax network on a batch of 100, in Float.
  private static let dense: [Benchmark] = [
    ("gradient-descent", Optimizer.gradientDescent, nil),
    ("batch-normalization", .gradientDescent, Normalization.batch),
    ("weight-normalization", .gradientDescent, .weight),
    (
      "quasi-diagonal-backpropagated",
      .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01)), nil
    ),
    (
      "quasi-diagonal-quarter-batch",
      .metric(
        .quasiDiagonalBackpropagatedMetric, .additive(0.01),
        MetricAveraging(rate: 0.05, batchFraction: 0.25)), nil
    ),
    ("quasi-diagonal-default", .quasiDiagonal, nil),
    ("adam", .adam, nil),
    ("path-sgd", .metric(.pathSGD, .none), nil),
    ("ddp-second-moment", .metric(.ddpSGD(.half(.secondMoment)), .none), nil),
    ("ddp-covariance", .metric(.ddpSGD(.half(.covariance)), .none), nil),
  ].map { name, method, normalization in
    let job = "dense/\(name)"
    return Benchmark(job: job) { threads, seconds in
      let network = try Network.layered(
        [784, 500, 500, 10], activation: .relu, output: .softmax, normalization: normalization)
      return try step(
        job, of: method, on: network, batch: 100, threads: threads, seconds: seconds)
    }
  }

  /// One step of conv32-conv32-conv64-conv64-pool-fc512-fc10 with 3 × 3 windows and ReLU on a batch of
  /// 64 images of 32 × 32 × 3, in Float.
  private static let convolution: [Benchmark] = [
    ("gradient-descent", Optimizer.gradientDescent, nil),
    ("batch-normalization", .gradientDescent, Normalization.batch),
    (
      "quasi-diagonal-backpropagated",
      .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01)), nil
    ),
    ("path-sgd", .metric(.pathSGD, .none), nil),
  ].map { name, method, normalization in
    let job = "convolution/\(name)"
    return Benchmark(job: job) { threads, seconds in
      var builder = NetworkBuilder(image: ImageShape(height: 32, width: 32, channels: 3))
      for channels in [32, 32, 64, 64] {
        try builder.convolution(
          channels, kernel: 3, padding: 1, .relu, normalization: normalization)
      }
      try builder.pool(.maximum, size: 2)
      builder.dense(512, .relu, normalization: normalization)
      builder.dense(10, .identity)
      return try step(
        job, of: method, on: builder.build(output: .softmax), batch: 64, threads: threads,
        seconds: seconds)
    }
  }

  /// One sample through one layer of 4 units with d incoming parameters, whose inverse matrices
  /// follow by the Sherman–Morrison identity, in Double: O(d²) a unit.
  private static let online: [Benchmark] = [65, 129, 257, 513].map { size in
    let job = "online/sherman-morrison-\(size)"
    return Benchmark(job: job) { _, seconds in
      var stream = RandomStream(seed: 1)
      let network = try Network.layered([size - 1, 4], activation: .tanh, output: .square)
      func samples(_ count: Int) -> Samples<Double> {
        func matrix(_ rows: Int) -> Matrix<Double> {
          Matrix(
            rows: rows, columns: count,
            elements: (0..<rows * count).map { _ in stream.normal() })
        }
        return Samples(inputs: matrix(size - 1), targets: .values(matrix(4)))
      }
      let descent = try Descent<Double>(
        .metric(
          .backpropagatedMetric, .none, MetricAveraging(rate: 0.1 / Double(size), initialDamping: 1)
        ),
        network, from: Parameters(network), stepSize: .constant(1e-9), maximumBatchSize: 2 * size,
        stream: stream)
      try descent.step(on: samples(2 * size))
      let batches = (0..<size).map { _ in samples(1) }
      // As many samples as rows: one of them has the inverses computed anew.
      return try repeated(job, Double.self, threads: 1, seconds: seconds, batch: size) {
        for batch in batches { try descent.step(on: batch) }
      }
    }
  }

  /// A 784-960-960-960-10 ReLU network, of 2.6 million parameters in Float, rescaled at random by a
  /// factor of 100 (its path metric conditioned), in place.
  private static let rescaling: [Benchmark] = [
    Benchmark(job: "rescaling/path-conditioned-2.6M") { _, seconds in
      var stream = RandomStream(seed: 1)
      let network = try Network.layered(
        [784, 960, 960, 960, 10], activation: .relu, output: .softmax)
      let start = Model(
        network: network,
        parameters: Initialization.normal(gain: 2.0.squareRoot())
          .parameters(network, using: &stream))
      let unbalanced = try Transformation.unbalancing(network, decades: 2, using: &stream)
        .applied(to: start)
      let original = Parameters<Float>(unbalanced.parameters.elements.map { Float($0) })
      var parameters = Parameters<Float>(network)
      return try repeated(
        "rescaling/path-conditioned-2.6M", Float.self, threads: 1, seconds: seconds, batch: 1
      ) {
        parameters.storage.copy(from: original.storage)
        try PathConditioning(network, parameters).apply(to: &parameters)
      }
    }
  ]

  /// One step of a network with 10 classes on random inputs, in Float.
  static func step(
    _ job: String, of method: Optimizer, on network: Network, batch: Int, threads: Int,
    seconds: Double
  ) throws -> Result {
    var stream = RandomStream(seed: 1)
    let start: Parameters<Float> = Initialization.normal(gain: 2.0.squareRoot())
      .parameters(network, using: &stream)
    var inputs = Matrix<Float>(rows: network.inputCount, columns: batch)
    for index in inputs.elements.indices { inputs.elements[index] = Float(stream.normal()) }
    let classes = (0..<batch).map { _ in Int.random(in: 0..<10, using: &stream) }
    let samples = Samples(inputs: inputs, targets: .classes(classes))
    let descent = try Descent<Float>(
      method, network, from: start, stepSize: .constant(1e-6), maximumBatchSize: batch,
      stream: stream,
      threads: threads)
    var result = try repeated(job, Float.self, threads: threads, seconds: seconds, batch: 1) {
      try descent.step(on: samples)
    }
    if method == .gradientDescent || method == .adam {
      result.gigaflops = gradientArithmetic(network, batch: batch) / (1e3 * result.microseconds)
    }
    return result
  }

  /// The multiplications and additions of the matrix products of a gradient: forward, and backward to the
  /// parameters and, but for the first layer, to its inputs. Windows count as if no pixel were padding.
  private static func gradientArithmetic(_ network: Network, batch: Int) -> Double {
    network.layers.enumerated().reduce(0) { sum, entry in
      let (index, layer) = entry
      guard !layer.parameters.isEmpty else { return sum }
      let weights = (0..<layer.unitCount).reduce(0) {
        $0 + layer.connection.parameters(of: $1).count - (layer.hasBias ? 1 : 0)
      }
      return sum + Double(2 * batch * layer.positions * weights * (index == 0 ? 2 : 3))
    }
  }

  static func repeated<T: Scalar>(
    _ job: String, _: T.Type, threads: Int, seconds: Double, batch: Int, _ body: () throws -> Void
  ) throws -> Result {
    func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
    let end = now() + seconds
    var (best, repetitions) = (Double.infinity, 0)
    while now() < end || repetitions < 3 {
      let start = now()
      try body()
      best = min(best, now() - start)
      repetitions += 1
    }
    return Result(
      job: job, precision: T.typeName, threads: threads,
      microseconds: best * 1e6 / Double(batch), repetitions: repetitions * batch, megabytes: nil,
      gigaflops: nil)
  }
}
