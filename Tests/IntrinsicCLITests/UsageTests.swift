import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct UsageTests {
  @Test func `help names the commands, each command its options and their values`() throws {
    try Program.withFolder { folder in
      let general = try Program.run(["--help"], in: folder)
      #expect(general.status == 0 && general.errors.isEmpty)
      #expect(general.output.contains("study") && general.output.contains("bench"))
      #expect(try Program.run([], in: folder).output == general.output)
      let study = try Program.run(["study", "autoencoder", "--help"], in: folder)
      #expect(study.status == 0)
      for word in [
        "--runs", "--seed", "--output", "--force", "--quiet", "--check", "text, json, csv",
        "distinct", "quasi-diagonal-backpropagated", "Ollivier 2015",
      ] {
        #expect(study.output.contains(word), "\(word)")
      }
      #expect(try folder.entries.isEmpty)
    }
  }

  @Test func `the version names the program's and the core of the linear algebra library`() throws {
    try Program.withFolder { folder in
      let version = try Program.run(["--version"], in: folder)
      #expect(version.status == 0 && version.errors.isEmpty)
      #expect(version.output.contains(/^\d+\.\d+\.\d+ \((OpenBLAS [A-Za-z0-9]+|Accelerate.*)\)\n$/))
    }
  }

  @Test(arguments: [["study"], ["study", "list"]])
  func `studies are listed`(arguments: [String]) throws {
    try Program.withFolder { folder in
      let list = try Program.run(arguments, in: folder)
      #expect(list.status == 0 && list.errors.isEmpty)
      #expect(list.output.contains(/\n  autoencoder: .*Ollivier 2015/))
    }
  }

  /// A wrong command line, and what its message must contain: the value, and what is allowed.
  static let wrong: [([String], [String])] = [
    (["nonsense"], ["nonsense"]),
    (["study", "nonsense"], ["'nonsense'", "autoencoder"]),
    (
      ["study", "autoencoder", "--methods", "nonsense"],
      ["'nonsense'", "--methods", "backpropagation", "unitwise-natural"]
    ),
    (["study", "autoencoder", "--nonsense"], ["--nonsense"]),
    (["study", "autoencoder", "nonsense"], ["'nonsense'"]),
    (["study", "autoencoder", "--runs", "0"], ["--runs 0", "1"]),
    (["study", "autoencoder", "--runs", "\(Int.max)"], ["--runs \(Int.max)", "1"]),
    (["study", "autoencoder", "--runs", "many"], ["'many'", "--runs"]),
    (["study", "autoencoder", "--passes", "-3"], ["--passes -3", "1"]),
    (["study", "autoencoder", "--passes", "\(Int.max)"], ["--passes \(Int.max)", "1"]),
    (
      ["study", "autoencoder", "--budget", "time", "--seconds", "1e-9"],
      ["1e-09 s", "too small", "Backpropagation"]
    ),
    (["study", "autoencoder", "--seconds", "2"], ["--seconds 2", "--budget time"]),
    (
      ["study", "autoencoder", "--budget", "time", "--seconds", "-1"],
      ["--seconds -1", "positive"]
    ),
    (["study", "autoencoder", "--damping", "-0.5"], ["--damping -0.5", "≥ 0"]),
    (["study", "autoencoder", "--damping=-0.5"], ["--damping -0.5", "≥ 0"]),
    (["study", "autoencoder", "--damping", "nan"], ["--damping nan", "≥ 0"]),
    (["study", "autoencoder", "--threads", "0"], ["--threads 0", "one thread"]),
    (["study", "autoencoder", "--monte-carlo-samples", "0"], ["--monte-carlo-samples 0", "1"]),
    (["study", "autoencoder", "--seed", "-1"], ["'-1'", "--seed"]),
    (["study", "autoencoder", "--wiring", "x"], ["'x'", "distinct", "replacement"]),
    (["study", "autoencoder", "--budget", "x"], ["'x'", "iterations", "time"]),
    (["study", "autoencoder", "--format", "x"], ["'x'", "text", "json", "csv"]),
    (["study", "autoencoder", "--output", ""], ["--output"]),
    (["bench", "--jobs", "nonsense"], ["nonsense", "autoencoder/backpropagation", "dense/adam"]),
    (["bench", "--threads", "0"], ["--threads 0", "one thread"]),
    (["bench", "--seconds", "0"], ["--seconds 0", "positive"]),
    (["bench", "--seconds", "-1"], ["--seconds -1", "positive"]),
    (["data", "mnist"], ["--into"]),
    (["data", "mnist", "--into", ""], ["--into", "folder"]),
    (["data", "mnist", "--into", "x", "--mirror", "ftp://x"], ["--mirror", "ftp://x", "https"]),
  ]

  @Test(arguments: wrong)
  func `a wrong command line ends with 64, names the value and writes nothing`(
    arguments: [String], words: [String]
  ) throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(arguments, in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("Error: "), "\(outcome.errors)")
      // Usage is that of the command that was meant.
      let command = arguments.prefix(arguments.starts(with: ["study", "autoencoder"]) ? 2 : 0)
      let usage = (["Usage: intrinsic"] + command).joined(separator: " ")
      #expect(outcome.errors.contains(usage), "\(outcome.errors)")
      let message = outcome.errors.components(separatedBy: "\nUsage:")[0]
      for word in words { #expect(message.contains(word), "\(message)") }
      #expect(try folder.entries.isEmpty)
    }
  }
}
