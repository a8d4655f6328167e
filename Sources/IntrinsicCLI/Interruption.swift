import Dispatch
import Foundation

/// Ctrl-C, turned into a wish to stop: long work asks for it, writes what it has and exits with 130.
/// A second Ctrl-C ends the program at once.
final class Interruption: @unchecked Sendable {
  private let lock = NSLock()
  private var wanted = false
  private let source: any DispatchSourceSignal

  init() {
    signal(SIGINT, SIG_IGN)
    source = DispatchSource.makeSignalSource(
      signal: SIGINT, queue: DispatchQueue(label: "interruption", qos: .userInteractive))
    source.setEventHandler { [unowned self] in
      signal(SIGINT, SIG_DFL)
      lock.withLock { wanted = true }
    }
    source.resume()
  }

  deinit { source.cancel() }

  /// Whether Ctrl-C was pressed.
  var isWanted: Bool { lock.withLock { wanted } }
}
