import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// Color images with their classes: CIFAR-10 where it is found, else a built-in synthetic set.
package struct StudyImages: Sendable {
  /// What they are, for titles and manifests.
  package let name: String
  /// Pixels from 0 to 1, ordered (height, width, channel), × samples.
  package let train: Samples<Float>
  package let test: Samples<Float>
  /// 32 × 32 pixels of three channels, if not drawn otherwise.
  package let shape: ImageShape
  /// The name of each class.
  package let classNames: [String]
  /// Why the images are synthetic, if they are.
  package let note: String?

  /// Reads CIFAR-10 from the folder that `option` or the environment variable `INTRINSIC_DATA`
  /// names; draws synthetic images if neither is given.
  ///
  /// - Parameters:
  ///   - option: the folder that was asked for, if any.
  ///   - stream: where synthetic images are drawn from.
  ///   - environment: where to look for `INTRINSIC_DATA`.
  /// - Throws: `DataError` if a folder is named but does not hold the data set.
  package static func load(
    option: String?, using stream: RandomStream,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> StudyImages {
    guard let data = try CIFAR10.loadIfNamed(option: option, environment: environment) else {
      return synthetic(train: 10_000, test: 2_000, using: stream)
    }
    let (train, test) = (Dataset(data.train), Dataset(data.test))
    return StudyImages(
      name: "CIFAR-10", train: Samples(train), test: Samples(test), shape: CIFAR10.shape,
      classNames: CIFAR10.classNames, note: nil)
  }

  /// Drawn images, for machines without CIFAR-10: figures, not photographs.
  ///
  /// - Parameters:
  ///   - train: the number of training images.
  ///   - test: the number of test images.
  ///   - side: the height and width in pixels.
  ///   - stream: where they are drawn from.
  package static func synthetic(
    train: Int, test: Int, side: Int = 32, using stream: RandomStream
  ) -> StudyImages {
    StudyImages(
      name: "synthetic images",
      train: SyntheticImages.samples(train, side: side, using: stream.child("train")),
      test: SyntheticImages.samples(test, side: side, using: stream.child("test")),
      shape: ImageShape(height: side, width: side, channels: 3),
      classNames: SyntheticImages.classNames,
      note: "synthetic images were drawn, because there is no --data and "
        + "\(MNIST.environmentVariable) is not set; published numbers refer to CIFAR-10")
  }
}
