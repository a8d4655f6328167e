import Foundation

/// Where data sets of several files are found.
enum DataFolder {
  /// The environment variable that names the folder of data sets.
  static let environmentVariable = "INTRINSIC_DATA"
  /// What a file's name may end with.
  static let suffixes = ["", ".gz"]

  /// A file of a folder, plain or compressed.
  static func find(_ name: String, in directory: URL) -> URL? {
    suffixes.map { directory.appendingPathComponent(name + $0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// The first of the subfolders, or the folder itself, that holds any of some files.
  ///
  /// - Parameters:
  ///   - option: The folder that the user names; without one, `INTRINSIC_DATA` in the environment.
  static func locate(
    anyOf names: [String], option: String?, subfolders: [String], environment: [String: String],
    remedy: String
  ) throws(DataError) -> URL {
    let variable = environment[environmentVariable].flatMap { $0.isEmpty ? nil : $0 }
    guard let root = option ?? variable else {
      throw .missing(
        file: names[0], lookedIn: ["$\(environmentVariable), which is not set"], remedy: remedy)
    }
    let folder = URL(fileURLWithPath: root, isDirectory: true)
    let candidates =
      subfolders.map { folder.appendingPathComponent($0, isDirectory: true) } + [folder]
    for candidate in candidates where names.contains(where: { find($0, in: candidate) != nil }) {
      return candidate
    }
    throw .missing(
      file: names[0] + suffixes[1], lookedIn: candidates.map(\.path), remedy: remedy)
  }

  /// The npy files of a folder by name, without what they end with.
  static func arrays(in directory: URL) throws(DataError) -> [(name: String, url: URL)] {
    let files: [String]
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    } catch {
      throw .unreadable(file: directory.path, reason: error.localizedDescription)
    }
    var names: Set<String> = []
    for file in files {
      for suffix in suffixes where file.hasSuffix(".npy" + suffix) {
        names.insert(String(file.dropLast(".npy".count + suffix.count)))
      }
    }
    return names.sorted().map { ($0, find("\($0).npy", in: directory)!) }
  }
}
