import Foundation
import IntrinsicMath

/// Losses far below the least positive number, by their logarithms.
extension Workspace where T == Double {
  /// ln L of the loaded batch after `forward`, L the mean loss in nats, however small or large it is.
  ///
  /// Leaves in `signals` the reduced signals of ln L, b̃ = −n ∂ ln L/∂y for n samples, so that
  /// `backpropagate` and `gradient` go on to −∂ ln L/∂θ = −(∂L/∂θ)/L, which neither under- nor
  /// overflows; and ln ℓ of each sample in `sampleLosses`. With u = −y a for the exponential model, and
  /// u_j = a_j − a_y, ℓ = ln(1 + Σ_{j≠y} e^{u_j}) for the softmax model,
  ///
  ///     n L = Σ_x ℓ_x,   −∂ ln L/∂a_k = y_k e^{u_k}/(n L),   −∂ ln L/∂a_j = −e^{u_j − ℓ}/(n L)
  ///
  /// where every sum and quotient is taken of logarithms.
  ///
  /// The model must be exponential, or softmax with at least two classes. Cost: an exponential for each
  /// output and sample.
  public func logLoss() -> Double {
    precondition(!isWeighted, "losses in the log domain have no weights")
    require(.forward, for: "a loss in the log domain")
    reach(.loss)
    let result =
      switch network.output {
      case .exponential: exponentialLogLoss()
      case .softmax: softmaxLogLoss()
      default:
        preconditionFailure(
          "the \(network.output) model has no loss in the log domain; exponential and "
            + "softmax have")
      }
    multiplyByOutputDerivative(signals.row(network.outputRows.lowerBound))
    return result
  }

  /// ln L and −∂ ln L/∂θ in one call: forward, loss, backpropagation, gradient.
  @discardableResult
  public func logLossAndGradient(
    _ parameters: Parameters<Double>, into gradient: inout Gradient<Double>
  ) -> Double {
    forward(parameters)
    let result = logLoss()
    backpropagate(parameters)
    self.gradient(at: parameters, into: &gradient)
    return result
  }

  /// The least margin of a sample after `forward`: y a for the exponential model, a_y − max_{j≠y} a_j
  /// for softmax. All samples are classified if it is positive.
  public func leastMargin() -> Double {
    require(.forward, for: "a margin")
    let a = activities.row(network.outputRows.lowerBound)
    var least = Double.infinity
    for unit in 0..<network.outputCount {
      for x in 0..<batch {
        let i = unit * batch + x
        if network.output == .exponential {
          least = min(least, targetValues[i] * a[i])
        } else if unit != Int(targetClasses[x]) {
          least = min(least, a[Int(targetClasses[x]) * batch + x] - a[i])
        }
      }
    }
    return least
  }

  private func exponentialLogLoss() -> Double {
    let (a, y) = (activities.row(network.outputRows.lowerBound), targetValues.pointer)
    let b = signals.row(network.outputRows.lowerBound)
    let count = network.outputCount * batch
    for i in 0..<count { b[i] = -y[i] * a[i] }
    for x in 0..<batch {
      losses.pointer[x] = logSum(of: b + x, count: network.outputCount, stride: batch)
    }
    let total = logSum(of: losses.pointer, count: batch, stride: 1)
    let shift = total - log(Double(batch))
    for i in 0..<count { b[i] -= shift }
    T.exp(count: count, x: b, into: b)
    T.multiply(count: count, x: y, y: b, into: b)
    return shift
  }

  private func softmaxLogLoss() -> Double {
    let units = network.outputCount
    precondition(units > 1, "the loss of a single class is 0 and has no logarithm")
    let a = activities.row(network.outputRows.lowerBound)
    let b = signals.row(network.outputRows.lowerBound)
    let (classes, lead) = (targetClasses, outputScratch.pointer)
    let n = batch

    // lead = max_{j≠y} u_j, b = u_j − lead.
    for x in 0..<n { lead[x] = -.infinity }
    for unit in 0..<units {
      let (row, difference) = (a + unit * n, b + unit * n)
      for x in 0..<n {
        difference[x] = row[x] - a[Int(classes[x]) * n + x]
        if unit != Int(classes[x]) { lead[x] = max(lead[x], difference[x]) }
      }
    }
    for unit in 0..<units {
      for x in 0..<n { b[unit * n + x] -= lead[x] }
    }
    T.exp(count: units * n, x: b, into: b)
    for x in 0..<n { b[Int(classes[x]) * n + x] = 0 }

    // ℓ = softplus(r), r = ln Σ_{j≠y} e^{u_j}; kept as lead − ℓ.
    for x in 0..<n {
      var sum = 0.0
      for unit in 0..<units { sum += b[unit * n + x] }
      let r = lead[x] + log(sum)
      let loss = max(r, 0) + log1p(exp(-abs(r)))
      lead[x] -= loss
      // ln ln(1 + e^r) is r to the last bit where e^r/2 is below half of it.
      losses.pointer[x] = r < -40 ? r : log(loss)
    }
    let total = logSum(of: losses.pointer, count: n, stride: 1)
    let shift = total - log(Double(n))

    // −p_j/L, and the sum of the others at the target.
    for x in 0..<n { lead[x] = exp(lead[x] - shift) }
    for unit in 0..<units {
      for x in 0..<n { b[unit * n + x] *= -lead[x] }
    }
    for x in 0..<n {
      var sum = 0.0
      for unit in 0..<units { sum -= b[unit * n + x] }
      b[Int(classes[x]) * n + x] = sum
    }
    return shift
  }

  /// ln Σ e^{v_i}. An infinite largest term is the result; one that is not a number stays.
  private func logSum(of v: UnsafePointer<Double>, count: Int, stride: Int) -> Double {
    var largest = v[0]
    for i in 1..<max(count, 1) where v[i * stride] > largest || v[i * stride].isNaN {
      largest = v[i * stride]
    }
    guard largest.isFinite else { return largest }
    var sum = 0.0
    for i in 0..<count { sum += exp(v[i * stride] - largest) }
    return largest + log(sum)
  }
}
