import Foundation
import Testing

@testable import IntrinsicData

struct AtomicFileTests {
  private func entries(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func `a file is created and replaced`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("x")
      for data in [Data("first".utf8), Data(), Data(count: 100_000)] {
        try AtomicFile.write(data, to: url)
        #expect(try DataFile.read(url) == data)
      }
      #expect(try entries(root) == ["x"])
    }
  }

  @Test func `a full disk is reported with the path, and the old file stays`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("x")
      try AtomicFile.write(Data("old".utf8), to: url)
      var calls = 0
      let text = message {
        try AtomicFile.write(Data(count: 1000), to: url) { descriptor, bytes, count in
          calls += 1
          if calls == 1 { return Foundation.write(descriptor, bytes, min(count, 10)) }
          errno = ENOSPC
          return -1
        }
      }
      #expect(text.contains(url.path) && text.contains("No space left on device"))
      #expect(calls == 2)
      #expect(try DataFile.read(url) == Data("old".utf8))
      #expect(try entries(root) == ["x"])
    }
  }

  @Test func `short and interrupted writes go on`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("x")
      let data = Data((0..<1000).map { UInt8($0 % 251) })
      var calls = 0
      try AtomicFile.write(data, to: url) { descriptor, bytes, count in
        calls += 1
        if calls % 2 == 0 {
          errno = EINTR
          return -1
        }
        return Foundation.write(descriptor, bytes, min(count, 7))
      }
      #expect(try DataFile.read(url) == data)
    }
  }

  @Test func `whoever reads an array file when it is replaced has the old one whole`() throws {
    let writers: [(Tensor, URL) throws -> Void] = [
      { try NPY.write($0, to: $1) }, { try NPZ.write([NamedTensor("x", $0)], to: $1) },
      { try Safetensors.write(tensors: [NamedTensor("x", $0)], to: $1) },
    ]
    for (index, write) in writers.enumerated() {
      try withTemporaryDirectory { root in
        let url = root.appendingPathComponent("x")
        try write(Tensor([1.0, 2, 3]), url)
        let old = try DataFile.read(url)
        let reader = try FileHandle(forReadingFrom: url)
        defer { try? reader.close() }
        try write(Tensor([4.0, 5]), url)
        #expect(try reader.readToEnd() == old, "writer \(index)")
        #expect(try DataFile.read(url) != old, "writer \(index)")
        #expect(try entries(root) == ["x"])
      }
    }
  }

  @Test func `permissions are kept and links followed`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("x")
      let link = root.appendingPathComponent("link")
      try AtomicFile.write(Data("old".utf8), to: url)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: url.path)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: url)
      try AtomicFile.write(Data("new".utf8), to: link)
      #expect(try DataFile.read(url) == Data("new".utf8))
      let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
      #expect(attributes[.posixPermissions] as? Int == 0o640)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == url.path)
    }
  }

  @Test func `folders and devices are not replaced`() throws {
    try withTemporaryDirectory { root in
      #expect(message { try AtomicFile.write(Data(), to: root) }.contains("not a regular file"))
      let device = URL(fileURLWithPath: "/dev/null")
      #expect(message { try AtomicFile.write(Data(), to: device) }.contains("not a regular file"))
      let url = root.appendingPathComponent("missing/x")
      #expect(message { try AtomicFile.write(Data(), to: url) }.contains(url.path))
    }
  }

  @Test func `reading names what is missing and what is no file`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("x.npy")
      #expect(
        throws: DataError.missing(file: "x.npy", lookedIn: [root.path], remedy: "Check the path.")
      ) { try DataFile.read(url) }
      #expect(message { _ = try DataFile.read(root) }.contains("not a regular file"))
      #expect(
        message { _ = try DataFile.read(URL(fileURLWithPath: "/dev/zero")) }
          .contains("not a regular file"))
    }
  }
}
