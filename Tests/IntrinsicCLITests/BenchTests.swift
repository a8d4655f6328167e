import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct BenchTests {
  private func run(_ format: String, _ jobs: [String]) throws -> String {
    var output = ""
    try Program.withFolder { folder in
      let outcome = try Program.run(
        ["bench", "--seconds", "0.01", "--format", format, "--jobs"] + jobs, in: folder)
      #expect(outcome.status == 0)
      #expect(outcome.errors.isEmpty)
      output = outcome.output
    }
    return output
  }

  @Test func `JSON names the core and every job asked for`() throws {
    let text = try run("json", ["autoencoder/ada", "quasi-diagonal-natural"])
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(!(report["blas"] as? String ?? "").isEmpty)
    let results = try #require(report["results"] as? [[String: Any]])
    #expect(
      results.map { $0["job"] as? String }
        == [
          "peak/float32", "peak/float64", "autoencoder/adagrad",
          "autoencoder/quasi-diagonal-natural",
        ])
    // No processor has less, or more in a thread.
    for result in results.prefix(2) {
      let speed = try #require(result["gigaflops"] as? Double)
      #expect(speed > 0.5 && speed < 1_000)
    }
    #expect(results.dropFirst(2).allSatisfy { $0["gigaflops"] == nil })
    #expect(results.allSatisfy { ($0["microseconds"] as? Double ?? 0) > 0 })
  }

  @Test func `text and CSV give one line for each job`() throws {
    let text = try run("text", ["autoencoder/backpropagation"])
    #expect(
      text.contains(/\nautoencoder\/backpropagation  float64 +1 +\d+\.\d\d +\d+ +\S+ +– +–\n$/))
    let lines = try run("csv", ["dense/gradient-descent"]).split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0] == "job,precision,threads,µs,repetitions,MB,GFLOP/s,share of peak (%)")
    #expect(lines[1].hasPrefix("peak/float32,float32,1,") && lines[1].hasSuffix(",100"))
    let share = try #require(Int(lines[3].split(separator: ",").last!))
    #expect(lines[3].hasPrefix("dense/gradient-descent,float32,1,") && share > 5 && share < 150)
  }
}
