import Foundation
import IntrinsicMath

/// A data set of small images in files of its own form, such as ``MNIST``.
public protocol ImageSet: Equatable, Sendable {
  /// The images to train with.
  var train: ImageSplit<Self> { get }
  /// The images to test with.
  var test: ImageSplit<Self> { get }

  static var shape: ImageShape { get }
  /// The name of each class.
  static var classNames: [String] { get }

  /// Reads the files from a folder, each plain or with `.gz` at the end of its name.
  static func load(from directory: URL) throws(DataError) -> Self

  /// The folder that holds the files: the one given, or a subfolder of it that is named after the
  /// data set. Without one given, the environment variable `INTRINSIC_DATA` names it.
  ///
  /// - Parameters:
  ///   - option: The folder that the user names, as with `--data`.
  ///   - environment: Where to look for `INTRINSIC_DATA`.
  /// - Throws: ``DataError/missing(file:lookedIn:remedy:)``. A folder that the user names is never
  ///   passed over for another.
  static func locate(option: String?, environment: [String: String]) throws(DataError) -> URL

  /// The files that ``load(from:)`` reads.
  static func files(in directory: URL) -> [URL]
}

extension ImageSet {
  /// The bytes of an image.
  public static var pixelCount: Int { shape.count }

  /// Reads the files from the folder that the user or `INTRINSIC_DATA` names; nil if neither does.
  public static func loadIfNamed(
    option: String?, environment: [String: String]
  ) throws(DataError) -> Self? {
    if option == nil && (environment[DataFolder.environmentVariable] ?? "").isEmpty { return nil }
    return try load(from: locate(option: option, environment: environment))
  }
}

/// Images with one label each, as the files of a data set have them.
public struct ImageSplit<Source: ImageSet>: Equatable, Sendable {
  /// Samples × bytes of an image, 0 to 255: one plane for each channel after the other, each
  /// row-major.
  public let pixels: [UInt8]
  /// The class of each image, 0 to 9.
  public let labels: [UInt8]

  /// The number of images.
  public var count: Int { labels.count }

  /// Images with one label each.
  public init(pixels: [UInt8], labels: [UInt8]) {
    precondition(
      pixels.count == labels.count * Source.pixelCount,
      "\(labels.count) images need \(Source.pixelCount) bytes each, not \(pixels.count) in all.")
    self.pixels = pixels
    self.labels = labels
  }
}
