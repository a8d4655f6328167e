import Foundation

/// Progress and notes, apart from results.
enum StandardError {
  static func write(_ line: String) {
    // Results so far come first, also where both go to the same file.
    fflush(nil)
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
