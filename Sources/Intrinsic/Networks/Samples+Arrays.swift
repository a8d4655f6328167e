import IntrinsicMath

extension Samples {
  /// Samples from arrays as they are mostly kept, a row a sample.
  ///
  /// - Parameters:
  ///   - rows: the features of each sample, always as many.
  ///   - values: the targets of each sample, always as many.
  ///   - weights: ``weights``.
  public init(rows: [[T]], values: [[T]], weights: [T]? = nil) {
    self.init(
      inputs: Matrix(rows).transposed, targets: .values(Matrix(values).transposed),
      weights: weights)
  }

  /// Samples from arrays as they are mostly kept, a row a sample.
  ///
  /// - Parameters:
  ///   - rows: the features of each sample, always as many.
  ///   - classes: the class of each sample, from 0.
  ///   - weights: ``weights``.
  public init(rows: [[T]], classes: [Int], weights: [T]? = nil) {
    self.init(inputs: Matrix(rows).transposed, targets: .classes(classes), weights: weights)
  }
}

extension Model {
  /// What the model says about each row of features, a row a sample; as for a matrix.
  public func predictions(for rows: [[Double]]) -> [[Double]] {
    let predictions = predictions(for: Matrix(rows).transposed)
    return (0..<predictions.columns).map { x in
      (0..<predictions.rows).map { predictions[$0, x] }
    }
  }
}
