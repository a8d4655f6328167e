import Foundation
import IntrinsicMath

/// The MNIST handwritten digits: grey images of 28 × 28 pixels with labels 0 to 9.
public struct MNIST: ImageSet {
  public typealias Split = ImageSplit<MNIST>

  /// The images to train with: 60,000 in the original files.
  public let train: Split
  /// The images to test with: 10,000 in the original files.
  public let test: Split

  public init(train: Split, test: Split) {
    self.train = train
    self.test = test
  }

  public static let shape = ImageShape(height: 28, width: 28, channels: 1)
  public static let classNames = (0...9).map { "\($0)" }
  /// The environment variable that names the folder of data sets.
  public static let environmentVariable = DataFolder.environmentVariable

  /// Reads the four files from a folder, each plain or with `.gz` at the end of its name.
  public static func load(from directory: URL) throws(DataError) -> MNIST {
    MNIST(
      train: try split("train", in: directory),
      test: try split("t10k", in: directory))
  }

  /// The folder that holds the files; its name may be `mnist`.
  public static func locate(
    option: String?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> URL {
    try DataFolder.locate(
      anyOf: names, option: option, subfolders: ["mnist"], environment: environment, remedy: remedy)
  }

  public static func files(in directory: URL) -> [URL] {
    names.compactMap { DataFolder.find($0, in: directory) }
  }

  private static let remedy =
    "Pass the folder of the MNIST files with --data, or set \(environmentVariable) to it or to the "
    + "folder that holds it as “mnist”."

  private static var names: [String] {
    ["train", "t10k"].flatMap { [imageFile($0), labelFile($0)] }
  }
  private static func imageFile(_ split: String) -> String { "\(split)-images-idx3-ubyte" }
  private static func labelFile(_ split: String) -> String { "\(split)-labels-idx1-ubyte" }

  private static func read(_ name: String, in directory: URL) throws(DataError) -> (Tensor, URL) {
    guard let url = DataFolder.find(name, in: directory) else {
      throw .missing(
        file: name + DataFolder.suffixes[1], lookedIn: [directory.path], remedy: remedy)
    }
    return (try IDX.read(url), url)
  }

  private static func split(_ name: String, in directory: URL) throws(DataError) -> Split {
    let (images, imageURL) = try read(imageFile(name), in: directory)
    let (labels, labelURL) = try read(labelFile(name), in: directory)
    let again = "Fetch the MNIST files again."
    guard images.shape.count == 3, images.shape[1] == 28, images.shape[2] == 28 else {
      throw .malformed(
        .init(file: imageURL.path),
        found: "the shape is \(images.shape), not images × 28 × 28", remedy: again)
    }
    guard labels.shape.count == 1 else {
      throw .malformed(
        .init(file: labelURL.path),
        found: "the shape is \(labels.shape), not one label an image", remedy: again)
    }
    guard labels.count == images.shape[0] else {
      throw .malformed(
        .init(file: labelURL.path),
        found: "there are \(labels.count) labels for the \(images.shape[0]) images in "
          + "“\(imageURL.lastPathComponent)”", remedy: again)
    }
    if let index = labels.bytes.firstIndex(where: { $0 > 9 }) {
      throw .malformed(
        .init(
          file: labelURL.path, offset: 8 + index,
          isDecompressed: labelURL.pathExtension == "gz"),
        found: "label \(index), counted from 0, is \(labels.bytes[index]), not 0 to 9",
        remedy: again)
    }
    return Split(pixels: images.bytes, labels: labels.bytes)
  }
}
