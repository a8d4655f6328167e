import Foundation

/// Reads whole files.
public enum DataFile {
  /// Checks that there is a file that can be read from front to back.
  static func check(_ url: URL) throws(DataError) {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR {
        throw .missing(
          file: url.lastPathComponent, lookedIn: [url.deletingLastPathComponent().path],
          remedy: "Check the path.")
      }
      throw .unreadable(file: url.path, reason: systemMessage(code))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: url.path, reason: "it is not a regular file")
    }
  }

  /// The bytes of a file.
  ///
  /// - Throws: ``DataError/missing(file:lookedIn:remedy:)`` if there is none,
  ///   ``DataError/unreadable(file:reason:)`` if it is a folder or a device, or cannot be read.
  public static func read(_ url: URL) throws(DataError) -> Data {
    try check(url)
    do {
      return try Data(contentsOf: url)
    } catch {
      throw .unreadable(file: url.path, reason: error.localizedDescription)
    }
  }
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
