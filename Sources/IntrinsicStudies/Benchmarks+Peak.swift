import IntrinsicMath

extension Benchmark {
  /// Multiply-adds in registers on all threads: what the processor can do, and what shares of its peak refer to.
  static let peak: [Benchmark] = [
    Benchmark(job: "\(peakName)/float32") { try peak(Float.self, threads: $0, seconds: $1) },
    Benchmark(job: "\(peakName)/float64") { try peak(Double.self, threads: $0, seconds: $1) },
  ]

  private static let peakName = "peak"

  /// Whether this is one of the jobs that measure the processor.
  package var isPeak: Bool { job.hasPrefix(Self.peakName + "/") }

  /// The faster of vectors of 256 and 512 bits.
  private static func peak<T: Scalar>(_: T.Type, threads: Int, seconds: Double) throws -> Result {
    let (count, chains) = (20_000, 12)
    return try [(256, T.multiplyAdds256(count:)), (512, T.multiplyAdds512(count:))].map {
      bits, run in
      var result = try repeated(
        "\(peakName)/\(T.typeName)", T.self, threads: threads, seconds: seconds / 2, batch: 1
      ) {
        Parallel.forEachPart(of: threads, threads: threads) { parts in
          for _ in parts { precondition(run(count).isFinite) }
        }
      }
      let operations = Double(2 * threads * count * chains * bits / (8 * MemoryLayout<T>.stride))
      result.gigaflops = operations / (1e3 * result.microseconds)
      return result
    }.max { $0.gigaflops! < $1.gigaflops! }!
  }
}
