import Foundation

/// How far the memory of this process grows while something runs. What was freed before, and the
/// allocator has kept, can be used again without growth.
struct PeakMemory {
  private let start: Int?

  /// Forgets the peak so far.
  init() {
    // 5 resets the peak of the resident memory (proc(5)).
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    start = Self.kilobytes("VmRSS")
  }

  /// The peak of the resident memory above what was resident at the start, in MB of 10⁶ bytes; nil where
  /// the system does not tell.
  var megabytes: Double? {
    guard let start, let peak = Self.kilobytes("VmHWM") else { return nil }
    return Double(max(peak - start, 0)) * 1_024e-6
  }

  private static func kilobytes(_ key: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
      return nil
    }
    let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  }
}
