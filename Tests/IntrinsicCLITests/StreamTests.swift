import Foundation
import Testing

/// Standard streams that are closed or full, and signals.
@Suite(.enabled(if: Program.executable != nil, Comment(rawValue: Program.missing)))
struct StreamTests {
  /// Runs a line of the shell in which `$I` is the program, in a folder with data.
  private func shell(_ line: String, in folder: URL) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["I": Program.executable!.path]
    ) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  private static let training =
    "\"$I\" train --data p.csv --label class --network 'fc4 fc3' --seed 1"

  private func withData(_ body: (URL) throws -> Void) throws {
    try Program.withFolder { folder in
      let rows = (0..<60).map { "\($0 % 7),\($0 % 5),\(["a", "b", "c"][$0 % 3])" }
      try ("x,y,class\n" + rows.joined(separator: "\n") + "\n").write(
        to: folder.appendingPathComponent("p.csv"), atomically: true, encoding: .utf8)
      try body(folder)
    }
  }

  @Test(arguments: [("2>&-", Int32(0)), ("2>/dev/full", 0), (">/dev/full", 74), (">&-", 74)])
  func `closed and full streams lose no work`(_ redirection: String, _ status: Int32) throws {
    try withData { folder in
      let found = try shell("\(Self.training) --epochs 2 --output o \(redirection)", in: folder)
      #expect(found == status)
      #expect(FileManager.default.fileExists(atPath: folder.path + "/o/network.safetensors"))
      // What is shown goes to no file of the run.
      let records = try folder.reading("o/records.csv")
      #expect(!records.contains("seed 1"))
    }
  }

  @Test(arguments: [("TERM", Int32(143)), ("HUP", 129), ("INT", 130)])
  func `signals end a training with all that it has`(_ signal: String, _ status: Int32) throws {
    try withData { folder in
      let line = """
        \(Self.training) --epochs 10000000 --patience 10000000 --output o & p=$!
        for i in $(seq 500); do [ -s o/checkpoint.safetensors ] && break; sleep 0.02; done; sleep 0.3
        \(Self.training) --epochs 1 --force --output o; second=$?
        kill -\(signal) $p; wait $p; status=$?
        [ $second = 73 ] || exit 1
        exit $status
        """
      let ended = try shell(line, in: folder)
      #expect(ended == status)
      #expect(FileManager.default.fileExists(atPath: folder.path + "/o/network.safetensors"))
      let code = try shell("\"$I\" evaluate o/network.safetensors --data p.csv", in: folder)
      #expect(code == 0)
    }
  }

  @Test func `what a killed run left half-written stands in no one's way`() throws {
    try withData { folder in
      try FileManager.default.createDirectory(
        at: folder.appendingPathComponent("o"), withIntermediateDirectories: true)
      let left = folder.appendingPathComponent("o/.intrinsic-x.tmp")
      try Data([1]).write(to: left)
      let code = try shell("\(Self.training) --epochs 2 --output o", in: folder)
      #expect(code == 0)
      #expect(!FileManager.default.fileExists(atPath: left.path))
    }
  }
}
