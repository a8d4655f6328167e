import IntrinsicMath

/// The window through which a convolution or a pooling reads an image, and how it moves.
public struct Window: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Rows of pixels that it covers.
  public let height: Int
  /// Columns of pixels that it covers.
  public let width: Int
  /// Rows between two places of the window.
  public let verticalStride: Int
  /// Columns between two places of the window.
  public let horizontalStride: Int
  /// Rows of zeros above and below the image. They are never stored.
  public let verticalPadding: Int
  /// Columns of zeros to the left and right of the image.
  public let horizontalPadding: Int

  /// A window; whether it fits an image is checked where it reads one.
  public init(
    height: Int, width: Int, verticalStride: Int = 1, horizontalStride: Int = 1,
    verticalPadding: Int = 0, horizontalPadding: Int = 0
  ) {
    self.height = height
    self.width = width
    self.verticalStride = verticalStride
    self.horizontalStride = horizontalStride
    self.verticalPadding = verticalPadding
    self.horizontalPadding = horizontalPadding
  }

  /// A square window with the same stride and padding in both directions.
  public init(_ size: Int, stride: Int = 1, padding: Int = 0) {
    self.init(
      height: size, width: size, verticalStride: stride, horizontalStride: stride,
      verticalPadding: padding, horizontalPadding: padding)
  }

  public var description: String {
    "\(height) × \(width), stride \(verticalStride) × \(horizontalStride), "
      + "padding \(verticalPadding) × \(horizontalPadding)"
  }

  /// The number of pixels under the window.
  public var count: Int { height * width }

  /// Whether there is at least one place for the window, every place covers part of the image, and
  /// numbers are small enough to compute with.
  func fits(_ image: ImageShape) -> Bool {
    let numbers = [height, width, verticalStride, horizontalStride]
    guard numbers.allSatisfy({ (1...1_000_000).contains($0) }) else { return false }
    return (0..<height).contains(verticalPadding) && (0..<width).contains(horizontalPadding)
      && height <= image.height + 2 * verticalPadding
      && width <= image.width + 2 * horizontalPadding
  }
}
