import Foundation

/// Runs a body with a fresh directory and removes it afterwards.
func withTemporaryDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("intrinsic-\(UUID().uuidString)", isDirectory: true)
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  // The temporary directory of macOS lies behind a symbolic link.
  return try body(url.resolvingSymlinksInPath())
}

func contents(of url: URL) throws -> String {
  try String(contentsOf: url, encoding: .utf8)
}
