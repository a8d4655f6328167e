import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct TheoryTests {
  @Test(arguments: ["generalization", "rates", "dynamics", "gamma-decay"])
  func `closed forms are printed as text, JSON and CSV`(name: String) throws {
    try Program.withFolder { folder in
      let text = try Program.run(["theory", name], in: folder)
      #expect(text.status == 0 && text.errors.isEmpty && text.output.contains("──"))
      let json = try Program.run(["theory", name, "--format", "json"], in: folder)
      let rows = try #require(
        try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
      let csv = try Program.run(["theory", name, "--format", "csv"], in: folder)
      #expect(csv.output.split(separator: "\n").count == rows.count + 1 && rows.count > 3)
      #expect(try folder.entries.isEmpty)
    }
  }

  @Test func `numbers are those asked for`() throws {
    try Program.withFolder { folder in
      let errors = try Program.run(
        [
          "theory", "generalization", "--loads", "0.25", "--noise", "0.3", "--decays", "1",
          "--format", "csv",
        ], in: folder)
      // 1 − α + ασ²/(1 − α)
      #expect(errors.output.contains("\n0.25,0.85,"))
      let rates = try Program.run(
        ["theory", "rates", "--decays", "0.3", "--rate", "0.2", "--format", "csv"], in: folder)
      // ζ, γ₀ = 1/(2ζ + 1), R₀, L₀, η_max = 2 + 4ζ, η_eff = ηγ₀
      #expect(rates.output.contains("\nBN,0.3,0.625,1,1,3.2,0.125,"), "\(rates.output)")
    }
  }

  @Test(arguments: [
    (["generalization", "--loads", "0"], "α"), (["generalization", "--noise", "-1"], "σ²"),
    (["generalization", "--batch", "1"], "batch"), (["generalization", "--decays", "-1"], "decay"),
    (["rates", "--rate", "0"], "rate"), (["rates", "--activation", "x"], "softplus"),
    (["dynamics", "--overlap", "2"], "cosine"), (["dynamics", "--until", "-1"], "--until -1"),
    (["dynamics", "--points", "0"], "--points 0"), (["gamma-decay", "--batches", "1"], "two"),
  ])
  func `what makes no sense ends with 64 and the reason`(
    arguments: [String], word: String
  ) throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(["theory"] + arguments, in: folder)
      #expect(outcome.status == 64 && outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains(word))
    }
  }
}
