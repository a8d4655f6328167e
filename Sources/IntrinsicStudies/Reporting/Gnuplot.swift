import Foundation

/// The program that draws figures, if it is installed.
package struct Gnuplot: Sendable {
  /// The program to run; nil if there is none.
  package let executable: URL?

  /// What to tell a user whose figures could not be drawn.
  package static let installationHint =
    "gnuplot is not installed, so figures were saved as data and scripts only. Install it with "
    + "“apt-get install gnuplot-nox” or “brew install gnuplot”, then run “gnuplot NAME.gp” in "
    + "the output directory."

  package init(executable: URL?) {
    self.executable = executable
  }

  /// Looks for gnuplot in the directories of a search path.
  ///
  /// - Parameter path: Directories separated by colons, by default those of `PATH`.
  package static func find(
    path: String = ProcessInfo.processInfo.environment["PATH"] ?? ""
  ) -> Gnuplot {
    let candidates = path.split(separator: ":").map {
      URL(fileURLWithPath: String($0), isDirectory: true).appendingPathComponent("gnuplot")
    }
    return Gnuplot(
      executable: candidates.first { candidate in
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory)
          && !isDirectory.boolValue && FileManager.default.isExecutableFile(atPath: candidate.path)
      })
  }

  /// Runs a script from within its directory.
  ///
  /// - Returns: False if there is no gnuplot to run it with.
  func run(_ script: String, in directory: URL) throws(FigureError) -> Bool {
    guard let executable else { return false }
    let process = Process()
    process.executableURL = executable
    // The user's own settings must not change a figure.
    process.arguments = ["--default-settings", script]
    process.currentDirectoryURL = directory
    // One pipe for both outputs, read to its end before waiting: neither side can block.
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    do {
      try process.run()
    } catch {
      throw .cannotRun(program: executable.path, reason: error.localizedDescription)
    }
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw .gnuplotFailed(
        script: script, status: process.terminationStatus,
        message: String(decoding: output, as: UTF8.self)
          .trimmingCharacters(in: .whitespacesAndNewlines))
    }
    return true
  }
}

/// Why a figure was not drawn.
package enum FigureError: Error, Equatable, CustomStringConvertible {
  /// The data or the script could not be saved.
  case cannotSave(RunDirectoryError)
  /// The program could not be started.
  case cannotRun(program: String, reason: String)
  /// gnuplot started and reported an error.
  case gnuplotFailed(script: String, status: Int32, message: String)

  package var description: String {
    switch self {
    case .cannotSave(let error):
      "\(error)"
    case .cannotRun(let program, let reason):
      "Cannot run “\(program)”: \(reason) Reinstall gnuplot, or remove it from PATH to keep "
        + "figures as data and scripts only."
    case .gnuplotFailed(let script, let status, let message):
      "gnuplot failed on “\(script)” (exit status \(status)); the data and the script are kept. "
        + "Update gnuplot to 5.2 or later with pngcairo, then run “gnuplot \(script)” in the "
        + "output directory. It said:\n\(message)"
    }
  }
}
