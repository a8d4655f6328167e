import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct TrainTests {
  /// Runs a body in a folder with `points.csv`: 300 points in three clouds.
  private func withPoints(_ body: (URL) throws -> Void) throws {
    try Program.withFolder { folder in
      var state: UInt64 = 9
      func noise() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 40) / Double(1 << 24) - 0.5
      }
      let lines = (0..<300).map { index in
        let own = index % 3
        return "\(4 * Double(own) + noise()),\(100 * noise()),\(["red", "green", "blue"][own])"
      }
      try Data((["x,y,colour"] + lines).joined(separator: "\n").utf8)
        .write(to: folder.appendingPathComponent("points.csv"))
      try body(folder)
    }
  }

  private func train(_ output: String, epochs: Int = 5, _ more: String...) -> [String] {
    [
      "train", "--data", "points.csv", "--label", "colour", "--network",
      "fc16:bn fc8:dropout0.1 fc3",
      "--epochs", "\(epochs)", "--batch", "30", "--step-size", "0.01", "--seed", "4", "--threads",
      "1", "--standardize", "--output", output,
    ] + more
  }

  private func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// The lines of `records.csv` without the seconds at their end.
  private func records(_ folder: URL) throws -> [String] {
    try folder.reading("records.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).dropLast().joined(separator: ",")
    }
  }

  @Test func `a network is trained, saved and evaluated`() throws {
    try withPoints { folder in
      let outcome = try Program.run(train("run", epochs: 20), in: folder)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains("training") && outcome.output.contains("validation"))
      #expect(outcome.errors.contains("epoch 20/20, loss "))
      #expect(!outcome.errors.contains("\r"))
      let run = folder.appendingPathComponent("run")
      #expect(
        try run.entries.isSuperset(of: [
          "config.json", "manifest.json", "records.csv", "summary.json", "network.safetensors",
          "checkpoint.safetensors", "curves.csv", "curves.gp", "confusion.csv",
          "confusion-matrix.csv", "scores.csv",
        ]))
      #expect(try !run.entries.contains("claims.json"))
      #expect(try records(run).count == 21)
      let manifest = try json(run.reading("manifest.json"))
      let checksums = try #require(manifest["dataChecksums"] as? [String: String])
      #expect(checksums["points.csv"]?.count == 64)

      let network = "run/network.safetensors"
      let evaluate = ["evaluate", network, "--data", "points.csv", "--label", "colour"]
      let text = try Program.run(evaluate, in: folder)
      #expect(text.status == 0, "\(text)")
      #expect(text.output.contains(/accuracy \(%\) +9\d\.|accuracy \(%\) +100/))
      #expect(text.output.contains(/\nred +\d+ +\d+ +\d+ +/))
      let csv = try Program.run(evaluate + ["--format", "csv"], in: folder)
      #expect(csv.output.split(separator: "\n").count == 10)
      #expect(csv.output.hasPrefix("true_class,predicted_class,samples\nblue,blue,"))
      let result = try json(Program.run(evaluate + ["--format", "json"], in: folder).output)
      #expect(result["samples"] as? Int == 300)
      #expect((result["accuracy"] as? Double ?? 0) > 0.9)

      // Classes are those of training, also where not all of them occur.
      try Data("x,y,colour\n8,0,blue\n0.1,3,red\n".utf8)
        .write(to: folder.appendingPathComponent("two.csv"))
      let two = try json(
        Program.run(
          ["evaluate", network, "--data", "two.csv", "--label", "colour", "--format", "json"],
          in: folder
        ).output)
      #expect(two["accuracy"] as? Double == 1)
      try Data("x,y,colour\n8,0,pink\n".utf8).write(to: folder.appendingPathComponent("pink.csv"))
      let pink = try Program.run(
        ["evaluate", network, "--data", "pink.csv", "--label", "colour"], in: folder)
      #expect(pink.status == 65 && pink.errors.contains("pink"))
    }
  }

  @Test func `a finished run goes on for more epochs as if they had been asked for at once`() throws
  {
    try withPoints { folder in
      #expect(try Program.run(train("long", epochs: 9), in: folder).status == 0)
      #expect(try Program.run(train("parts", epochs: 4), in: folder).status == 0)
      let outcome = try Program.run(
        ["train", "--resume", "parts", "--epochs", "9", "--quiet"], in: folder)
      #expect(outcome.status == 0, "\(outcome)")
      try expectSame(folder, "long", "parts")
    }
  }

  @Test func `a run whose method was chosen by the data goes on with it for other epochs`() throws {
    try withPoints { folder in
      let arguments = [
        "train", "--data", "points.csv", "--label", "x", "--regression", "--network", "fc4 fc1",
        "--seed", "2", "--output", "run", "--quiet",
      ]
      #expect(try Program.run(arguments, in: folder).status == 0)
      let steps = try #require(
        try json(folder.appendingPathComponent("run").reading("summary.json"))["steps"] as? Int)
      let outcome = try Program.run(
        ["train", "--resume", "run", "--epochs", "\(steps + 3)", "--quiet"], in: folder)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func `the options of another run begin the same run, or one with another seed`() throws {
    try withPoints { folder in
      #expect(try Program.run(train("first", epochs: 3), in: folder).status == 0)
      let config = ["train", "--config", "first/config.json", "--quiet", "--output"]
      #expect(try Program.run(config + ["second"], in: folder).status == 0)
      try expectSame(folder, "first", "second")
      let other = try Program.run(config + ["third", "--seed", "77"], in: folder)
      #expect(other.status == 0, "\(other)")
      let third = folder.appendingPathComponent("third")
      #expect(try json(third.reading("config.json"))["seed"] as? Int == 77)
      let refused = try Program.run(config + ["fourth", "--batch", "3"], in: folder)
      #expect(refused.status == 64 && refused.errors.contains("--batch"), "\(refused)")
    }
  }

  @Test(arguments: ["--folds", "--seeds"])
  func `repeated trainings have a directory each, and a table of the mean`(_ option: String) throws
  {
    try withPoints { folder in
      let outcome = try Program.run(
        train("runs", epochs: 2) + [option, "3", "--class-weights", "balanced"], in: folder)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains("mean ± standard deviation"), "\(outcome.output)")
      let runs = folder.appendingPathComponent("runs")
      let entries = try runs.entries
      #expect(entries.count { $0.hasPrefix("fold-") || $0.hasPrefix("seed-") } == 3, "\(entries)")
      let config = try json(runs.reading("config.json"))
      #expect(config[String(option.dropFirst(2))] as? Int == 3)
      #expect((try json(runs.reading("summary.json"))["runs"] as? [Any])?.count == 3)
      let last = runs.appendingPathComponent(option == "--seeds" ? "seed-6" : "fold-3")
      #expect(
        try json(last.reading("manifest.json"))["seed"] as? Int == (option == "--seeds" ? 6 : 4))
      #expect(entries.contains("report.html") && entries.contains("scores.csv"))
    }
  }

  @Test func `an event file for TensorBoard is written on request`()
    throws
  {
    try withPoints { folder in
      let outcome = try Program.run(train("run", epochs: 2) + ["--tensorboard"], in: folder)
      #expect(outcome.status == 0, "\(outcome)")
      let run = folder.appendingPathComponent("run")
      #expect(try run.entries.count { $0.hasPrefix("events.out.tfevents.") } == 1)
      #expect(try Program.run(train("plain", epochs: 2), in: folder).status == 0)
      let plain = folder.appendingPathComponent("plain")
      #expect(try !plain.entries.contains { $0.contains("tfevents") })
    }
  }

  @Test func `Ctrl-C writes what there is, exits with 130, and resuming loses nothing`() throws {
    try withPoints { folder in
      #expect(try Program.run(train("whole", epochs: 600), in: folder).status == 0)
      let process = try start(train("stopped", epochs: 600), in: folder)
      try waitForCheckpoint(folder.appendingPathComponent("stopped"), process)
      kill(process.processIdentifier, SIGINT)
      process.waitUntilExit()
      #expect(process.terminationReason == .exit && process.terminationStatus == 130)
      let run = folder.appendingPathComponent("stopped")
      let summary = try json(run.reading("summary.json"))
      #expect(summary["ending"] as? String == "interrupted")
      #expect(try records(run).count > 1)
      let again = try Program.run(["train", "--resume", "stopped"], in: folder)
      #expect(again.status == 0, "\(again)")
      try expectSame(folder, "whole", "stopped")
    }
  }

  @Test func `killed again and again, also while it writes, a run loses nothing`() throws {
    try withPoints { folder in
      #expect(try Program.run(train("whole", epochs: 600), in: folder).status == 0)
      var arguments = train("killed", epochs: 600)
      var kills = 0
      for attempt in 0..<6 {
        let process = try start(arguments, in: folder)
        try waitForCheckpoint(folder.appendingPathComponent("killed"), process)
        // Most of the time goes into writing checkpoints.
        Thread.sleep(forTimeInterval: 0.02 + 0.031 * Double(attempt))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        kills += process.terminationReason == .uncaughtSignal ? 1 : 0
        arguments = ["train", "--resume", "killed"]
      }
      #expect(kills > 0)
      let last = try Program.run(arguments, in: folder)
      #expect(last.status == 0, "\(last)")
      try expectSame(folder, "whole", "killed")
    }
  }

  private func start(_ arguments: [String], in folder: URL) throws -> Process {
    let process = Process()
    process.executableURL = Program.executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func waitForCheckpoint(_ run: URL, _ process: Process) throws {
    let file = run.appendingPathComponent("checkpoint.safetensors").path
    for _ in 0..<3000 where !FileManager.default.fileExists(atPath: file) {
      Thread.sleep(forTimeInterval: 0.01)
    }
    try #require(FileManager.default.fileExists(atPath: file))
  }

  private func expectSame(_ folder: URL, _ a: String, _ b: String) throws {
    let runs = [a, b].map { folder.appendingPathComponent($0) }
    let networks = try runs.map {
      try Data(contentsOf: $0.appendingPathComponent("network.safetensors"))
    }
    #expect(networks[0] == networks[1])
    #expect(try records(runs[0]) == records(runs[1]))
  }

  @Test(arguments: [("1e38", "not finite"), ("1e4", "diverged")])
  func `a network of no use is a failure, not a result`(_ outlier: String, _ word: String) throws {
    try Program.withFolder { folder in
      let rows = (0..<40).map { "\($0 % 3 == 0 ? outlier : "\($0 % 7)"),\($0 % 5),\($0 % 2)" }
      try Data(("a,b,class\n" + rows.joined(separator: "\n") + "\n").utf8).write(
        to: folder.appendingPathComponent("p.csv"))
      let outcome = try Program.run(
        [
          "train", "--data", "p.csv", "--network", "fc3:positivepower9 fc2", "--no-standardize",
          "--method",
          "gradient-descent", "--step-size", "1e-300", "--epochs", "1", "--seed", "3", "--output",
          "o",
        ], in: folder)
      #expect(outcome.status == 1 && (outcome.errors + outcome.output).contains(word), "\(outcome)")
    }
  }

  @Test func `a directory that is not empty is refused without force`() throws {
    try withPoints { folder in
      #expect(try Program.run(train("run", epochs: 1), in: folder).status == 0)
      let again = try Program.run(train("run", epochs: 1), in: folder)
      #expect(again.status == 73 && again.errors.contains("--force"))
      #expect(try Program.run(train("run", epochs: 1) + ["--force"], in: folder).status == 0)
      #expect(try folder.entries.contains("run.previous-1"))
    }
  }

  @Test(arguments: [
    (["--data", "points.csv"], 64, "--network is needed"),
    (["--network", "fc3"], 64, "--data PATH is needed"),
    (["--data", "points.csv", "--label", "colour", "--network", "fc8 fcx"], 64, "“fcx”"),
    (
      ["--data", "points.csv", "--label", "colour", "--network", "fc8 fc4"], 64,
      "4 units, but the data have 3 classes"
    ),
    (["--data", "none.csv", "--network", "fc8 fc3"], 66, "none.csv"),
    (["--data", "points.csv", "--network", "fc8 fc3", "--epochs", "0"], 64, "--epochs 0"),
    (
      [
        "--data", "points.csv", "--network", "fc8 fc3", "--patience", "2", "--validation", "0",
      ], 64, "validation set"
    ),
    (
      [
        "--data", "points.csv", "--network", "fc8:bn fc3", "--method", "path-sgd",
      ], 64, "without normalization"
    ),
    (["--resume", "nowhere"], 66, "nowhere"),
    (["--resume", "."], 66, "config.json"),
    (["--resume", ".", "--network", "fc3"], 64, "--resume"),
    (["--resume", ".", "--config", "config.json"], 64, "--config"),
    (["--config", "points.csv"], 65, "config.json"),
    (["--data", "points.csv", "--network", "fc3", "--seeds", "3", "--folds", "3"], 64, "--folds"),
    (["--data", "points.csv", "--network", "fc3", "--folds", "1"], 64, "--folds 1"),
  ])
  func `what is wrong is told before anything is written`(
    _ arguments: [String], _ status: Int, _ message: String
  ) throws {
    try withPoints { folder in
      let outcome = try Program.run(["train"] + arguments, in: folder)
      #expect(outcome.status == status, "\(outcome)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
      #expect(try folder.entries == ["points.csv"])
    }
  }

  @Test func `a checkpoint of other data is refused with the difference`() throws {
    try withPoints { folder in
      #expect(try Program.run(train("run", epochs: 1), in: folder).status == 0)
      let url = folder.appendingPathComponent("points.csv")
      let text = try String(contentsOf: url, encoding: .utf8)
      try Data((text + "\n0,0,red").utf8).write(to: url)
      let outcome = try Program.run(["train", "--resume", "run"], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("the number of training samples is 270 there and 271 here"))
    }
  }

  @Test func `methods are compared in a directory of their own`() throws {
    try withPoints { folder in
      let outcome = try Program.run(
        [
          "compare", "--data", "points.csv", "--label", "colour", "--network", "fc8 fc3",
          "--methods", "adam", "quasi-diagonal-backpropagated", "--step-sizes", "0.001", "0.01",
          "--epochs", "2", "--seed", "1", "--threads", "1", "--standardize", "--output", "out",
        ], in: folder)
      #expect(outcome.status == 0, "\(outcome)")
      #expect(outcome.output.contains(/\nadam +0\.0\d* +/))
      #expect(
        try folder.appendingPathComponent("out").entries.isSuperset(of: [
          "comparison.csv", "comparison.gp", "trials.csv", "records.csv", "summary.json",
          "config.json", "manifest.json",
        ]))
    }
  }

  private static let data = ProcessInfo.processInfo.environment["INTRINSIC_DATA"]

  @Test(.enabled(if: data != nil, "INTRINSIC_DATA does not name the folder of the data sets"))
  func `the default method reads digits from any start`() throws {
    for seed in ["1", "2"] { try read(digitsFrom: seed) }
  }

  private func read(digitsFrom seed: String) throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        [
          "train", "--data", Self.data! + "/mnist", "--network", "fc500 fc500 fc10", "--epochs",
          "2", "--seed", seed, "--output", "run", "--format", "json",
        ], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let test = try #require(try json(outcome.output)["test"] as? [String: Any])
      #expect((test["accuracy"] as? Double ?? 0) >= 0.975, "seed \(seed)")
    }
  }
}
