import Foundation

/// The built program `intrinsic`, run as a user would.
enum Program {
  /// What a run left.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  static let missing: String =
    "the program “intrinsic” is not beside the tests; build it with “swift build -c release”"

  /// The program in the folder of build products that holds the tests; nil if it is not there.
  static let executable: URL? = {
    // On Linux the test program lies among the products, on macOS inside a bundle there.
    let starts =
      Bundle.allBundles.map(\.bundleURL) + [
        Bundle.main.bundleURL,
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath(),
      ]
    for start in starts {
      var folder = start
      for _ in 0..<5 where folder.path != "/" {
        let candidate = folder.appendingPathComponent("intrinsic")
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory),
          !isDirectory.boolValue, FileManager.default.isExecutableFile(atPath: candidate.path)
        {
          return candidate
        }
        folder.deleteLastPathComponent()
      }
    }
    return nil
  }()

  /// Runs the program in a folder and waits for its end.
  ///
  /// - Parameter path: the search path for other programs, unless that of the tests.
  static func run(
    _ arguments: [String], in folder: URL, path: String? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    if let path {
      process.environment = ProcessInfo.processInfo.environment.merging(["PATH": path]) { $1 }
    }
    // Files, because a pipe that nobody reads yet blocks its writer when it is full.
    let captured = try ["out", "err"].map { name in
      let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("intrinsic-\(UUID().uuidString).\(name)")
      try Data().write(to: url)
      return url
    }
    defer { captured.forEach { try? FileManager.default.removeItem(at: $0) } }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: captured[0])
    process.standardError = try FileHandle(forWritingTo: captured[1])
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try String(contentsOf: captured[0], encoding: .utf8),
      errors: try String(contentsOf: captured[1], encoding: .utf8))
  }

  /// The arguments of the quickest study: one run of one pass of backpropagation.
  static func study(_ more: String...) -> [String] {
    ["study", "autoencoder", "--runs", "1", "--passes", "1", "--methods", "backpropagation"] + more
  }

  /// Runs a body with a fresh folder and removes it afterwards.
  static func withFolder(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("intrinsic-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    // The temporary directory of macOS lies behind a symbolic link.
    try body(url.resolvingSymlinksInPath())
  }
}

extension URL {
  func reading(_ name: String) throws -> String {
    try String(contentsOf: appendingPathComponent(name), encoding: .utf8)
  }

  var entries: Set<String> {
    get throws { Set(try FileManager.default.contentsOfDirectory(atPath: path)) }
  }
}
