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
        == ["autoencoder/adagrad", "autoencoder/quasi-diagonal-natural"])
    #expect(results.allSatisfy { ($0["microseconds"] as? Double ?? 0) > 0 })
  }

  @Test func `text and CSV give one line for each job`() throws {
    let text = try run("text", ["autoencoder/backpropagation"])
    #expect(text.contains(/\nautoencoder\/backpropagation  float64 +1 +\d+\.\d\d +\d+ +\S+\n$/))
    let csv = try run("csv", ["autoencoder/backpropagation"])
    #expect(
      csv.contains(
        /^job,precision,threads,µs,repetitions,MB\nautoencoder\/backpropagation,float64,1,[\d.]+,\d+,.+\n$/
      ))
  }
}
