import Foundation
import Testing

@testable import IntrinsicStudies

struct BenchmarkTests {
  /// The folder of the package.
  private static let package = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func `names are unique and say to which network a job belongs`() {
    let names = Benchmark.all.map(\.job)
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(
        name.wholeMatch(
          of:
            /(peak|autoencoder|dense|convolution|groups|online|rescaling|residuals)\/[A-Za-z0-9.-]+/
        )
          != nil,
        "\(name)")
    }
    // What shares refer to is measured before them.
    #expect(Benchmark.all[0].isPeak && Benchmark.all[1].isPeak)
    #expect(names.dropFirst(2).first == "autoencoder/backpropagation")
  }

  @Test func `every job of the PyTorch script has a counterpart here`() throws {
    let script = try contents(
      of: Self.package.appendingPathComponent("Benchmarks/pytorch.py"))
    let jobs = script.matches(of: /^ +"([a-z]+\/[a-z0-9-]+)": \(/.anchorsMatchLineEndings())
      .map { String($0.1) }
    #expect(jobs.count == 9)
    #expect(Set(jobs).isSubset(of: Set(Benchmark.all.map(\.job))))
  }

  @Test(arguments: Benchmark.all.map(\.job))
  func `a job measures a positive time with the threads it was given`(job: String) throws {
    let benchmark = try #require(Benchmark.all.first { $0.job == job })
    let result = try benchmark.measure(2, 0.001)
    #expect(result.job == job)
    #expect(result.microseconds > 0 && result.microseconds.isFinite)
    // The others are too small for a second thread, and say so.
    let isLarge = ["dense/", "convolution/", "groups/"].contains { job.hasPrefix($0) }
    let isSingle = isLarge || job.hasPrefix("rescaling/") || job == "peak/float32"
    #expect(result.threads == (isLarge || job.hasPrefix("residuals/") || benchmark.isPeak ? 2 : 1))
    let isPlain = ["gradient-descent", "adam", "-normalization"].contains { job.hasSuffix($0) }
    #expect((result.gigaflops != nil) == (benchmark.isPeak || isLarge && isPlain))
    #expect(result.precision == (isSingle ? "float32" : "float64"))
    #expect(result.repetitions >= (job.hasPrefix("autoencoder/") ? 300 : 3))
    #if os(Linux)
      #expect(result.megabytes != nil)
    #endif
  }

  @Test func `a longer measurement repeats more often and lasts as long as asked`() throws {
    let benchmark = try #require(Benchmark.all.first)
    let start = Date()
    let result = try benchmark.measure(1, 0.1)
    let elapsed = Date().timeIntervalSince(start)
    #expect(elapsed >= 0.1)
    #expect(result.repetitions > 3)
    // The least time of an iteration is no more than the mean one.
    #expect(result.microseconds * 1e-6 * Double(result.repetitions) <= elapsed)
  }
}
