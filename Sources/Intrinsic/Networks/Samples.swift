import IntrinsicMath

/// Inputs with their targets, one column a sample.
public struct Samples<T: Scalar>: Sendable {
  /// Input units × samples.
  public let inputs: Matrix<T>
  /// One for each sample.
  public let targets: Targets<T>
  /// What the loss of each sample counts: L = (1/B) Σ_x w(x) ℓ(x) for B samples. Gradients and Fisher metrics
  /// are those of w(x) samples, the empirical Fisher information that of the losses w(x) ℓ(x). Nil for all 1.
  /// With a mean of 1 losses stay in nats a sample.
  public let weights: [T]?

  /// Pairs inputs with targets, as many.
  ///
  /// - Parameters:
  ///   - inputs: input units × samples.
  ///   - targets: of the kind that the output model of the network wants.
  ///   - weights: as many, 0 or more; all 1 unless given.
  public init(inputs: Matrix<T>, targets: Targets<T>, weights: [T]? = nil) {
    precondition(
      targets.count == inputs.columns,
      "\(inputs.columns) samples of inputs, \(targets.count) of targets")
    precondition(
      weights.map { $0.count == inputs.columns && $0.allSatisfy { $0 >= 0 && $0.isFinite } }
        ?? true,
      "weights of \(weights?.count ?? 0) samples for \(inputs.columns), each a number from 0")
    self.inputs = inputs
    self.targets = targets
    self.weights = weights
  }

  /// The number of samples.
  public var count: Int { inputs.columns }

  /// The samples of the given indices, in that order.
  public func subset(_ indices: some Collection<Int>) -> Samples {
    let targets: Targets<T> =
      switch targets {
      case .values(let matrix): .values(matrix.columns(indices))
      case .classes(let classes): .classes(indices.map { classes[$0] })
      }
    return Samples(
      inputs: inputs.columns(indices), targets: targets,
      weights: weights.map { weights in indices.map { weights[$0] } })
  }
}

/// What the outputs should be.
public enum Targets<T: Scalar>: Sendable {
  /// Output units × samples: square, Bernoulli (0…1) and exponential (±1) models.
  case values(Matrix<T>)
  /// A class from 0 for each sample: softmax and spherical models.
  case classes([Int])

  /// The number of samples.
  public var count: Int {
    switch self {
    case .values(let matrix): matrix.columns
    case .classes(let classes): classes.count
    }
  }
}

extension Network {
  /// Samples that do not fit the network are the caller's bug.
  func check<T: Scalar>(_ samples: Samples<T>) {
    check(inputs: samples.inputs)
    switch samples.targets {
    case .values(let matrix):
      precondition(
        !output.targetsAreClasses && matrix.rows == outputCount,
        "targets are values for \(matrix.rows) outputs; the network has \(outputCount)"
          + (output.targetsAreClasses ? " and wants classes" : ""))
    case .classes(let classes):
      precondition(output.targetsAreClasses, "the \(output) model wants values")
      for (sample, target) in classes.enumerated() {
        precondition(
          target >= 0 && target < outputCount,
          "class \(target) of sample \(sample) with \(outputCount) outputs")
      }
    }
  }

  func check<T: Scalar>(inputs: Matrix<T>) {
    precondition(
      inputs.rows == inputCount,
      "inputs of \(inputs.rows) × \(inputs.columns) for a network of \(inputCount) inputs")
  }
}
