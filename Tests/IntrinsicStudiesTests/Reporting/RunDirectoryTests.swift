import Foundation
import IntrinsicStudies
import Testing

struct RunDirectoryTests {
  @Test func `missing parents are created`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root.appendingPathComponent("a/b/c"))
      try directory.write("text", as: "note.txt")
      #expect(try contents(of: root.appendingPathComponent("a/b/c/note.txt")) == "text")
      #expect(directory.displaced == nil)
    }
  }

  @Test func `an empty directory is taken as it is`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      #expect(directory.location.path == root.path)
    }
  }

  @Test func `a directory with files is refused, named, and left alone`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("run")
      try RunDirectory(at: url).write("old", as: "records.csv")
      let error = #expect(throws: RunDirectoryError.self) { try RunDirectory(at: url) }
      #expect(error == .notEmpty(path: url.path))
      #expect("\(try #require(error))".contains("--force"))
      #expect(try contents(of: url.appendingPathComponent("records.csv")) == "old")
    }
  }

  @Test func `force moves earlier runs aside and loses none`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("run", isDirectory: true)
      try RunDirectory(at: url).write("first", as: "records.csv")
      let second = try RunDirectory(at: url, force: true)
      #expect(second.displaced?.lastPathComponent == "run.previous-1")
      #expect(try FileManager.default.contentsOfDirectory(atPath: url.path).isEmpty)
      try second.write("second", as: "records.csv")
      let third = try RunDirectory(at: url, force: true)

      #expect(third.displaced?.lastPathComponent == "run.previous-2")
      for (number, text) in [(1, "first"), (2, "second")] {
        let kept = root.appendingPathComponent("run.previous-\(number)/records.csv")
        #expect(try contents(of: kept) == text)
      }
    }
  }

  @Test func `force displaces nothing where there is nothing`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root, force: true)
      #expect(directory.displaced == nil)
    }
  }

  @Test func `a file in the way is an error, even with force`() throws {
    try withTemporaryDirectory { root in
      let file = root.appendingPathComponent("file")
      try Data().write(to: file)
      #expect(throws: RunDirectoryError.isFile(path: file.path)) {
        try RunDirectory(at: file, force: true)
      }
      #expect(throws: RunDirectoryError.self) {
        try RunDirectory(at: file.appendingPathComponent("below"))
      }
    }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write anywhere"))
  func `a directory without write permission is an error`() throws {
    try withTemporaryDirectory { root in
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: root.path)
      #expect(throws: RunDirectoryError.self) { try RunDirectory(at: root) }
    }
  }

  @Test func `JSON is indented and sorted, and keeps numbers that are not finite`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      try directory.write(
        ["b": [1.5, .nan], "a": [.infinity, -.infinity]], as: "values.json")
      #expect(
        try contents(of: directory.url("values.json")) == """
          {
            "a" : [
              "Infinity",
              "-Infinity"
            ],
            "b" : [
              1.5,
              "NaN"
            ]
          }

          """)
    }
  }

  @Test func `a file that cannot be written is named`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root.appendingPathComponent("run"))
      try FileManager.default.removeItem(at: directory.location)
      let error = #expect(throws: RunDirectoryError.self) {
        try directory.write("text", as: "note.txt")
      }
      #expect("\(try #require(error))".contains(directory.url("note.txt").path))
    }
  }
}
