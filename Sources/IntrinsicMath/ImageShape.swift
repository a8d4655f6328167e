/// The shape of activities that form an image. Its rows of the activity matrix go by height, then
/// width, then channel, so that the channels of a pixel are contiguous.
public struct ImageShape: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Rows of pixels.
  public let height: Int
  /// Columns of pixels.
  public let width: Int
  /// Activities of a pixel.
  public let channels: Int

  /// A shape, which ``isValid`` checks.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// The number of pixels.
  public var positions: Int { height * width }
  /// The number of activities.
  public var count: Int { height * width * channels }
  public var description: String { "\(height) × \(width) × \(channels)" }

  /// Whether there is at least one activity, and their number is one that memory could hold.
  public var isValid: Bool {
    let largest = 100_000_000
    return [height, width, channels].allSatisfy { (1...largest).contains($0) }
      && Double(height) * Double(width) * Double(channels) <= Double(largest)
  }
}
