import Foundation
import IntrinsicData

/// The four files of MNIST from a mirror, each verified before it is written.
///
///     let download = MNISTDownload(into: folder)
///     for file in MNISTDownload.files { try download.run(file) { _ in } }
///     let digits = try MNIST.load(from: folder)
package struct MNISTDownload: Sendable {
  /// One published file.
  package struct File: Equatable, Sendable {
    /// Its name with `.gz`.
    package let name: String
    /// Its size in bytes.
    package let size: Int
    /// The size of its content in bytes.
    package let contentSize: Int
    /// The SHA-256 of the file.
    package let checksum: String
    /// The SHA-256 of its content.
    package let contentChecksum: String

    /// The name without `.gz`.
    package var plainName: String { String(name.dropLast(3)) }
  }

  /// What was done about a file.
  package enum Outcome: Equatable, Sendable {
    /// The file with the right content was there already.
    case present(URL)
    /// It was fetched and written.
    case written(URL)
  }

  /// Where the files come from, in the order of trial.
  package static let mirrors = [
    URL(string: "https://ossci-datasets.s3.amazonaws.com/mnist/")!,
    URL(string: "https://storage.googleapis.com/cvdf-datasets/mnist/")!,
  ]

  /// The files as Y. LeCun, C. Cortes and C. Burges published them.
  package static let files = [
    File(
      name: "train-images-idx3-ubyte.gz", size: 9_912_422, contentSize: 47_040_016,
      checksum: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      contentChecksum: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    File(
      name: "train-labels-idx1-ubyte.gz", size: 28_881, contentSize: 60_008,
      checksum: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      contentChecksum: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    File(
      name: "t10k-images-idx3-ubyte.gz", size: 1_648_877, contentSize: 7_840_016,
      checksum: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      contentChecksum: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    File(
      name: "t10k-labels-idx1-ubyte.gz", size: 4_542, contentSize: 10_008,
      checksum: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      contentChecksum: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
  ]

  private let folder: URL
  private let mirrors: [URL]
  private let overwrites: Bool
  private let fetch: Fetch

  /// - Parameters:
  ///   - folder: where the files go; it is created if need be.
  ///   - mirrors: folders of the files, in the order of trial.
  ///   - overwrites: whether files of the same names with another content are replaced.
  ///   - fetch: how addresses are read.
  package init(
    into folder: URL, mirrors: [URL] = MNISTDownload.mirrors, overwrites: Bool = false,
    fetch: @escaping Fetch = Download.fetch
  ) {
    precondition(!mirrors.isEmpty, "a download without a mirror")
    self.folder = folder
    self.mirrors = mirrors
    self.overwrites = overwrites
    self.fetch = fetch
  }

  /// Makes sure that a file is in the folder: nothing is fetched if it is, plain or compressed.
  ///
  /// The file is written whole or not at all, and only with the published content.
  ///
  /// - Parameters:
  ///   - file: which of the four.
  ///   - progress: hears how many more bytes arrived.
  /// - Throws: ``DownloadError``.
  @discardableResult
  package func run(
    _ file: File, progress: @escaping @Sendable (Int) -> Void
  ) throws(DownloadError) -> Outcome {
    let compressed = folder.appendingPathComponent(file.name)
    let plain = folder.appendingPathComponent(file.plainName)
    // In the order in which MNIST.load looks.
    var target = compressed
    for url in [plain, compressed] where FileManager.default.fileExists(atPath: url.path) {
      let data: Data
      do { data = try DataFile.read(url) } catch { throw .data(error) }
      if Self.content(data, of: file) != nil { return .present(url) }
      if !overwrites { throw .occupied(path: url.path, checksum: Checksum.sha256(data)) }
      target = url
      break
    }
    let data = try fetched(file, progress)
    do throws(DataError) {
      try makeFolder()
      try AtomicFile.write(target == plain ? data.content : data.file, to: target)
    } catch {
      throw .data(error)
    }
    return .written(target)
  }

  private func fetched(
    _ file: File, _ progress: @escaping @Sendable (Int) -> Void
  ) throws(DownloadError) -> (file: Data, content: Data) {
    var attempts: [DownloadError.Attempt] = []
    for mirror in mirrors {
      let url = mirror.appendingPathComponent(file.name)
      do throws(FetchFailure) {
        let data = try fetch(url, file.contentSize, progress)
        if let content = Self.content(data, of: file) {
          // Some servers have the transfer decompressed.
          return (Gzip.isCompressed(data) ? data : Gzip.compress(data), content)
        }
        let found = Checksum.sha256(data)
        throw FetchFailure(
          "the \(data.count) bytes received have the SHA-256 \(found), not \(file.checksum) of "
            + "\(file.size) bytes")
      } catch {
        attempts.append(.init(url: url, reason: error.reason))
      }
    }
    throw .failed(file: file.name, attempts: attempts)
  }

  /// The content of a file, compressed or plain, if it is the published one. A file compressed anew
  /// will do.
  private static func content(_ data: Data, of file: File) -> Data? {
    guard Gzip.isCompressed(data) else {
      return Checksum.sha256(data) == file.contentChecksum ? data : nil
    }
    guard
      let content = try? Gzip.decompress(data, file: file.name, limit: file.contentSize),
      Checksum.sha256(content) == file.contentChecksum
    else { return nil }
    return content
  }

  private func makeFolder() throws(DataError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: folder.path, reason: error.localizedDescription)
    }
  }
}

/// Why a file was not downloaded.
package enum DownloadError: Error, Equatable, CustomStringConvertible {
  /// No mirror gave the published content.
  case failed(file: String, attempts: [Attempt])
  /// There is another file of the name.
  case occupied(path: String, checksum: String)
  /// The folder cannot be read or written.
  case data(DataError)

  /// What one mirror answered.
  package struct Attempt: Equatable, Sendable {
    package let url: URL
    package let reason: String
  }

  package var description: String {
    switch self {
    case .failed(let file, let attempts):
      "“\(file)” could not be fetched.\n"
        + attempts.map { "  \($0.url.absoluteString): \($0.reason)\n" }.joined()
        + "Check the network and try again: files that are there are kept. Or fetch the file by other "
        + "means into the same folder."
    case .occupied(let path, let checksum):
      "“\(path)” is there already with another content (SHA-256 \(checksum)). Move it away, or "
        + "replace it with --force."
    case .data(let error): error.description
    }
  }
}
