import ArgumentParser
@preconcurrency import Foundation

/// The streams that a program is given, which may be closed or full.
enum StandardStreams {
  /// Takes the place of closed streams, so that no file that is opened later becomes one of them. Standard
  /// output is then one that cannot be written to, which `finish` reports.
  static func open() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ]
    where fcntl(descriptor, F_GETFD) < 0 {
      // The least free number is given, which is this one.
      _ = Foundation.open("/dev/null", mode)
    }
  }

  /// Ends the program with 74 if results could not be printed.
  static func finish() {
    let hasFailed = fflush(stdout) != 0
    guard hasFailed || ferror(stdout) != 0 else { return }
    StandardError.write(
      "Error: the results could not be written to standard output. Name a file with --output, or check "
        + "where it leads.")
    Foundation.exit(ExitCode.outputFailed.rawValue)
  }
}
