import ArgumentParser
import Foundation

/// Ctrl-C, the end of the terminal or a polite kill, turned into a wish to stop: long work asks for it,
/// writes what it has and exits with 128 + the signal. A second signal ends the program at once.
struct Interruption {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// The first signal that came, or 0. Only handlers of signals write it.
  nonisolated(unsafe) private static var received: sig_atomic_t = 0

  init() {
    // A parent may hand its blocked signals on.
    var set = sigset_t()
    sigemptyset(&set)
    for number in Self.signals { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    for number in Self.signals {
      let former = signal(number) { number in
        Self.received = number
        for other in Self.signals { signal(other, SIG_DFL) }
      }
      // `nohup` has the end of the terminal ignored.
      if number == SIGHUP,
        unsafeBitCast(former, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      {
        signal(number, SIG_IGN)
      }
    }
  }

  /// Whether a signal has come.
  var isWanted: Bool { Self.received != 0 }

  /// What the program ends with if a signal has come.
  var exitCode: ExitCode? { isWanted ? ExitCode(128 + Self.received) : nil }
}
