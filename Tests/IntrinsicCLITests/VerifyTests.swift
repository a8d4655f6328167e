import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct VerifyTests {
  @Test func `text, CSV and JSON tell what is invariant`() throws {
    try Program.withFolder { folder in
      let arguments = [
        "verify", "--seed", "1", "--steps", "2", "--check", "--methods", "adam",
        "backpropagated", "--transformations", "affine",
      ]
      let text = try Program.run(arguments, in: folder)
      #expect(text.status == 0 && text.errors.isEmpty, "\(text)")
      #expect(text.output.contains(/\nadam +– [\d.]+\n/))
      #expect(text.output.contains(/\nbackpropagated +✓ \de-1\d\n/))
      #expect(text.output.contains("parametrization: adam under affine."))
      let csv = try Program.run(arguments + ["--format", "csv"], in: folder).output
      #expect(csv.contains(/\nbackpropagated,affine,true,invariant,,/))
      let json = try Program.run(arguments + ["--format", "json"], in: folder).output
      let result = try #require(
        try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      #expect((result["cells"] as? [[String: Any]])?.count == 2)
      #expect(try folder.entries.isEmpty)
    }
  }

  @Test func `a directory holds results, figure and manifest`() throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        ["verify", "--seed", "1", "--steps", "1", "--network", "relu", "--output", "out"],
        in: folder)
      #expect(outcome.status == 0)
      let entries = try folder.appendingPathComponent("out").entries
      #expect(
        entries.isSuperset(of: [
          "verify.json", "verify.csv", "verify.txt", "damping.csv", "damping.gp", "manifest.json",
        ]))
    }
  }

  @Test(arguments: [
    (["--samples", "0"], "--samples 0"), (["--transformations", "turn"], "'turn'"),
    (["--transformations", "rescaling"], "none applies to the network"),
  ])
  func `a wrong command line is a usage error`(_ arguments: [String], _ message: String) throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(["verify"] + arguments, in: folder)
      #expect(outcome.status == 64 && outcome.output.isEmpty)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
  }
}
