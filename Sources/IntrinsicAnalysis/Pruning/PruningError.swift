/// Why a network cannot be pruned.
public enum PruningError: Error, Equatable, CustomStringConvertible {
  /// Setting weights of a normalized unit to 0 enlarges the others.
  case normalizedNetwork
  /// Units of convolutions read others at every position, and those of poolings and sums have no weights.
  case sharedParameters
  /// There is no unit that is not an output.
  case noHiddenUnits
  case invalidFraction(Double)

  public var description: String {
    switch self {
    case .normalizedNetwork:
      "the network is normalized; fold the normalization into its weights first"
    case .sharedParameters:
      "the network has convolutions, poolings or sums; dense and sparse networks can be pruned"
    case .noHiddenUnits: "the network has no hidden units that could be pruned; prune weights"
    case .invalidFraction(let fraction):
      "a fraction of \(fraction) to be pruned; numbers from 0 to 1 are possible"
    }
  }
}
