/// A network made of another program's file.
public struct ImportedNetwork: Sendable {
  /// What of the file went to which layer.
  public struct Match: Sendable {
    /// Of the network, from 0.
    public let layer: Int
    /// The module, or the operator, as the file calls it.
    public let module: String
    /// Of the tensor with most numbers; empty if there is none.
    public let shape: [Int]
  }

  public let model: Model
  public let matches: [Match]
  /// What is subtracted from each input, or from those of each channel; nil for nothing.
  public var shift: [Double]?
  /// What the difference is divided by.
  public var scale: [Double]?
  /// Their names, in order; nil if the file has none.
  public var classes: [String]?
}
