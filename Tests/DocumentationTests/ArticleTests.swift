import Foundation
import Testing

/// The code in the articles is code that compiles: each Swift block of a page is a run of lines of a source
/// file of this target or of the examples, but for indentation.
@Suite struct ArticleTests {
  struct Block: CustomStringConvertible {
    let page: String
    let line: Int
    let lines: [String]

    var description: String { "\(page):\(line)" }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The files with an extension in a folder of the package, and their text.
  static func files(in folder: String, _ fileExtension: String) throws -> [(String, String)] {
    let url = root.appendingPathComponent(folder)
    let names = FileManager.default.enumerator(atPath: url.path)!.compactMap { $0 as? String }
    return try names.sorted()
      .filter { $0.hasSuffix(".\(fileExtension)") && !$0.contains(".build/") }
      .map { ($0, try String(contentsOf: url.appendingPathComponent($0), encoding: .utf8)) }
  }

  /// The lines of a text without their indentation, empty ones at both ends left out.
  static func lines(_ text: some StringProtocol) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }

  static func swiftBlocks() throws -> [Block] {
    var blocks: [Block] = []
    for (page, text) in try files(in: "Sources", "md") {
      var open: (line: Int, lines: [String])?
      for (number, line) in lines(text).enumerated() {
        if var current = open {
          if line == "```" {
            blocks.append(Block(page: page, line: current.line, lines: current.lines))
            open = nil
          } else {
            current.lines.append(line)
            open = current
          }
        } else if line == "```swift" {
          open = (number + 1, [])
        }
      }
      #expect(open == nil, "\(page): a block does not end")
    }
    return blocks
  }

  static func contains(_ source: [String], _ block: [String]) -> Bool {
    guard let first = block.first, block.count <= source.count else { return false }
    return (0...source.count - block.count).contains {
      source[$0] == first && source[$0..<$0 + block.count].elementsEqual(block)
    }
  }

  @Test func `every Swift block of a page is in a source that compiles`() throws {
    let sources = try
      (Self.files(in: "Tests/DocumentationTests", "swift")
      + Self.files(in: "Examples", "swift")).map { Self.lines($0.1) }
    let blocks = try Self.swiftBlocks()
    #expect(blocks.count >= 20, "only \(blocks.count) blocks are found")
    for block in blocks {
      #expect(!block.lines.isEmpty, "\(block) is empty")
      #expect(
        sources.contains { Self.contains($0, block.lines) },
        "\(block) is in no source: \(block.lines.first ?? "")")
    }
  }

  @Test func `the program of the first article is the example, complete`() throws {
    let program = try Self.files(in: "Examples/MNIST/Sources", "swift").map { Self.lines($0.1) }
    #expect(program.count == 1)
    let whole = Array(program[0].drop { $0.isEmpty }.reversed().drop { $0.isEmpty }.reversed())
    let blocks = try Self.swiftBlocks().filter { $0.page.hasSuffix("TrainingOnMNIST.md") }
    #expect(blocks.contains { $0.lines == whole })
  }

  @Test func `files and folders that pages name exist`() throws {
    var count = 0
    for (page, text) in try Self.files(in: "Sources", "md") {
      for match in text.matches(of: /`((?:Sources|Tests|Examples|Scripts)\/[A-Za-z0-9_+.\/-]+)`/) {
        count += 1
        let path = Self.root.appendingPathComponent(String(match.1)).path
        #expect(FileManager.default.fileExists(atPath: path), "\(page) names \(match.1)")
      }
    }
    #expect(count >= 5, "only \(count) names are found")
  }
}
