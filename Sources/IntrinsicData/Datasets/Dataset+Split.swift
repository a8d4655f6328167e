import IntrinsicMath

extension Dataset {
  /// The samples of the given numbers, in that order.
  public func subset(_ samples: [Int]) -> Dataset {
    precondition(
      samples.allSatisfy { $0 >= 0 && $0 < count },
      "samples \(samples.min() ?? 0) to \(samples.max() ?? 0) of \(count)")
    var part = self
    part.inputs = Self.columns(samples, of: inputs)
    part.weights = weights.map { weights in samples.map { weights[$0] } }
    switch targets {
    case .classes(let classes, let names):
      part.targets = .classes(samples.map { classes[$0] }, names: names)
    case .values(let values, let names):
      part.targets = .values(Self.columns(samples, of: values), names: names)
    }
    return part
  }

  /// Two parts at random, each in the order of the file; each class has the same share in both, as
  /// nearly as whole samples allow.
  ///
  /// - Parameters:
  ///   - fraction: the share of the validation part, between 0 and 1; at least one sample and at
  ///     most all but one are taken. Needs two samples.
  ///   - stream: where the choice is drawn from.
  public func split(
    validation fraction: Double, using stream: RandomStream
  ) -> (train: Dataset, validation: Dataset) {
    precondition(fraction > 0 && fraction < 1, "a validation part of \(fraction)")
    precondition(count > 1, "\(count) samples cannot be split")
    let wanted = min(max(Int((fraction * Double(count)).rounded()), 1), count - 1)
    let groups = groups
    let shares = Self.shares(of: wanted, among: groups.map(\.count))
    var stream = stream
    var isValidation = [Bool](repeating: false, count: count)
    for (group, share) in zip(groups, shares) {
      for index in stream.distinct(share, below: group.count) { isValidation[group[index]] = true }
    }
    return (
      subset((0..<count).filter { !isValidation[$0] }),
      subset((0..<count).filter { isValidation[$0] })
    )
  }

  /// Parts of equal size at random, to within one sample, each class alike in all: the numbers of the samples
  /// of each, in the order of the file.
  ///
  /// - Parameters:
  ///   - count: from 2 to the number of samples.
  ///   - stream: where the choice is drawn from.
  public func folds(_ count: Int, using stream: RandomStream) -> [[Int]] {
    precondition((2...self.count).contains(count), "\(count) folds of \(self.count) samples")
    var stream = stream
    var folds = [[Int]](repeating: [], count: count)
    var next = 0
    for group in groups {
      for index in stream.distinct(group.count, below: group.count) {
        folds[next].append(group[index])
        next = (next + 1) % count
      }
    }
    return folds.map { $0.sorted() }
  }

  /// The samples of each class; all together if there are none.
  private var groups: [[Int]] {
    guard case .classes(let classes, let names) = targets else { return [Array(0..<count)] }
    var groups = [[Int]](repeating: [], count: names.count)
    for (sample, number) in classes.enumerated() { groups[number].append(sample) }
    return groups
  }

  /// How many of each group make `total` in proportion to the sizes, by the largest remainders.
  private static func shares(of total: Int, among sizes: [Int]) -> [Int] {
    let sum = sizes.reduce(0, +)
    var shares = sizes.map { $0 * total / sum }
    let order = sizes.indices.sorted {
      let (first, second) = (sizes[$0] * total % sum, sizes[$1] * total % sum)
      return first == second ? $0 < $1 : first > second
    }
    for index in order.prefix(total - shares.reduce(0, +)) { shares[index] += 1 }
    return shares
  }

  private static func columns(_ samples: [Int], of matrix: Matrix<Float>) -> Matrix<Float> {
    let (rows, columns) = (matrix.rows, matrix.columns)
    let elements = [Float](unsafeUninitializedCapacity: rows * samples.count) { target, count in
      matrix.elements.withUnsafeBufferPointer { source in
        var position = 0
        for row in 0..<rows {
          let start = row * columns
          for sample in samples {
            target[position] = source[start + sample]
            position += 1
          }
        }
      }
      count = rows * samples.count
    }
    return Matrix(rows: rows, columns: samples.count, elements: elements)
  }
}
