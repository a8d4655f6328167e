import Foundation
import IntrinsicMath

/// The CIFAR-10 photographs in the binary version: color images of 32 × 32 pixels of ten classes.
public struct CIFAR10: ImageSet {
  public typealias Split = ImageSplit<CIFAR10>

  /// The images to train with, of all batches: 50,000 in the original files.
  public let train: Split
  /// The images to test with: 10,000 in the original files.
  public let test: Split

  public init(train: Split, test: Split) {
    self.train = train
    self.test = test
  }

  public static let shape = ImageShape(height: 32, width: 32, channels: 3)
  public static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Reads the training batches, `data_batch_1.bin` to `data_batch_5.bin` or as many of them as
  /// there are, and `test_batch.bin`, each plain or with `.gz` at the end of its name.
  public static func load(from directory: URL) throws(DataError) -> CIFAR10 {
    let batches = trainBatches(in: directory)
    guard !batches.isEmpty else {
      throw .missing(file: trainNames[0], lookedIn: [directory.path], remedy: remedy)
    }
    guard let testBatch = DataFolder.find(testName, in: directory) else {
      throw .missing(file: testName, lookedIn: [directory.path], remedy: remedy)
    }
    return CIFAR10(train: try split(batches), test: try split([testBatch]))
  }

  /// The folder that holds the files; its name may be `cifar10` or `cifar-10-batches-bin`.
  public static func locate(
    option: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> URL {
    try DataFolder.locate(
      anyOf: trainNames + [testName], option: option,
      subfolders: ["cifar10", "cifar-10-batches-bin"], environment: environment, remedy: remedy)
  }

  public static func files(in directory: URL) -> [URL] {
    trainBatches(in: directory) + [DataFolder.find(testName, in: directory)].compactMap { $0 }
  }

  private static let trainNames = (1...5).map { "data_batch_\($0).bin" }
  private static let testName = "test_batch.bin"
  private static let remedy =
    "Pass the folder of the CIFAR-10 binary files with --data, or set "
    + "\(DataFolder.environmentVariable) to it or to the folder that holds it as “cifar10”."

  private static func trainBatches(in directory: URL) -> [URL] {
    trainNames.compactMap { DataFolder.find($0, in: directory) }
  }

  private static func split(_ batches: [URL]) throws(DataError) -> Split {
    let again = "Fetch the CIFAR-10 binary version again."
    let size = 1 + pixelCount
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for url in batches {
      let file = try DataFile.read(url)
      let isCompressed = Gzip.isCompressed(file)
      let records = isCompressed ? try Gzip.decompress(file, file: url.path) : file
      guard !records.isEmpty, records.count % size == 0 else {
        throw .malformed(
          .init(file: url.path),
          found: "\(records.count) bytes are not records of \(size) bytes, a label and "
            + "\(pixelCount) pixels", remedy: again)
      }
      let count = records.count / size
      pixels.reserveCapacity(batches.count * count * pixelCount)
      for record in 0..<count {
        let start = records.startIndex + record * size
        let label = records[start]
        guard label < classNames.count else {
          throw .malformed(
            .init(file: url.path, offset: record * size, isDecompressed: isCompressed),
            found: "label \(record), counted from 0, is \(label), not 0 to 9", remedy: again)
        }
        labels.append(label)
        pixels.append(contentsOf: records[(start + 1)..<(start + size)])
      }
    }
    return Split(pixels: pixels, labels: labels)
  }
}
