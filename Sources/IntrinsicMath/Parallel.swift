import Dispatch
import Foundation

/// Work on several threads over ranges of rows, samples or units.
public enum Parallel {
  /// Calls `body` on `threads` contiguous parts of `0..<count` at once and waits for all.
  ///
  /// The split depends on `count` and `threads` only, so results are reproducible. With one thread,
  /// or one element, `body` runs on the calling thread without any overhead.
  @inline(__always)
  public static func forEachPart(
    of count: Int, threads: Int, _ body: (Range<Int>) -> Void
  ) {
    let parts = min(threads, count)
    guard parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: parts) { part in
        body(count * part / parts..<count * (part + 1) / parts)
      }
    }
  }

  /// The number of processors that are available.
  public static var processorCount: Int { ProcessInfo.processInfo.activeProcessorCount }
}
