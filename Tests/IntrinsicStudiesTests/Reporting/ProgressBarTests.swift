import Dispatch
import Foundation
import IntrinsicStudies
import Testing

/// Collects what a bar draws, and a clock that stands still until it is set.
private final class Screen: @unchecked Sendable {
  private let lock = NSLock()
  private var drawn: [String] = []
  private var time = 100.0

  var lines: [String] { lock.withLock { drawn } }
  /// Seconds since the bar was made.
  func setTime(_ seconds: Double) { lock.withLock { time = 100 + seconds } }

  func bar(
    label: String = "Training", total: Int = 200, quiet: Bool = false, isTerminal: Bool = true
  ) -> ProgressBar {
    ProgressBar(
      label: label, total: total, unit: "epochs", quiet: quiet, isTerminal: isTerminal,
      sink: { text in self.lock.withLock { self.drawn.append(text) } },
      now: { self.lock.withLock { self.time } })
  }
}

struct ProgressBarTests {
  @Test func `a line shows share, count, unit, time and time left`() {
    let screen = Screen()
    let bar = screen.bar()
    screen.setTime(65)
    bar.advance(by: 50)
    #expect(
      screen.lines == [
        "\rTraining █████░░░░░░░░░░░░░░░ 25 % 50/200 epochs 1:05, 3:15 left\u{1B}[K"
      ])
  }

  @Test func `it is drawn at most ten times a second`() {
    let screen = Screen()
    let bar = screen.bar()
    for step in 0..<200 {
      screen.setTime(Double(step) / 100)
      bar.advance()
    }
    #expect((18...20).contains(screen.lines.count))
  }

  @Test func `finishing ends the line once`() {
    let screen = Screen()
    let bar = screen.bar()
    bar.advance(by: 200)
    screen.setTime(3725)
    bar.finish()
    bar.finish()
    bar.advance()
    #expect(screen.lines.count == 2)
    #expect(screen.lines[1].hasSuffix(" 100 % 200/200 epochs 1:02:05\u{1B}[K\n"))
  }

  @Test(arguments: [(true, true), (false, false), (true, false)])
  func `nothing is drawn when quiet or away from a terminal`(quiet: Bool, isTerminal: Bool) {
    let screen = Screen()
    let bar = screen.bar(quiet: quiet, isTerminal: isTerminal)
    bar.advance(by: 200)
    bar.finish()
    #expect(screen.lines.isEmpty)
  }

  @Test func `a long label is cut so that the line does not wrap`() throws {
    let screen = Screen()
    screen.bar(label: String(repeating: "very ", count: 30) + "long").finish()
    let line = try #require(screen.lines.first).dropFirst().dropLast(4)
    #expect(line.count == 79 && line.contains("…") && line.contains("0/200 epochs"))
  }

  @Test func `no work is done from the start`() {
    let screen = Screen()
    screen.bar(total: 0).finish()
    #expect(screen.lines[0].contains("100 % 0/0"))
  }

  @Test func `threads may advance one bar together`() {
    let screen = Screen()
    let bar = screen.bar(total: 10_000)
    DispatchQueue.concurrentPerform(iterations: 100) { _ in
      for _ in 0..<99 { bar.advance() }
    }
    bar.finish()
    #expect(screen.lines.last?.contains(" 99 % 9900/10000 ") == true)
  }
}
