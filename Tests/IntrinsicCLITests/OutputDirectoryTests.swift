import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct OutputDirectoryTests {
  private func run(_ more: [String], in folder: URL) throws -> Program.Outcome {
    try Program.run(Program.study("--seed", "1") + more, in: folder, path: "/nowhere")
  }

  @Test func `a directory that holds files is refused and left alone`() throws {
    try Program.withFolder { folder in
      try Data("precious".utf8).write(to: folder.appendingPathComponent("notes.txt"))
      let outcome = try run(["--output", "."], in: folder)
      #expect(outcome.status == 73)
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.contains(folder.path) && outcome.errors.contains("--force"))
      #expect(try folder.entries == ["notes.txt"])
      #expect(try folder.reading("notes.txt") == "precious")
    }
  }

  @Test func `force moves it aside and says where`() throws {
    try Program.withFolder { folder in
      let run = folder.appendingPathComponent("run")
      try FileManager.default.createDirectory(at: run, withIntermediateDirectories: false)
      try Data("precious".utf8).write(to: run.appendingPathComponent("notes.txt"))
      let outcome = try self.run(["--output", "run", "--force"], in: folder)
      #expect(outcome.status == 0)
      #expect(try folder.entries == ["run", "run.previous-1"])
      #expect(try folder.reading("run.previous-1/notes.txt") == "precious")
      #expect(outcome.errors.contains("run.previous-1"))
      #expect(try !run.entries.contains("notes.txt") && run.entries.contains("claims.json"))
    }
  }

  @Test func `an empty directory is used`() throws {
    try Program.withFolder { folder in
      let outcome = try run(["--output", "."], in: folder)
      #expect(outcome.status == 0)
      #expect(try folder.entries.contains("claims.json"))
    }
  }

  @Test(arguments: ["file", "file/below"], [[], ["--force"]])
  func `a file in the way is an error, and is kept`(path: String, force: [String]) throws {
    try Program.withFolder { folder in
      try Data("precious".utf8).write(to: folder.appendingPathComponent("file"))
      let outcome = try run(["--output", path] + force, in: folder)
      #expect(outcome.status == 73)
      #expect(outcome.output.isEmpty && outcome.errors.hasPrefix("Error: "))
      #expect(outcome.errors.contains(folder.appendingPathComponent(path).path))
      #expect(try folder.entries == ["file"])
      #expect(try folder.reading("file") == "precious")
    }
  }
}
