import Foundation

/// Writes files whole: a reader sees the old content or the new, never a part, and so does whoever
/// looks after a crash.
public enum AtomicFile {
  fileprivate static let (prefix, suffix) = (".intrinsic-", ".tmp")

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
    _ data: Data, to url: URL, using writer: @escaping SystemWrite
  ) throws(DataError) {
    let file = try Writer(url, using: writer)
    try file.append(data)
    try file.commit()
  }

  typealias SystemWrite = (Int32, UnsafeRawPointer, Int) -> Int

  /// A file that is written part by part, and is there once it is whole.
  ///
  ///     let file = try AtomicFile.Writer(url)
  ///     for part in parts { try file.append(part) }
  ///     try file.commit()
  public final class Writer {
    private let url: URL
    private let target: URL
    private let temporary: String
    private let writer: SystemWrite
    private let permissions: mode_t?
    /// nil once the temporary file is gone.
    private var descriptor: Int32?

    /// - Throws: ``DataError/cannotWrite(path:reason:)`` if no file can be made there, or something other than a
    ///   regular file is there.
    public convenience init(_ url: URL) throws(DataError) {
      try self.init(url) { Foundation.write($0, $1, $2) }
    }

    init(_ url: URL, using writer: @escaping SystemWrite) throws(DataError) {
      self.url = url
      self.writer = writer
      target = url.resolvingSymlinksInPath()
      var status = stat()
      var permissions: mode_t?
      if stat(target.path, &status) == 0 {
        guard status.st_mode & S_IFMT == S_IFREG else {
          throw .cannotWrite(path: url.path, reason: "it is not a regular file")
        }
        permissions = status.st_mode & 0o777
      }
      self.permissions = permissions
      temporary =
        target.deletingLastPathComponent()
        .appendingPathComponent("\(prefix)\(UUID().uuidString)\(suffix)").path
      let opened = open(
        temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions ?? 0o666)
      guard opened >= 0 else {
        throw .cannotWrite(path: url.path, reason: systemMessage(errno))
      }
      descriptor = opened
    }

    deinit { abandon() }

    private func abandon() {
      guard let descriptor else { return }
      close(descriptor)
      unlink(temporary)
      self.descriptor = nil
    }

    private func check(_ code: Int32) throws(DataError) {
      guard code != 0 else { return }
      abandon()
      throw .cannotWrite(path: url.path, reason: systemMessage(code))
    }

    /// Writes the next bytes.
    public func append(_ data: Data) throws(DataError) {
      precondition(descriptor != nil, "the file is closed")
      try check(writeAll(data, to: descriptor!, using: writer))
    }

    /// Puts the file in its place.
    public func commit() throws(DataError) {
      precondition(descriptor != nil, "the file is closed")
      if let permissions, fchmod(descriptor!, permissions) != 0 { try check(errno) }
      if fsync(descriptor!) != 0 { try check(errno) }
      if close(descriptor!) != 0 {
        let code = errno
        descriptor = nil
        unlink(temporary)
        throw .cannotWrite(path: url.path, reason: systemMessage(code))
      }
      descriptor = nil
      guard rename(temporary, target.path) == 0 else {
        let code = errno
        unlink(temporary)
        throw .cannotWrite(path: url.path, reason: systemMessage(code))
      }
      // The new name outlives a crash only once the folder is on the disk too. Not every file system
      // can do this, and the content is safe either way.
      let folder = open(target.deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
      if folder >= 0 {
        fsync(folder)
        close(folder)
      }
    }
  }

  /// Writes all bytes, in as many calls as it takes, and returns 0 or the error number.
  private static func writeAll(
    _ data: Data, to descriptor: Int32, using writer: SystemWrite
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
