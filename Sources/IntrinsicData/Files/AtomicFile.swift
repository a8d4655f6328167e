import Foundation

/// Writes files whole: a reader sees the old content or the new, never a part, and so does whoever
/// looks after a crash.
public enum AtomicFile {
  private static let (prefix, suffix) = (".intrinsic-", ".tmp")

  /// Whether a file of this name is a temporary one, left behind by a process that was killed.
  package static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.hasSuffix(suffix)
  }

  /// Replaces or creates a file.
  ///
  /// The data go to a temporary file in the same folder, are forced to the disk, and the file is
  /// renamed. On failure the old file is as it was and the temporary one is gone. An existing
  /// file keeps its permissions; a symbolic link is followed.
  ///
  /// - Throws: ``DataError/cannotWrite(path:reason:)``, also if the path leads to something other
  ///   than a regular file.
  public static func write(_ data: Data, to url: URL) throws(DataError) {
    try write(data, to: url) { Foundation.write($0, $1, $2) }
  }

  /// The same with a given system call `write`, so that tests can fill the disk.
  static func write(
    _ data: Data, to url: URL, using writer: (Int32, UnsafeRawPointer, Int) -> Int
  ) throws(DataError) {
    let target = url.resolvingSymlinksInPath()
    func failure(_ code: Int32) -> DataError {
      .cannotWrite(path: url.path, reason: systemMessage(code))
    }

    var permissions: mode_t = 0o666
    var status = stat()
    let replaces = stat(target.path, &status) == 0
    if replaces {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw .cannotWrite(path: url.path, reason: "it is not a regular file")
      }
      permissions = status.st_mode & 0o777
    }
    let folder = target.deletingLastPathComponent()
    let temporary = folder.appendingPathComponent("\(prefix)\(UUID().uuidString)\(suffix)").path
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
    guard descriptor >= 0 else { throw failure(errno) }

    var code = writeAll(data, to: descriptor, using: writer)
    if code == 0, replaces, fchmod(descriptor, permissions) != 0 { code = errno }
    if code == 0, fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0, code == 0 { code = errno }
    if code == 0, rename(temporary, target.path) != 0 { code = errno }
    guard code == 0 else {
      unlink(temporary)
      throw failure(code)
    }
    // The new name outlives a crash only once the folder is on the disk too. Not every file system
    // can do this, and the content is safe either way.
    let folderDescriptor = open(folder.path, O_RDONLY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  /// Writes all bytes, in as many calls as it takes, and returns 0 or the error number.
  private static func writeAll(
    _ data: Data, to descriptor: Int32, using writer: (Int32, UnsafeRawPointer, Int) -> Int
  ) -> Int32 {
    data.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        // Some systems refuse more than 2³¹ − 1 bytes a call.
        let part = min(bytes.count - written, 1 << 30)
        let count = writer(descriptor, bytes.baseAddress! + written, part)
        if count > 0 {
          written += count
        } else if count == 0 {
          return EIO
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}
