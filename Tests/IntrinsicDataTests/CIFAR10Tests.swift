import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicData

struct CIFAR10Tests {
  /// A record whose red, green and blue bytes tell channel and pixel.
  private static func record(_ label: UInt8) -> [UInt8] {
    [label] + (0..<3).flatMap { channel in (0..<1024).map { UInt8(($0 + 80 * channel) % 251) } }
  }

  static func write(
    to folder: URL, compressed: Bool = false, batches: [String: [UInt8]]? = nil
  ) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let batches =
      batches ?? [
        "data_batch_1": record(3) + record(0), "data_batch_3": record(9),
        "test_batch": record(1),
      ]
    for (name, bytes) in batches {
      let url = folder.appendingPathComponent("\(name).bin\(compressed ? ".gz" : "")")
      try (compressed ? Gzip.compress(Data(bytes)) : Data(bytes)).write(to: url)
    }
  }

  @Test(arguments: [false, true])
  func `batches are joined and planes interleaved`(compressed: Bool) throws {
    try withTemporaryDirectory { root in
      try Self.write(to: root, compressed: compressed)
      let (train, test) = try Dataset.read(root.path)
      #expect(train.classes == [3, 0, 9])
      #expect(try #require(test).classes == [1])
      #expect(train.classNames[3] == "cat" && train.classNames.count == 10)
      #expect(train.imageShape == ImageShape(height: 32, width: 32, channels: 3))
      #expect(train.inputs.rows == 3072 && train.inputs.columns == 3)
      for (row, column, channel) in [(0, 0, 0), (0, 1, 2), (31, 31, 1), (7, 20, 2)] {
        let pixel = 32 * row + column
        let value = Float((pixel + 80 * channel) % 251) / 255
        #expect(train.inputs.row(3 * pixel + channel) == [value, value, value])
      }
      #expect(train.sources.count == 3)
      #expect(train.sources[1].hasPrefix("data_batch_3.bin\(compressed ? ".gz" : "") (SHA-256 "))
    }
  }

  @Test func `records of another length or class are refused`() throws {
    try withTemporaryDirectory { root in
      try Self.write(to: root, batches: ["data_batch_1": Self.record(3) + [1, 2]])
      try Self.write(to: root, batches: ["test_batch": Self.record(3)])
      var text = message { _ = try CIFAR10.load(from: root) }
      #expect(text.contains("data_batch_1.bin”: 3075 bytes are not records of 3073 bytes"))
      try Self.write(to: root, batches: ["data_batch_1": []])
      text = message { _ = try CIFAR10.load(from: root) }
      #expect(text.contains("0 bytes are not records"))
      try Self.write(to: root, batches: ["data_batch_1": Self.record(3) + Self.record(10)])
      text = message { _ = try CIFAR10.load(from: root) }
      #expect(text.contains("byte 3073: label 1, counted from 0, is 10, not 0 to 9"))
    }
  }

  @Test func `a missing batch and a truncated file are refused`() throws {
    try withTemporaryDirectory { root in
      try Self.write(to: root, batches: ["data_batch_2": Self.record(3)])
      var text = message { _ = try Dataset.read(root.path) }
      #expect(text.hasPrefix("“test_batch.bin” is missing; looked for in “\(root.path)”"))
      try FileManager.default.removeItem(at: root.appendingPathComponent("data_batch_2.bin"))
      try Self.write(to: root, batches: ["test_batch": Self.record(3)])
      text = message { _ = try Dataset.read(root.path) }
      #expect(text.hasPrefix("“data_batch_1.bin” is missing"))
      let whole = Gzip.compress(Data(Self.record(3)))
      try whole.dropLast(20).write(to: root.appendingPathComponent("data_batch_1.bin.gz"))
      text = message { _ = try Dataset.read(root.path) }
      #expect(text.contains("data_batch_1.bin.gz”, byte \(whole.count - 20): "))
      #expect(text.contains("cut short or damaged"))
    }
  }

  @Test func `the folder is found by option, subfolder and environment`() throws {
    try withTemporaryDirectory { root in
      let named = root.appendingPathComponent("named")
      try Self.write(to: named)
      try Self.write(to: root.appendingPathComponent("shared/cifar10"), compressed: true)
      let environment = ["INTRINSIC_DATA": root.path + "/shared"]
      func found(_ option: String?) throws -> String {
        try CIFAR10.locate(option: option, environment: environment).path
      }
      #expect(try found(named.path) == named.path)
      #expect(try found(nil) == root.path + "/shared/cifar10")
      let text = message { _ = try found(root.path) }
      #expect(text.contains("cifar-10-batches-bin") && text.contains("--data"))
      #expect(
        message { _ = try CIFAR10.locate(option: nil, environment: [:]) }
          .contains("$INTRINSIC_DATA, which is not set"))
    }
  }

  private static let folder = try? CIFAR10.locate(option: nil)

  @Test(.enabled(if: folder != nil, "set INTRINSIC_DATA to the folder that holds cifar10"))
  func `whole batches have ten thousand records of plausible photographs`() throws {
    let data = try CIFAR10.load(from: #require(Self.folder))
    #expect(data.train.count > 0 && data.train.count % 10_000 == 0)
    #expect(
      (0...9).map { label in data.test.labels.count { $0 == label } }
        == [Int](repeating: 1000, count: 10))
    // Published means of the original images; copies compressed again differ by less than 0.01.
    let test = Dataset(data.test)
    let means = Standardization(fittedTo: test).means
    for (mean, published) in zip(means, [0.4942, 0.4851, 0.4504] as [Float]) {
      #expect(abs(mean - published) < 0.01)
    }
  }
}
