import Foundation

/// A file with its content, decompressed if it is a gzip file.
struct SourceFile {
  /// The path, for messages.
  let path: String
  let content: Data
  /// The file's name and the SHA-256 of its bytes as stored.
  let identity: String

  /// A file, or for the path `-` all of the standard input.
  init(_ url: URL) throws(DataError) {
    let isInput = url.relativePath == "-"
    let data = isInput ? FileHandle.standardInput.readDataToEndOfFile() : try DataFile.read(url)
    path = isInput ? "standard input" : url.path
    content = Gzip.isCompressed(data) ? try Gzip.decompress(data, file: path) : data
    identity = Self.identity(of: data, named: isInput ? path : url.lastPathComponent)
  }

  /// The name and SHA-256 of a file.
  static func identity(of url: URL) throws(DataError) -> String {
    identity(of: try DataFile.read(url), named: url.lastPathComponent)
  }

  private static func identity(of data: Data, named name: String) -> String {
    "\(name) (SHA-256 \(Checksum.sha256(data)))"
  }
}
