import IntrinsicMath

/// Points at which a network is to satisfy N u = f: the interior of a domain, its boundary, an initial state.
///
/// Its part of the loss is w · ½ mean (N u − f)², in nats of Gaussians of variance 1.
public struct ResidualSet<T: Scalar>: Sendable {
  /// What errors and reports call it.
  public let name: String
  /// N.
  public let differential: any DifferentialOperator
  /// Inputs × points.
  public let points: Matrix<T>
  /// f at each point.
  public let targets: [T]
  /// w.
  public let weight: Double

  /// - Parameters:
  ///   - name: what errors and reports call it.
  ///   - differential: N.
  ///   - points: inputs × points, one or more.
  ///   - targets: f at each point; zeros if nil.
  ///   - weight: w > 0.
  public init(
    _ name: String, _ differential: some DifferentialOperator, at points: Matrix<T>,
    targets: [T]? = nil, weight: Double = 1
  ) {
    precondition(points.columns >= 1, "the set “\(name)” has no points")
    precondition(
      targets == nil || targets!.count == points.columns,
      "“\(name)”: \(targets?.count ?? 0) targets for \(points.columns) points")
    precondition(weight > 0 && weight.isFinite, "“\(name)”: a weight of \(weight)")
    self.name = name
    self.differential = differential
    self.points = points
    self.targets = targets ?? [T](repeating: 0, count: points.columns)
    self.weight = weight
  }

  /// The same with points as arrays, a row a point.
  public init(
    _ name: String, _ differential: some DifferentialOperator, at rows: [[T]],
    targets: [T]? = nil, weight: Double = 1
  ) {
    precondition(!rows.isEmpty, "the set “\(name)” has no points")
    self.init(
      name, differential, at: Matrix(rows).transposed, targets: targets, weight: weight)
  }

  /// √(w/n), the factor of its residuals.
  var root: Double { (weight / Double(points.columns)).squareRoot() }
}
