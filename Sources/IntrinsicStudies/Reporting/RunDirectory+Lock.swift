import Foundation
import IntrinsicData

extension RunDirectory {
  /// Makes the directory this process's own until the process ends, and removes what a process that was
  /// killed has left half-written. Where the file system has no locks, nothing is locked.
  ///
  /// - Throws: ``RunDirectoryError/inUse(path:)``
  package func lock() throws(RunDirectoryError) {
    try Self.lock(location.path)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: location.path)) ?? []
    where AtomicFile.isTemporary(name) {
      try? FileManager.default.removeItem(at: url(name))
    }
  }

  /// - Throws: ``RunDirectoryError/inUse(path:)`` if another process has locked the directory, so that
  ///   it must not be moved aside.
  package static func checkUnused(_ path: String) throws(RunDirectoryError) {
    if let descriptor = try lock(path) { close(descriptor) }
  }

  @discardableResult
  private static func lock(_ path: String) throws(RunDirectoryError) -> Int32? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
    let isHeld = errno == EWOULDBLOCK
    close(descriptor)
    if isHeld { throw .inUse(path: path) }
    return nil
  }
}
