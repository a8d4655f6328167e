import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

/// Images of digits with their classes: MNIST where it is found, else a built-in synthetic set.
package struct Digits: Sendable {
  /// What they are, for titles and manifests.
  package let name: String
  /// 784 pixels from 0 to 1 × samples.
  package let train: Samples<Float>
  package let test: Samples<Float>
  /// Why the digits are synthetic, if they are.
  package let note: String?

  /// Reads MNIST from the folder that `option` or the environment variable `INTRINSIC_DATA` names;
  /// draws synthetic digits if neither is given.
  ///
  /// - Parameters:
  ///   - option: the folder that was asked for, if any.
  ///   - stream: where synthetic digits are drawn from.
  ///   - environment: where to look for `INTRINSIC_DATA`.
  /// - Throws: `DataError` if a folder is named but does not hold the whole data set.
  package static func load(
    option: String?, using stream: RandomStream,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(DataError) -> Digits {
    guard let mnist = try MNIST.loadIfNamed(option: option, environment: environment) else {
      return synthetic(train: 20_000, test: 4_000, using: stream)
    }
    return Digits(
      name: "MNIST", train: Samples(Dataset(mnist.train)), test: Samples(Dataset(mnist.test)),
      note: nil)
  }

  /// Drawn digits, for machines without MNIST. They are easier.
  package static func synthetic(train: Int, test: Int, using stream: RandomStream) -> Digits {
    Digits(
      name: "synthetic digits",
      train: SyntheticDigits.samples(train, using: stream.child("train")),
      test: SyntheticDigits.samples(test, using: stream.child("test")),
      note: "synthetic digits were drawn, because there is no --data and "
        + "\(MNIST.environmentVariable) is not set; published numbers refer to MNIST")
  }
}
