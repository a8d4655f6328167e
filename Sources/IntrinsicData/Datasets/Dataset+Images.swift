import Foundation
import IntrinsicMath

extension Dataset {
  /// The MNIST digits in a folder; pixels from 0 to 1.
  static func mnist(_ folder: URL) throws(DataError) -> (train: Dataset, test: Dataset?) {
    let data = try MNIST.load(from: folder)
    let sources = try identities(MNIST.files(in: folder))
    return (Dataset(data.train, sources: sources), Dataset(data.test, sources: sources))
  }

  /// The CIFAR-10 photographs in a folder; pixels from 0 to 1.
  static func cifar10(_ folder: URL) throws(DataError) -> (train: Dataset, test: Dataset?) {
    let data = try CIFAR10.load(from: folder)
    let sources = try identities(CIFAR10.files(in: folder))
    return (Dataset(data.train, sources: sources), Dataset(data.test, sources: sources))
  }

  /// Digits with pixels from 0 to 1.
  public init(_ split: MNIST.Split, sources: [String] = []) {
    self.init(
      inputs: Matrix(
        pixels: split.pixels, samples: split.count, offsets: Array(0..<MNIST.pixelCount)),
      targets: .classes(split.labels.map { Int($0) }, names: (0...9).map { "\($0)" }),
      imageShape: ImageShape(height: 28, width: 28, channels: 1), sources: sources)
  }

  /// Photographs with pixels from 0 to 1, the planes of the file interleaved.
  public init(_ split: CIFAR10.Split, sources: [String] = []) {
    let offsets = (0..<CIFAR10.pixelCount).map { feature in feature % 3 * 1024 + feature / 3 }
    self.init(
      inputs: Matrix(pixels: split.pixels, samples: split.count, offsets: offsets),
      targets: .classes(split.labels.map { Int($0) }, names: CIFAR10.classNames),
      imageShape: ImageShape(height: 32, width: 32, channels: 3), sources: sources)
  }

  private static func identities(_ files: [URL]) throws(DataError) -> [String] {
    var identities: [String] = []
    for file in files { identities.append(try SourceFile.identity(of: file)) }
    return identities
  }
}
