import Foundation

/// Processor time, which unlike elapsed time does not count what other programs do.
enum ProcessorTime {
  /// Seconds that the calling thread has run.
  static var thread: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
