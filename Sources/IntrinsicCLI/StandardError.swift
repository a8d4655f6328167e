import Foundation
import IntrinsicStudies

/// Progress and notes, apart from results.
enum StandardError {
  static func write(_ line: String) {
    // Results so far come first, also where both go to the same file.
    fflush(nil)
    ProgressBar.writeToStandardError(line + "\n")
  }
}
