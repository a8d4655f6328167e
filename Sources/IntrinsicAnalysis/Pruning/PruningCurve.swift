import Intrinsic
import IntrinsicMath

/// How well a network does while it is pruned.
public struct PruningPoint: Codable, Sendable {
  /// The fraction of units or weights that is gone.
  public let fraction: Double
  /// The fraction of all parameters that are 0.
  public let sparsity: Double
  public let evaluation: Evaluation
}

extension Pruning {
  /// Evaluates the network after each of the fractions has been pruned.
  ///
  /// - Parameters:
  ///   - fractions: parts of what can be pruned, from 0 to 1.
  ///   - samples: what the network is evaluated on.
  ///   - workspace: of the network that is pruned; it holds as many samples at a time as it has
  ///   room for.
  /// - Throws: ``PruningError`` if a fraction is not from 0 to 1.
  public func curve(
    _ fractions: [Double], on samples: Samples<Double>, with workspace: Workspace<Double>
  ) throws(PruningError) -> [PruningPoint] {
    var result: [PruningPoint] = []
    for fraction in fractions {
      let parameters = try pruned(fraction)
      let zeros = parameters.elements.count { $0 == 0 }
      result.append(
        PruningPoint(
          fraction: fraction, sparsity: Double(zeros) / Double(parameters.count),
          evaluation: Evaluation(of: parameters, on: samples, with: workspace)))
    }
    return result
  }
}
