import Intrinsic

/// Why degrees of freedom cannot be counted.
public enum DegreesOfFreedomError: Error, Equatable, CustomStringConvertible {
  /// Paths would have to be enumerated, and there are more than `limit`.
  case tooManyPaths(paths: Double, limit: Int)
  /// A matrix would not fit in memory.
  case tooLarge(rows: Int, columns: Int, gigabytes: Double)
  /// Singular values did not converge, or the matrix is not finite.
  case singularValuesNotFound(rows: Int, columns: Int)
  /// The output model is no probability model.
  case noDivergence(OutputModel)
  /// Edges of convolutions share parameters, so that paths have no Jacobian of full edges.
  case sharedParameters
  /// Statistics and lengths of normalized units are no function of single weights.
  case normalizedNetwork

  public var description: String {
    switch self {
    case .tooManyPaths(let paths, let limit):
      "the network has \(paths) paths, which are not enumerated beyond \(limit); its path rank "
        + "needs no enumeration"
    case .tooLarge(let rows, let columns, let gigabytes):
      "a Jacobian of \(rows) × \(columns) needs \(gigabytes) GB; use fewer samples or a smaller "
        + "network"
    case .singularValuesNotFound(let rows, let columns):
      "the singular values of a matrix of \(rows) × \(columns) did not converge; it may hold NaN"
    case .noDivergence(let model):
      "the \(model) output model is no probability model and has no divergence; use the "
        + "squared distance"
    case .sharedParameters:
      "the network has convolutions, poolings or sums, whose edges are no parameters of their own; "
        + "degrees of freedom are counted for dense and sparse networks"
    case .normalizedNetwork:
      "the network is normalized; fold the normalization into its weights first"
    }
  }
}
