import Foundation

/// A line on standard error that shows how far a long run is.
///
/// It is drawn on a terminal only, so that a log file is not filled with it. Several threads may
/// advance one bar.
package final class ProgressBar: @unchecked Sendable {
  // Unchecked: the state below the lock is only touched while the lock is held.
  private var label: String
  private let total: Int
  private let unit: String
  private let isShown: Bool
  private let sink: @Sendable (String) -> Void
  private let now: @Sendable () -> Double
  private let start: Double

  private let lock = NSLock()
  private var done = 0
  /// Work that an earlier run did, which took no time here.
  private var skipped = 0
  private var lastDrawn = -Double.infinity
  private var isFinished = false

  /// The least time between two drawings, in seconds.
  private static let interval = 0.1
  /// The longest line, in characters; a longer one would wrap on a narrow terminal.
  private static let lineLength = 79
  private static let barLength = 20

  /// Starts a bar at zero.
  ///
  /// - Parameters:
  ///   - label: What is going on.
  ///   - total: How many units of work there are.
  ///   - unit: What is counted, such as "epochs".
  ///   - quiet: Whether to draw nothing at all.
  ///   - isTerminal: Whether the sink is a terminal.
  ///   - sink: Receives what is drawn.
  ///   - now: The time in seconds; only differences matter.
  package init(
    label: String, total: Int, unit: String = "", quiet: Bool = false,
    isTerminal: Bool = isatty(STDERR_FILENO) != 0,
    sink: @escaping @Sendable (String) -> Void = ProgressBar.writeToStandardError,
    now: @escaping @Sendable () -> Double = {
      Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
    }
  ) {
    precondition(total >= 0, "A bar of \(total) units.")
    self.label = label
    self.total = total
    self.unit = unit
    self.isShown = isTerminal && !quiet
    self.sink = sink
    self.now = now
    self.start = now()
  }

  /// Writes a text if there is room for it: a closed or full standard error stops no work.
  @Sendable package static func writeToStandardError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Counts work as done and redraws the line, at most ten times a second.
  package func advance(by count: Int = 1) {
    lock.withLock {
      done = min(done + count, total)
      guard isShown, !isFinished else { return }
      let time = now()
      guard time - lastDrawn >= Self.interval else { return }
      lastDrawn = time
      sink("\r" + line(at: time) + "\u{1B}[K")
    }
  }

  /// Says how much work is done in all, and what is going on. What was done before the first call but
  /// for one unit is the work of an earlier run.
  package func set(_ count: Int, label: String) {
    let before = lock.withLock {
      if done == 0 {
        skipped = count - 1
        done = skipped
      }
      self.label = label
      return done
    }
    advance(by: count - before)
  }

  /// Writes a line that stays, above the bar where there is one.
  package func write(_ line: String) {
    lock.withLock {
      sink(isShown && !isFinished ? "\r" + line + "\u{1B}[K\n" : line + "\n")
      lastDrawn = -.infinity
    }
  }

  /// Draws the line a last time and ends it. Later calls do nothing.
  package func finish() {
    lock.withLock {
      guard isShown, !isFinished else { return }
      isFinished = true
      sink("\r" + line(at: now()) + "\u{1B}[K\n")
    }
  }

  private func line(at time: Double) -> String {
    let fraction = total == 0 ? 1 : Double(done) / Double(total)
    let filled = Int(fraction * Double(Self.barLength))
    let bar =
      String(repeating: "█", count: filled)
      + String(repeating: "░", count: Self.barLength - filled)
    let elapsed = max(time - start, 0)
    var facts = "\(bar) \(Int(fraction * 100)) % \(done)/\(total)"
    if !unit.isEmpty { facts += " " + unit }
    facts += " " + Self.duration(elapsed)
    if done > 0 && done < total {
      let left = elapsed * Double(total - done) / Double(max(done - skipped, 1))
      facts += ", " + Self.duration(left) + " left"
    }
    let room = max(Self.lineLength - facts.count - 1, 0)
    let name = label.count <= room ? label : label.prefix(max(room - 1, 0)) + "…"
    return String("\(name) \(facts)".prefix(Self.lineLength))
  }

  /// Minutes and seconds, with hours from one hour on.
  private static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds)
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
      : String(format: "%d:%02d", minutes, whole % 60)
  }
}
