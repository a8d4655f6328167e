import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct StudyRunTests {
  private static let figures = ["figure-2", "figure-3", "figure-4", "figure-5", "invariance"]
  private static let texts: Set = [
    "config.json", "manifest.json", "report.html", "records.csv", "summary.json", "claims.json",
    "table-1.txt",
    "table-1.csv", "table-2.txt", "table-2.csv",
  ]
  private static let gnuplotIsInstalled = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":")
    .contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }

  private func files(_ extensions: [String]) -> Set<String> {
    Set(Self.figures.flatMap { name in extensions.map { "\(name).\($0)" } })
  }

  private func json(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  @Test(.enabled(if: gnuplotIsInstalled, "gnuplot is not installed"))
  func `a run directory holds everything, and its JSON can be read`() throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        [
          "study", "autoencoder", "--runs", "1", "--passes", "10", "--seed", "7", "--threads", "1",
          "--output", "a/b",
        ], in: folder)
      #expect(outcome.status == 0)
      let directory = folder.appendingPathComponent("a/b")
      #expect(try directory.entries == Self.texts.union(files(["svg", "png", "csv", "gp"])))
      for name in try directory.entries {
        #expect(try Data(contentsOf: directory.appendingPathComponent(name)).count > 100, "\(name)")
        if name.hasSuffix(".json") { _ = try json(directory.reading(name)) }
      }
      let config = try #require(try json(directory.reading("config.json")) as? [String: Any])
      #expect(config["passes"] as? Int == 10 && config["seed"] as? Int == 7)
      let manifest = try #require(try json(directory.reading("manifest.json")) as? [String: Any])
      #expect(manifest["seed"] as? Int == 7 && manifest["threads"] as? Int == 1)
      #expect((manifest["wallSeconds"] as? Double ?? 0) > 0)
      #expect((manifest["arguments"] as? [String])?.last == "a/b")
      let claims = try #require(try json(directory.reading("claims.json")) as? [[String: Any]])
      #expect(claims.count == 10 && claims.allSatisfy { $0["isMet"] is Bool })

      // Results on standard output, the rest on standard error.
      #expect(outcome.output.contains(try directory.reading("table-1.txt")))
      #expect(outcome.output.contains(try directory.reading("table-2.txt")))
      #expect(outcome.output.contains("a/b/figure-2.png"))
      #expect(outcome.output.hasSuffix("Everything is in a/b\n"))
      #expect(outcome.errors.hasPrefix("seed 7, 1 threads, "))
      #expect(!outcome.errors.contains("\r"))
    }
  }

  @Test func `without gnuplot the run succeeds, keeps data and scripts, and says what to install`()
    throws
  {
    try Program.withFolder { folder in
      let empty = folder.appendingPathComponent("empty")
      try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: false)
      let outcome = try Program.run(
        Program.study("--seed", "1", "--output", "run"), in: folder, path: empty.path)
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("apt-get install gnuplot-nox"))
      #expect(!outcome.output.contains("Figures:"))
      let run = folder.appendingPathComponent("run")
      let expected = ["figure-2", "figure-3", "invariance"].flatMap { ["\($0).csv", "\($0).gp"] }
      #expect(try run.entries == Self.texts.union(expected))
    }
  }

  @Test func `JSON on standard output is all there is, and quiet leaves standard error empty`()
    throws
  {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        Program.study("--format", "json", "--quiet", "--seed", "1", "--output", "run"), in: folder)
      #expect(outcome.status == 0)
      if Self.gnuplotIsInstalled { #expect(outcome.errors.isEmpty) }
      let rows = try #require(try json(outcome.output) as? [[String: Any]])
      #expect(rows.map { $0["activation"] as? String } == ["sigmoid", "tanh"])
      #expect(rows.allSatisfy { $0["method"] as? String == "backpropagation" })
      #expect(rows.allSatisfy { ($0["meanBits"] as? Double ?? 0) > 50 })
      #expect(rows.map { $0["publishedBits"] as? Double } == [35.9, 24.7])
    }
  }

  @Test func `JSON can be read when a method failed`() throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        [
          "study", "autoencoder", "--runs", "1", "--passes", "10", "--damping", "0", "--methods",
          "backpropagated", "--format", "json", "--seed", "1", "--output", "run",
        ], in: folder)
      #expect(outcome.status == 0)
      let rows = try #require(try json(outcome.output) as? [[String: Any]])
      #expect(rows.map { $0["failures"] as? Int } == [0, 0, 1, 1])
      #expect(outcome.errors.contains("note: Backpropagated metric, tanh, run 0, iteration 0: "))
    }
  }

  @Test func `CSV on standard output is that of the two tables`() throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        Program.study("--format", "csv", "--seed", "1", "--output", "run"), in: folder)
      #expect(outcome.status == 0)
      let run = folder.appendingPathComponent("run")
      let tables = try ["table-1.csv", "table-2.csv"].map(run.reading)
      // An empty line tells the tables apart.
      #expect(outcome.output == tables.joined(separator: "\n"))
      #expect(tables.allSatisfy { $0.split(separator: "\n").count == 2 })
    }
  }

  @Test func `a seed gives the same numbers again, another one others`() throws {
    try Program.withFolder { folder in
      let tables = try ["3", "3", "4"].enumerated().map { index, seed in
        let outcome = try Program.run(
          Program.study("--seed", seed, "--threads", "\(1 + index)", "--output", "\(index)"),
          in: folder, path: "/nowhere")
        #expect(outcome.status == 0)
        return try folder.reading("\(index)/table-2.csv")
      }
      #expect(tables[0] == tables[1] && tables[0] != tables[2])
    }
  }

  @Test func `a seed that is not given is drawn, printed and saved, and names the directory`()
    throws
  {
    try Program.withFolder { folder in
      let outcome = try Program.run(Program.study(), in: folder, path: "/nowhere")
      #expect(outcome.status == 0)
      let seed = try #require(outcome.errors.firstMatch(of: #/^seed (\d+), /#)).1
      let run = folder.appendingPathComponent("runs/autoencoder-\(seed)")
      let config = try #require(try json(run.reading("config.json")) as? [String: Any])
      #expect(config["seed"] as? Int == Int(seed))
    }
  }

  @Test func `check ends with 2 if a claim is not met, and with 0 if all are`() throws {
    try Program.withFolder { folder in
      // One pass leaves sigmoid and tanh within a few per cent of each other.
      let methods = ["--methods", "diagonal-gauss-newton"]
      let unmet = ["study", "autoencoder", "--runs", "1", "--passes", "1", "--seed", "5"] + methods
      let failed = try Program.run(
        unmet + ["--check", "--output", "a"], in: folder, path: "/nowhere")
      #expect(failed.status == 2)
      #expect(failed.output.contains("\n✗  Diagonal Gauss–Newton"))
      #expect(try folder.appendingPathComponent("a").entries.isSuperset(of: Self.texts))
      let unchecked = try Program.run(unmet + ["--output", "b"], in: folder, path: "/nowhere")
      #expect(unchecked.status == 0)
      let met = try Program.run(
        Program.study("--seed", "5", "--check", "--output", "c"), in: folder, path: "/nowhere")
      #expect(met.status == 0)
      #expect(!met.output.contains("✗") && met.output.contains("✓"))
    }
  }
}
