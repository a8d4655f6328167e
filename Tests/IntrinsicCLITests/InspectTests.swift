import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct InspectTests {
  /// A folder with a saved network of 3 inputs and 2 outputs.
  private func withNetwork(_ body: (URL) throws -> Void) throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        [
          "verify", "--seed", "1", "--steps", "0", "--methods", "adam", "--transformations",
          "affine", "--save", "net.safetensors",
        ], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      try body(folder)
    }
  }

  @Test func `a saved network is inspected`() throws {
    try withNetwork { folder in
      let text = try Program.run(["inspect", "net.safetensors"], in: folder)
      #expect(text.status == 0 && text.output.hasPrefix("3 inputs, 39 parameters, square"))
      for heading in ["path norm (α = 0)", "γ²_net", "path rank", "rank of ∂f/∂w"] {
        #expect(text.output.contains(heading), "\(heading)")
      }
      let csv = try Program.run(["inspect", "net.safetensors", "--format", "csv"], in: folder)
      #expect(csv.output.contains("\n0,gamma_path_norm_median,"))
      #expect(csv.output.contains("\n,gamma_squared_net_path_norm,"))
      #expect(csv.output.contains(#/\n,path_rank,\d+/#))
      let json = try Program.run(["inspect", "net.safetensors", "--format", "json"], in: folder)
      #expect(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) is [String: Any])
      let again = try Program.run(
        ["verify", "--seed", "1", "--steps", "0", "--save", "net.safetensors"], in: folder)
      #expect(again.status == 73 && again.errors.contains("exists"))
    }
  }

  @Test(arguments: [
    (["inspect", "none.safetensors"], 66, "none.safetensors"),
    (["inspect", "bad.safetensors"], 65, "bad.safetensors"),
    (["inspect", "net.safetensors", "--data", "none.npz"], 66, "none.npz"),
    (["metric", "net.safetensors", "--output", "m.npz"], 64, "needs --data"),
    (
      [
        "metric", "net.safetensors", "--data", "d.npz", "--output", "m.npz", "--reduction", "full",
        "--propagation", "backpropagated",
      ], 64, "signed signals"
    ),
    (
      [
        "metric", "net.safetensors", "--data", "d.npz", "--output", "m.npz", "--source",
        "loss-gradient", "--propagation", "monte-carlo",
      ], 64, "one signal a sample"
    ),
    (
      [
        "metric", "net.safetensors", "--data", "d.npz", "--output", "m.npz", "--positions",
        "reduce", "--propagation", "backpropagated",
      ], 64, "signed signals"
    ),
    (
      ["metric", "net.safetensors", "--data", "d.npz", "--output", "net.safetensors"], 73, "exists"
    ),
    (["verify", "--model", "net.safetensors"], 64, "belong together"),
  ])
  func `what is wrong is told with its exit code`(
    _ arguments: [String], _ status: Int, _ message: String
  ) throws {
    try withNetwork { folder in
      try Data("bad".utf8).write(to: folder.appendingPathComponent("bad.safetensors"))
      let outcome = try Program.run(arguments, in: folder)
      #expect(outcome.status == status, "\(outcome)")
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
  }

  @Test func `a metric that overflows is an error, not NaN in a file`() throws {
    try Program.withFolder { folder in
      func table(_ first: String) -> Data {
        let rows = (0..<20).map { "\($0 == 0 ? first : "\($0 % 7)"),\($0 % 5),\($0 % 2)" }
        return Data(("a,b,class\n" + rows.joined(separator: "\n") + "\n").utf8)
      }
      try table("3").write(to: folder.appendingPathComponent("small.csv"))
      try table("1e38").write(to: folder.appendingPathComponent("huge.csv"))
      let trained = try Program.run(
        [
          "train", "--data", "small.csv", "--network", "fc3:positivepower8 fc2", "--no-standardize",
          "--epochs",
          "1", "--seed", "1", "--output", "run",
        ], in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
      let metric = ["metric", "run/network.safetensors", "--output", "m.npz", "--data"]
      let failed = try Program.run(metric + ["huge.csv"], in: folder)
      #expect(failed.status == 1 && failed.errors.contains("not finite"), "\(failed)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/m.npz"))
      let fine = try Program.run(metric + ["small.csv"], in: folder)
      #expect(fine.status == 0, "\(fine.errors)")
    }
  }
}
