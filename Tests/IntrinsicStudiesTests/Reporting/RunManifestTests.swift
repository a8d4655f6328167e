import Foundation
import IntrinsicStudies
import Testing

struct RunManifestTests {
  @Test func `a manifest survives being saved`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      var manifest = RunManifest(
        programVersion: "1.2.3", blasCore: "Zen", threads: 2, seed: .max,
        arguments: ["study", "--seed", "7"], started: Date(timeIntervalSince1970: 0),
        dataChecksums: ["train.idx": "ab12"])
      manifest.wallSeconds = 1.5
      try directory.write(manifest, as: "manifest.json")
      let text = try contents(of: directory.url("manifest.json"))
      #expect(try JSONDecoder().decode(RunManifest.self, from: Data(text.utf8)) == manifest)
      #expect(text.contains("\"started\" : \"1970-01-01T00:00:00Z\""))
      #expect(text.contains("\"seed\" : 18446744073709551615"))
    }
  }

  @Test func `a manifest names the system but neither host nor directory`() throws {
    let manifest = RunManifest(
      programVersion: "1.2.3", blasCore: "Zen", threads: 2, seed: 1, arguments: [])
    #expect(manifest.cores > 0 && !manifest.operatingSystem.isEmpty)
    #expect(manifest.swiftVersion.hasPrefix("6."))
    let text = String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self)
    let encoded = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    // Exactly these, since a manifest is published; a processor is not known everywhere.
    #expect(
      Set(encoded.keys).subtracting(["processor"]) == [
        "arguments", "blasCore", "cores", "dataChecksums", "operatingSystem", "programVersion",
        "seed", "started", "swiftVersion", "threads",
      ])
    #expect(!text.contains(FileManager.default.currentDirectoryPath))
  }

  @Test func `the program's own path is not recorded`() {
    let manifest = RunManifest(programVersion: "1", blasCore: "Zen", threads: 1, seed: 1)
    #expect(manifest.arguments == Array(CommandLine.arguments.dropFirst()))
  }
}
