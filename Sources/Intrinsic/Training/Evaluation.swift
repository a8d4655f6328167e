import IntrinsicMath

/// How well a network does on samples.
public struct Evaluation: Codable, Hashable, Sendable {
  /// The mean loss in nats, of weighted samples the mean of weighted losses.
  public let loss: Double
  /// The fraction of samples whose class has not the largest probability; nil for models without
  /// classes.
  public let error: Double?
}

extension Evaluation {
  /// Evaluates samples as many at a time as the workspace holds. Samples with activities that are
  /// not numbers count as errors.
  public init<T: Scalar>(
    of parameters: Parameters<T>, on samples: Samples<T>, with workspace: Workspace<T>
  ) {
    var (loss, wrong) = (0.0, 0)
    for start in stride(from: 0, to: samples.count, by: workspace.maximumBatchSize) {
      let part = start..<min(start + workspace.maximumBatchSize, samples.count)
      let batch = part.count == samples.count ? samples : samples.subset(part)
      workspace.load(batch)
      workspace.forward(parameters)
      loss += Double(workspace.loss()) * Double(batch.count)
      if case .classes(let classes) = batch.targets { wrong += workspace.mistakes(classes) }
    }
    self.loss = loss / Double(samples.count)
    if case .classes = samples.targets {
      error = Double(wrong) / Double(samples.count)
    } else {
      error = nil
    }
  }
}

extension Workspace {
  /// The class with the largest probability for each sample, for models with classes; nil where none
  /// stands out. Inputs are evaluated as many at a time as the workspace holds.
  ///
  /// - Parameters:
  ///   - parameters: those to predict with.
  ///   - inputs: inputs × samples.
  public func predictedClasses(_ parameters: Parameters<T>, for inputs: Matrix<T>) -> [Int?] {
    precondition(
      network.output.targetsAreClasses, "the \(network.output) model has no classes")
    var result: [Int?] = []
    for start in stride(from: 0, to: inputs.columns, by: maximumBatchSize) {
      load(inputs: inputs.columns(start..<min(start + maximumBatchSize, inputs.columns)))
      forward(parameters)
      let isSpherical = network.output == .spherical
      let a = activities.row(network.outputRows.lowerBound)
      for x in 0..<batch {
        func score(_ unit: Int) -> T {
          isSpherical ? abs(a[unit * batch + x]) : a[unit * batch + x]
        }
        let best = (0..<network.outputCount).max { score($0) < score($1) }!
        let standsOut = (0..<network.outputCount).allSatisfy {
          $0 == best || score($0) < score(best)
        }
        result.append(standsOut ? best : nil)
      }
    }
    return result
  }

  /// The number of samples whose class has not the largest probability, after `forward`.
  fileprivate func mistakes(_ classes: [Int]) -> Int {
    let isSpherical = network.output == .spherical
    let a = activities.row(network.outputRows.lowerBound)
    // Spherical probabilities are a²/S.
    func score(_ unit: Int, _ x: Int) -> T {
      isSpherical ? abs(a[unit * batch + x]) : a[unit * batch + x]
    }
    return classes.indices.count { x in
      let target = score(classes[x], x)
      return !(0..<network.outputCount).allSatisfy { $0 == classes[x] || score($0, x) < target }
    }
  }
}
