import Foundation
import IntrinsicData
import Testing

@testable import IntrinsicStudies

struct MNISTDownloadTests {
  private static let content = Data((0..<5000).map { UInt8($0 % 251) })
  private static let good = Gzip.compress(content)
  private static let file = MNISTDownload.File(
    name: "digits.gz", size: good.count, contentSize: content.count,
    checksum: Checksum.sha256(good), contentChecksum: Checksum.sha256(content))
  private static let mirrors = ["a", "b"].map { URL(string: "https://\($0).example/x/")! }

  /// What the mirrors answer, and what they were asked.
  private final class Server: @unchecked Sendable {
    private let lock = NSLock()
    private var answers: [String: Result<Data, FetchFailure>]
    private(set) var asked: [String] = []

    init(_ answers: [String: Result<Data, FetchFailure>]) { self.answers = answers }

    var fetch: Fetch {
      { [self] (url, limit, progress) throws(FetchFailure) in
        let answer = lock.withLock {
          asked.append(url.absoluteString)
          return answers[url.host ?? ""] ?? .failure(FetchFailure("no route"))
        }
        let data = try answer.get()
        progress(data.count)
        return data
      }
    }
  }

  private func run(_ server: Server, _ folder: URL, overwrites: Bool = false) throws
    -> MNISTDownload.Outcome
  {
    try MNISTDownload(
      into: folder, mirrors: Self.mirrors, overwrites: overwrites, fetch: server.fetch
    ).run(Self.file) { _ in }
  }

  private func error(_ body: () throws -> Void) -> DownloadError? {
    #expect(throws: DownloadError.self, performing: body)
  }

  @Test func `a file is fetched once, into a folder that need not exist`() throws {
    try withTemporaryDirectory { (root: URL) throws in
      let folder = root.appendingPathComponent("new/mnist", isDirectory: true)
      let server = Server(["a.example": .success(Self.good)])
      let url = folder.appendingPathComponent("digits.gz")
      #expect(try run(server, folder) == .written(url))
      #expect(try Data(contentsOf: url) == Self.good)
      #expect(try run(server, folder) == .present(url))
      #expect(server.asked == ["https://a.example/x/digits.gz"])
    }
  }

  @Test func `truncated, corrupt and missing data make room for the next mirror`() throws {
    var corrupt = Self.good
    corrupt[corrupt.count / 2] ^= 1
    for bad in [
      .success(Self.good.dropLast(3)), .success(corrupt), .success(Data()),
      .success(Gzip.compress(Self.content + [0])), .failure(FetchFailure("HTTP status 404")),
    ] as [Result<Data, FetchFailure>] {
      try withTemporaryDirectory { (root: URL) throws in
        let server = Server(["a.example": bad, "b.example": .success(Self.good)])
        let url = root.appendingPathComponent("digits.gz")
        #expect(try run(server, root) == .written(url))
        #expect(try Data(contentsOf: url) == Self.good)
        #expect(server.asked.count == 2)
      }
    }
  }

  @Test func `without a good mirror nothing is written, and the message tells why of each`() throws
  {
    try withTemporaryDirectory { (root: URL) throws in
      let server = Server([
        "a.example": .success(Self.good.dropLast(3)),
        "b.example": .failure(FetchFailure("HTTP status 503")),
      ])
      let text = error { _ = try run(server, root) }?.description ?? ""
      for words in [
        "“digits.gz” could not be fetched",
        "https://a.example/x/digits.gz: the \(Self.good.count - 3)",
        Self.file.checksum, "https://b.example/x/digits.gz: HTTP status 503", "try again",
      ] {
        #expect(text.contains(words), "\(text)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).isEmpty)
    }
  }

  @Test func `another file of the name is kept, unless it is to be replaced`() throws {
    for name in ["digits.gz", "digits"] {
      try withTemporaryDirectory { (root: URL) throws in
        let server = Server(["a.example": .success(Self.good)])
        let url = root.appendingPathComponent(name)
        let other = Data("other".utf8)
        try other.write(to: url)
        let expected = DownloadError.occupied(path: url.path, checksum: Checksum.sha256(other))
        #expect(error { _ = try run(server, root) } == expected)
        #expect(expected.description.contains("--force"))
        #expect(try Data(contentsOf: url) == other)
        #expect(server.asked.isEmpty)
        #expect(try run(server, root, overwrites: true) == .written(url))
        #expect(try Data(contentsOf: url) == (name == "digits" ? Self.content : Self.good))
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.path) == [name])
      }
    }
  }

  @Test func `the content counts, not how it is compressed`() throws {
    for (name, data) in [
      ("digits.gz", Gzip.compress(Self.content, level: 1)), ("digits", Self.content),
    ] {
      try withTemporaryDirectory { (root: URL) throws in
        let url = root.appendingPathComponent(name)
        try data.write(to: url)
        #expect(try run(Server([:]), root) == .present(url))
      }
    }
    try withTemporaryDirectory { (root: URL) throws in
      // A server that has the transfer decompressed.
      _ = try run(Server(["a.example": .success(Self.content)]), root)
      let data = try Data(contentsOf: root.appendingPathComponent("digits.gz"))
      #expect(try Gzip.decompress(data, file: "digits.gz") == Self.content)
    }
  }

  @Test func `a folder that cannot be made is named`() throws {
    try withTemporaryDirectory { (root: URL) throws in
      let blocked = root.appendingPathComponent("file")
      try Data().write(to: blocked)
      let folder = blocked.appendingPathComponent("mnist", isDirectory: true)
      let text =
        error { _ = try run(Server(["a.example": .success(Self.good)]), folder) }?.description ?? ""
      #expect(text.contains(folder.path) && text.contains("cannot be written"), "\(text)")
    }
  }

  @Test func `file addresses are read, within the limit`() throws {
    try withTemporaryDirectory { (root: URL) throws in
      let url = root.appendingPathComponent("x")
      try Self.content.write(to: url)
      #expect(try Download.fetch(url, 5000) { _ in } == Self.content)
      #expect(throws: FetchFailure("there are more than 4999 bytes")) {
        try Download.fetch(url, 4999) { _ in }
      }
      let missing = root.appendingPathComponent("y")
      let failure = #expect(throws: FetchFailure.self) { try Download.fetch(missing, 10) { _ in } }
      #expect(failure?.reason.contains("missing") == true)
    }
  }

  @Test func `a server that is not there is a failure with the system's words`() throws {
    // Port 1 of this machine: nobody listens.
    let url = URL(string: "http://127.0.0.1:1/x")!
    let failure = #expect(throws: FetchFailure.self) { try Download.fetch(url, 10) { _ in } }
    #expect(failure?.reason.isEmpty == false)
  }

  @Test(.enabled(if: (try? MNIST.locate(option: nil)) != nil, "INTRINSIC_DATA is not set"))
  func `the published checksums are those of the files at hand`() throws {
    let source = try MNIST.locate(option: nil)
    try withTemporaryDirectory { (root: URL) throws in
      let download = MNISTDownload(into: root, mirrors: [source])
      for file in MNISTDownload.files {
        #expect(
          try download.run(file) { _ in }
            == .written(root.appendingPathComponent(file.name)))
        #expect(
          try download.run(file) { _ in } == .present(root.appendingPathComponent(file.name)))
      }
      #expect(try MNIST.load(from: root).train.count == 60_000)
    }
  }
}
