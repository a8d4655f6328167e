import Intrinsic

extension Benchmark {
  /// One step of a 64-48-48-10 network on a batch of 256, in Float: 12 softmax groups of 4, 16 radial groups of 3 and
  /// softmax outputs.
  static let groups: [Benchmark] = [
    ("gradient-descent", Optimizer.gradientDescent),
    ("quasi-diagonal-backpropagated", .metric(.quasiDiagonalBackpropagatedMetric, .additive(0.01))),
    ("unitwise-backpropagated", .metric(.backpropagatedMetric, .additive(0.01))),
    ("unitwise-natural", .metric(.unitwiseNaturalGradient, .additive(0.01))),
  ].map { name, method in
    let job = "groups/\(name)"
    return Benchmark(job: job) { threads, seconds in
      var builder = NetworkBuilder(inputs: 64)
      builder.dense(48, .softmax(of: 4))
      builder.dense(48, .radial(of: 3))
      builder.dense(10, .identity)
      return try step(
        job, of: method, on: builder.build(output: .softmax), batch: 256, threads: threads,
        seconds: seconds)
    }
  }
}
