import ArgumentParser
import Foundation
import IntrinsicMath
import IntrinsicStudies

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the library: the least time of many repetitions, and the memory.")

  @Option(parsing: .upToNextOption, help: "Only jobs whose name contains one of these.")
  var jobs: [String] = []

  @Option(parsing: .unconditional, help: "Seconds for each job.")
  var seconds = 2.0

  @Option(parsing: .unconditional, help: "Threads of the jobs that use more than one.")
  var threads = 1

  @Option(help: "How results are printed.")
  var format = OutputFormat.text

  func validate() throws {
    guard seconds > 0, seconds.isFinite else {
      throw ValidationError("--seconds \(seconds): a positive time is needed")
    }
    guard threads >= 1 else {
      throw ValidationError("--threads \(threads): at least one thread is needed")
    }
    guard Benchmark.all.contains(where: isAskedFor) else {
      throw ValidationError(
        "no job matches \(jobs.joined(separator: ", ")); the jobs are "
          + Benchmark.all.map(\.job).joined(separator: ", "))
    }
  }

  private func isAskedFor(_ benchmark: Benchmark) -> Bool {
    jobs.isEmpty || jobs.contains { benchmark.job.contains($0) }
  }

  /// What is asked for, after the jobs to which its shares refer.
  private var selected: [Benchmark] {
    Benchmark.all.filter { $0.isPeak || isAskedFor($0) }
  }

  private struct Report: Encodable {
    let blas: String
    let results: [Benchmark.Result]
  }

  /// The arithmetic of a job as a fraction of what the processor does in the same precision, on as many threads.
  private func share(
    of result: Benchmark.Result, _ peaks: some Sequence<Benchmark.Result>
  ) -> Double? {
    guard let speed = result.gigaflops,
      let peak = peaks.first(where: {
        $0.precision == result.precision && $0.threads == result.threads
      })?.gigaflops
    else { return nil }
    return speed / peak
  }

  func run() throws {
    let bar = ProgressBar(label: "bench", total: selected.count, unit: "jobs")
    let results = try selected.map { benchmark in
      defer { bar.advance() }
      return try benchmark.measure(threads, seconds)
    }
    bar.finish()
    var table = TextTable(
      title: BLAS.coreName,
      columns: [
        .init("job"), .init("precision"), .init("threads", .trailing), .init("µs", .trailing),
        .init("repetitions", .trailing), .init("MB", .trailing), .init("GFLOP/s", .trailing),
        .init("share of peak (%)", .trailing),
      ])
    let peaks = zip(selected, results).filter(\.0.isPeak).map(\.1)
    for result in results {
      table.addRow([
        result.job, result.precision, "\(result.threads)",
        String(format: "%.2f", result.microseconds), "\(result.repetitions)",
        result.megabytes.map { String(format: "%.1f", $0) } ?? "–",
        result.gigaflops.map { String(format: "%.1f", $0) } ?? "–",
        share(of: result, peaks).map { String(format: "%.0f", 100 * $0) } ?? "–",
      ])
    }
    switch format {
    case .text: print(table.rendered(), terminator: "")
    case .csv: print(table.csv(), terminator: "")
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      let report = Report(blas: BLAS.coreName, results: results)
      print(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
  }
}
