import Foundation
import IntrinsicData

/// Where one run writes its files: configuration, records, claims, figures with their data.
///
/// Every file is written whole: a reader sees the old file or the new one, never a part.
package struct RunDirectory: Sendable {
  /// The directory itself.
  package let location: URL
  /// Where an earlier directory of the same name was moved, if there was one.
  package let displaced: URL?

  /// Creates the directory and its missing parents, or takes an existing empty one.
  ///
  /// - Parameters:
  ///   - url: The directory to write to.
  ///   - force: Whether a directory that holds files may be moved aside. It then becomes
  ///     `NAME.previous-1` beside the new one (`-2` and so on if that is taken), so that nothing
  ///     is lost.
  /// - Throws: ``RunDirectoryError`` if the directory holds files and `force` is false, if the
  ///   path is a file, or if it cannot be created or written to.
  package init(at url: URL, force: Bool = false) throws(RunDirectoryError) {
    let files = FileManager.default
    let path = url.standardizedFileURL.resolvingSymlinksInPath().path
    var isDirectory: ObjCBool = false
    var displaced: URL?

    if files.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else { throw .isFile(path: path) }
      let entries: [String]
      do {
        entries = try files.contentsOfDirectory(atPath: path)
      } catch {
        throw .notWritable(path: path, reason: error.localizedDescription)
      }
      if !entries.allSatisfy(AtomicFile.isTemporary) {
        guard force else { throw .notEmpty(path: path) }
        displaced = try Self.moveAside(path)
      }
    }
    do {
      try files.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .notWritable(path: path, reason: error.localizedDescription)
    }
    guard files.isWritableFile(atPath: path) else {
      throw .notWritable(path: path, reason: "You don’t have permission.")
    }
    self.location = URL(fileURLWithPath: path, isDirectory: true)
    self.displaced = displaced
  }

  /// Takes the directory of an earlier run, to go on in it.
  ///
  /// - Throws: ``RunDirectoryError`` if there is none, or it cannot be written to.
  package init(existing url: URL) throws(RunDirectoryError) {
    let path = url.standardizedFileURL.resolvingSymlinksInPath().path
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw .missing(path: path)
    }
    guard isDirectory.boolValue else { throw .isFile(path: path) }
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw .notWritable(path: path, reason: "You don’t have permission.")
    }
    location = URL(fileURLWithPath: path, isDirectory: true)
    displaced = nil
  }

  /// The location of a file of this run.
  ///
  /// - Parameter name: A plain file name, without folders.
  package func url(_ name: String) -> URL {
    precondition(
      !name.isEmpty && !name.contains("/") && name != "." && name != "..",
      "“\(name)” is not a plain file name.")
    return location.appendingPathComponent(name, isDirectory: false)
  }

  /// Writes a value as JSON: indented, keys sorted, a newline at the end.
  ///
  /// Numbers that JSON cannot hold become the strings `"NaN"`, `"Infinity"` and `"-Infinity"`;
  /// dates are ISO 8601.
  package func write(_ value: some Encodable, as name: String) throws(RunDirectoryError) {
    let data: Data
    do { data = try JSONEncoder.results.encode(value) } catch {
      throw .cannotWrite(path: url(name).path, reason: error.localizedDescription)
    }
    try write(data + Data("\n".utf8), as: name)
  }

  /// Writes a text as it is, in UTF-8.
  package func write(_ text: String, as name: String) throws(RunDirectoryError) {
    try write(Data(text.utf8), as: name)
  }

  private func write(_ data: Data, as name: String) throws(RunDirectoryError) {
    do { try AtomicFile.write(data, to: url(name)) } catch {
      if case .cannotWrite(let path, let reason) = error {
        throw .cannotWrite(path: path, reason: reason)
      }
      throw .cannotWrite(path: url(name).path, reason: "\(error)")
    }
  }

  /// Renames a directory to the first free `NAME.previous-N` and returns its new place.
  private static func moveAside(_ path: String) throws(RunDirectoryError) -> URL {
    var number = 1
    while FileManager.default.fileExists(atPath: "\(path).previous-\(number)") { number += 1 }
    let aside = "\(path).previous-\(number)"
    do {
      try FileManager.default.moveItem(atPath: path, toPath: aside)
    } catch {
      throw .cannotMoveAside(path: path, reason: error.localizedDescription)
    }
    return URL(fileURLWithPath: aside, isDirectory: true)
  }
}

/// Why a run cannot write where it was asked to.
package enum RunDirectoryError: Error, Equatable, CustomStringConvertible {
  /// There is no such directory.
  case missing(path: String)
  /// The directory already holds files.
  case notEmpty(path: String)
  /// Another process writes to the directory.
  case inUse(path: String)
  /// There is a file where the directory should be.
  case isFile(path: String)
  /// The directory cannot be created, read or written to.
  case notWritable(path: String, reason: String)
  /// The earlier directory could not be renamed.
  case cannotMoveAside(path: String, reason: String)
  /// One file could not be written.
  case cannotWrite(path: String, reason: String)

  package var description: String {
    switch self {
    case .missing(let path):
      "There is no directory “\(path)”. Name that of an earlier run."
    case .notEmpty(let path):
      "The directory “\(path)” is not empty. "
        + "Choose another, or pass --force to move its files aside."
    case .inUse(let path):
      "Another run is writing to the directory “\(path)”. Wait for its end, or choose another."
    case .isFile(let path):
      "“\(path)” is a file, not a directory. Choose another path."
    case .notWritable(let path, let reason):
      "Cannot write to the directory “\(path)”: \(reason) "
        + "Choose another, or change its permissions."
    case .cannotMoveAside(let path, let reason):
      "Cannot move the directory “\(path)” aside: \(reason) Choose another, or move it yourself."
    case .cannotWrite(let path, let reason):
      "Cannot write “\(path)”: \(reason) Check the free space and the permissions."
    }
  }
}

extension JSONEncoder {
  /// How results are written: indented, keys sorted, dates in ISO 8601, numbers that JSON cannot
  /// hold as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
  static var results: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return encoder
  }
}
