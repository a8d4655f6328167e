import Foundation
import IntrinsicData
import Testing

struct MNISTTests {
  /// Writes small files of the MNIST kind: `labels` for train and test.
  static func write(
    to folder: URL, labels: [UInt8] = [7, 0, 9], imageCount: Int? = nil, side: UInt32 = 28,
    compressed: Bool = false
  ) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let count = imageCount ?? labels.count
    let pixels = (0..<(count * Int(side * side))).map { UInt8($0 % 251) }
    for split in ["train", "t10k"] {
      for (name, data) in [
        ("images-idx3", IDXTests.file([UInt32(count), side, side], pixels)),
        ("labels-idx1", IDXTests.file([UInt32(labels.count)], labels)),
      ] {
        let url = folder.appendingPathComponent("\(split)-\(name)-ubyte\(compressed ? ".gz" : "")")
        try (compressed ? Gzip.compress(data) : data).write(to: url)
      }
    }
  }

  @Test(arguments: [false, true])
  func `plain and compressed files are read`(compressed: Bool) throws {
    try withTemporaryDirectory { root in
      try Self.write(to: root, compressed: compressed)
      let data = try MNIST.load(from: root)
      #expect(data.train == data.test)
      #expect(data.train.count == 3)
      #expect(data.train.labels == [7, 0, 9])
      #expect(data.train.pixels == (0..<(3 * 784)).map { UInt8($0 % 251) })
    }
  }

  @Test func `a missing file is named, with where it was looked for and what to do`() throws {
    try withTemporaryDirectory { root in
      try Self.write(to: root)
      try FileManager.default.removeItem(at: root.appendingPathComponent("t10k-labels-idx1-ubyte"))
      let text = message { _ = try MNIST.load(from: root) }
      #expect(
        text.hasPrefix("“t10k-labels-idx1-ubyte.gz” is missing; looked for in “\(root.path)”"))
      #expect(text.contains("--data") && text.contains("INTRINSIC_DATA"))
    }
  }

  @Test func `files that do not belong together are refused`() throws {
    try withTemporaryDirectory { root in
      try Self.write(to: root, labels: [1, 2, 10, 3])
      var text = message { _ = try MNIST.load(from: root) }
      #expect(text.contains("train-labels-idx1-ubyte”, byte 10: label 2, counted from 0, is 10"))
      try Self.write(to: root, imageCount: 2)
      text = message { _ = try MNIST.load(from: root) }
      #expect(text.contains("there are 3 labels for the 2 images in “train-images-idx3-ubyte”"))
      try Self.write(to: root, side: 27)
      text = message { _ = try MNIST.load(from: root) }
      #expect(text.contains("the shape is [3, 27, 27], not images × 28 × 28"))
      try Self.write(to: root)
      try IDXTests.file([3, 1], [1, 2, 3]).write(
        to: root.appendingPathComponent("train-labels-idx1-ubyte"))
      text = message { _ = try MNIST.load(from: root) }
      #expect(text.contains("not one label an image"))
    }
  }

  @Test func `a damaged file is named with the byte`() throws {
    try withTemporaryDirectory { root in
      try Self.write(to: root, compressed: true)
      let url = root.appendingPathComponent("t10k-images-idx3-ubyte.gz")
      let data = try Data(contentsOf: url)
      try data.dropLast(3).write(to: url)
      #expect(
        message { _ = try MNIST.load(from: root) }
          .hasPrefix("“\(url.path)”, byte \(data.count - 4): the size needs 4 bytes, but 1 are"))
    }
  }

  @Test func `the option comes before the environment, and a subfolder before the folder`() throws {
    try withTemporaryDirectory { root in
      let named = root.appendingPathComponent("named")
      let shared = root.appendingPathComponent("shared")
      try Self.write(to: named)
      try Self.write(to: shared.appendingPathComponent("mnist"), compressed: true)
      let environment = ["INTRINSIC_DATA": shared.path]
      func found(_ option: String?, _ environment: [String: String]) throws -> String {
        try MNIST.locate(option: option, environment: environment).path
      }
      #expect(try found(named.path, environment) == named.path)
      #expect(try found(nil, environment) == shared.path + "/mnist")
      #expect(try found(shared.path, [:]) == shared.path + "/mnist")
      #expect(try found(nil, ["INTRINSIC_DATA": named.path]) == named.path)

      let text = message { _ = try found(root.path, environment) }
      #expect(text.contains("“\(root.path)/mnist”, “\(root.path)”"))
      for environment in [[:], ["INTRINSIC_DATA": ""]] {
        let text = message { _ = try found(nil, environment) }
        #expect(text.contains("$INTRINSIC_DATA, which is not set"))
      }
    }
  }

  private static let hasData =
    ProcessInfo.processInfo.environment["INTRINSIC_DATA"].map { !$0.isEmpty } ?? false

  @Test(.enabled(if: hasData, "set INTRINSIC_DATA to the folder that holds mnist"))
  func `the original files have the published counts and means`() throws {
    let data = try MNIST.load(from: MNIST.locate(option: nil))
    func counts(_ split: MNIST.Split) -> [Int] {
      (0...9).map { digit in split.labels.count { $0 == digit } }
    }
    func mean(_ split: MNIST.Split) -> Double {
      Double(split.pixels.reduce(0) { $0 + Int($1) }) / Double(split.pixels.count)
    }
    #expect(data.train.count == 60_000 && data.train.pixels.count == 60_000 * 784)
    #expect(data.test.count == 10_000 && data.test.pixels.count == 10_000 * 784)
    #expect(
      counts(data.train) == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    #expect(counts(data.test) == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    // Published to four digits.
    #expect(abs(mean(data.train) - 33.3184) < 5e-5)
    #expect(abs(mean(data.test) - 33.7912) < 5e-5)
  }
}
