import IntrinsicMath

extension Workspace {
  /// The mean loss of the loaded batch in nats, after `forward`, with weights (1/B) Σ_x w(x) ℓ(x). Leaves
  /// the loss of each sample in `sampleLosses` and the reduced signals b̃ = −∂ℓ/∂y of the outputs in
  /// `signals`.
  public func loss() -> T {
    require(.forward, for: "a loss")
    reach(.loss)
    let a = activities.row(network.outputRows.lowerBound)
    let signal = signals.row(network.outputRows.lowerBound)
    let units = network.outputCount
    switch network.output {
    case .square:
      T.squareLoss(
        units: units, batch: batch, a: a, t: targetValues.pointer, loss: losses.pointer, b: signal)
      multiplyByOutputDerivative(signal)
    case .bernoulli:
      T.bernoulliLoss(
        units: units, batch: batch, s: bernoulliScale, y: outputPreactivations.pointer,
        t: targetValues.pointer,
        loss: losses.pointer, signal: signal)
    case .softmax:
      T.softmaxLoss(
        units: units, batch: batch, a: a, target: targetClasses, loss: losses.pointer, b: signal)
      multiplyByOutputDerivative(signal)
    case .spherical:
      T.sphericalLoss(
        units: units, batch: batch, a: a, target: targetClasses, loss: losses.pointer, b: signal)
      multiplyByOutputDerivative(signal)
    case .exponential:
      T.exponentialLoss(
        units: units, batch: batch, a: a, t: targetValues.pointer, loss: losses.pointer, b: signal)
      multiplyByOutputDerivative(signal)
    case .poisson, .huber, .custom:
      functionLoss(network.output.function!, a, into: signal)
      multiplyByOutputDerivative(signal)
    }
    if isWeighted {
      T.multiply(count: batch, x: sampleWeights.pointer, y: losses.pointer, into: losses.pointer)
      weight(signal, by: sampleWeights, repeats: 1)
    }
    return T.sum(count: batch, x: losses.pointer) / T(batch)
  }

  /// Losses, and −∂ℓ/∂a in `signal`, of a model of independent outputs.
  private func functionLoss(
    _ function: any OutputFunction, _ a: UnsafePointer<T>, into signal: UnsafeMutablePointer<T>
  ) {
    T.fill(count: batch, value: 0, into: losses.pointer)
    for unit in 0..<network.outputCount {
      for x in 0..<batch {
        let i = unit * batch + x
        let (activity, target) = (Double(a[i]), Double(targetValues[i]))
        losses[x] += T(function.loss(activity, target: target))
        signal[i] = T(-function.derivative(activity, target: target))
      }
    }
  }

  /// Rows of outputs × (repeats × samples) times a factor for each sample.
  func weight(_ rows: UnsafeMutablePointer<T>, by factors: Buffer<T>, repeats: Int) {
    guard isWeighted else { return }
    for unit in 0..<network.outputCount {
      T.multiplyRepeated(
        rows: 1, batch: batch, repeats: repeats, r: factors.pointer,
        s: rows + unit * repeats * batch)
    }
  }

  /// The loss of each sample in nats, times its weight, after `loss`.
  public var sampleLosses: [T] {
    require(.loss, for: "the loss of each sample")
    return Array(losses.elements[..<batch])
  }

  /// The mean of the losses of the loaded batch, after `loss`.
  var meanLoss: T { T.sum(count: batch, x: losses.pointer) / T(batch) }

  /// A copy of the loaded batch.
  var samples: Samples<T> {
    let targets: Targets<T> =
      network.output.targetsAreClasses
      ? .classes((0..<batch).map { Int(targetClasses[$0]) })
      : .values(
        Matrix(
          rows: network.outputCount, columns: batch,
          elements: Array(
            UnsafeBufferPointer(start: targetValues.pointer, count: network.outputCount * batch))))
    return Samples(
      inputs: activities.matrix(network.inputRows), targets: targets,
      weights: isWeighted
        ? Array(UnsafeBufferPointer(start: sampleWeights.pointer, count: batch)) : nil)
  }

  /// The activities of the outputs, outputs × samples.
  public var outputs: Matrix<T> {
    require(.forward, for: "the activities of the outputs")
    return activities.matrix(network.outputRows)
  }

  /// The probability of each bit or class that the outputs stand for, outputs × samples.
  ///
  /// The model must be Bernoulli, softmax or spherical.
  public var probabilities: Matrix<T> {
    let outputs = self.outputs
    switch network.output {
    case .bernoulli:
      let scale: T = network.layers.last!.activation == .scaledTanh ? 1.7159 : 1
      return network.layers.last!.activation == .sigmoid
        ? outputs : outputs.map { ($0 / scale + 1) / 2 }
    case .softmax, .spherical:
      var result = outputs
      result.elements.withUnsafeMutableBufferPointer { p in
        if network.output == .softmax {
          T.softmax(
            units: network.outputCount, batch: batch, a: p.baseAddress!, p: p.baseAddress!,
            logsum: outputScratch.pointer)
        } else {
          T.sphericalProbabilities(
            units: network.outputCount, batch: batch, a: p.baseAddress!, p: p.baseAddress!)
        }
      }
      return result
    case .square, .exponential, .poisson, .huber, .custom:
      preconditionFailure("the \(network.output) model has no probabilities of bits")
    }
  }

  /// s for which the Bernoulli probabilities are sigmoid(s·y).
  var bernoulliScale: T {
    T(OutputModel.bernoulliScale(network.layers.last!.activation)!)
  }

  /// b̃ = r b at the outputs.
  func multiplyByOutputDerivative(_ b: UnsafeMutablePointer<T>) {
    guard network.layers.last!.activation != .identity else { return }
    T.multiply(
      count: network.outputCount * batch, x: derivatives.row(network.outputRows.lowerBound), y: b,
      into: b)
  }
}

/// Converts a loss in nats to bits.
public func bits<T: Scalar>(nats: T) -> T { nats / T(0.693147180559945309417) }
