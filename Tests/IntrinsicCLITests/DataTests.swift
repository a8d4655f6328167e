import Foundation
import Testing

@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct DataTests {
  @Test func `a mirror without the files ends with 69 and names the address`() throws {
    try Program.withFolder { folder in
      let outcome = try Program.run(
        ["data", "mnist", "--into", "digits", "--mirror", folder.absoluteString], in: folder)
      #expect(outcome.status == 69 && outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("Error: “train-images-idx3-ubyte.gz” could not be fetched"))
      #expect(outcome.errors.contains("\(folder.absoluteString)train-images-idx3-ubyte.gz: "))
      #expect(try folder.entries.isEmpty)
    }
  }

  @Test func `another file of the name ends with 73 and stays`() throws {
    try Program.withFolder { folder in
      let url = folder.appendingPathComponent("train-images-idx3-ubyte.gz")
      try Data("other".utf8).write(to: url)
      let outcome = try Program.run(
        ["data", "mnist", "--into", ".", "--mirror", "file:///nowhere/"], in: folder)
      #expect(outcome.status == 73)
      #expect(outcome.errors.contains("--force"), "\(outcome.errors)")
      #expect(try folder.reading("train-images-idx3-ubyte.gz") == "other")
    }
  }
}
