import Dispatch
import Foundation

/// Work on several threads over ranges of rows, samples or units.
public enum Parallel {
  /// Calls `body` on `threads` contiguous parts of `0..<count` at once and waits for all.
  ///
  /// The split depends on the arguments only, so results are reproducible. Where there is only one
  /// part, `body` runs on the calling thread without any overhead; another costs about a microsecond.
  ///
  /// - Parameters:
  ///   - count: the number of elements.
  ///   - threads: the largest number of parts.
  ///   - least: the least number of elements that are worth a part of their own.
  ///   - body: what is done with a part.
  @inline(__always)
  public static func forEachPart(
    of count: Int, threads: Int, least: Int = 1, _ body: (Range<Int>) -> Void
  ) {
    let parts = min(threads, least == 1 ? count : max(1, count / least))
    guard parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    perform(parts) { part in body(count * part / parts..<count * (part + 1) / parts) }
  }

  /// The same for an operation on each element of a vector: fewer than ``leastElements`` are not worth
  /// a part of their own.
  @inline(__always)
  public static func forEachPart(
    ofElements count: Int, threads: Int, _ body: (Range<Int>) -> Void
  ) {
    forEachPart(of: count, threads: threads, least: leastElements, body)
  }

  /// Calls `body` with each number of `0..<parts` at once: by the team, unless it has another job, or
  /// there are fewer processors than parts, which then had better not wait awake.
  private static func perform(_ parts: Int, _ body: (Int) -> Void) {
    if parts <= processorCount && WorkerTeam.shared.perform(parts, body) { return }
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: parts) { body($0) }
    }
  }

  /// The least number of elements of a vector that are worth a thread of their own.
  public static let leastElements = 16_384

  /// The number of processors that are available.
  public static let processorCount = ProcessInfo.processInfo.activeProcessorCount
}
