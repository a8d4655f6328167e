/// Limits on what a file may expand to.
public enum DataLimit {
  /// The default for decompressed data in bytes: 4 GiB.
  public static let expansion = 4 << 30
}
