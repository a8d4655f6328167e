import Foundation

/// What is needed to repeat a run and to understand its times: versions, machine, seed, data.
///
/// It names neither the host nor a directory, so it may be published with the results. The
/// arguments are kept as typed.
package struct RunManifest: Codable, Equatable, Sendable {
  /// The version of the program.
  package let programVersion: String
  /// The version of the compiler that built it.
  package let swiftVersion: String
  /// The name and version of the operating system.
  package let operatingSystem: String
  /// The model of the processor, where the system tells it.
  package let processor: String?
  /// The processor's cores that are available.
  package let cores: Int
  /// The kernels that the linear algebra library chose, such as "SkylakeX".
  package let blasCore: String
  /// The threads that the run used.
  package let threads: Int
  /// The seed of every random stream of the run.
  package let seed: UInt64
  /// The command line without the program's own path.
  package let arguments: [String]
  /// When the run started, in ISO 8601, universal time.
  package let started: String
  /// How long the run took, in seconds; absent until it ends.
  package var wallSeconds: Double?
  /// The SHA-256 of each data file, by file name.
  package var dataChecksums: [String: String]

  /// Describes a run that starts now on this machine.
  package init(
    programVersion: String, blasCore: String, threads: Int, seed: UInt64,
    arguments: [String] = Array(CommandLine.arguments.dropFirst()), started: Date = Date(),
    dataChecksums: [String: String] = [:]
  ) {
    self.programVersion = programVersion
    self.swiftVersion = Self.compilerVersion
    self.operatingSystem = Self.systemName
    self.processor = Self.processorModel()
    self.cores = ProcessInfo.processInfo.activeProcessorCount
    self.blasCore = blasCore
    self.threads = threads
    self.seed = seed
    self.arguments = arguments
    self.started = started.formatted(.iso8601)
    self.dataChecksums = dataChecksums
  }

  private static var compilerVersion: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #elseif compiler(>=6.1)
      "6.1"
    #else
      "6.0"
    #endif
  }

  private static var systemName: String {
    let version = ProcessInfo.processInfo.operatingSystemVersionString
    #if os(macOS)
      return "macOS \(version)"
    #else
      return version
    #endif
  }

  private static func processorModel() -> String? {
    #if canImport(Darwin)
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    #else
      guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
        let colon = line.firstIndex(of: ":")
      else { return nil }
      return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    #endif
  }
}
