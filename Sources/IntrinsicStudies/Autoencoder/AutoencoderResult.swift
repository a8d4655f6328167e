import Foundation
import Intrinsic

/// What the auto-encoder study measured: every training, and the invariance check.
package struct AutoencoderResult: Sendable {
  package let options: AutoencoderStudy.Options
  let methods: [AutoencoderMethod]
  let trainings: [AutoencoderStudy.Training]
  let invariance: AutoencoderInvariance

  func trainings(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName
  ) -> [AutoencoderStudy.Training] {
    trainings.filter {
      $0.activation == activation && methods[$0.method].identifier == method.identifier
    }
  }

  func method(_ name: AutoencoderStudy.MethodName) -> AutoencoderMethod? {
    methods.first { $0.name == name && ($0.samples ?? 1) == 1 }
  }

  /// The final losses in bits, one for each run.
  func finalBits(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName
  ) -> [Double] {
    trainings(method, activation).map { $0.bits.last! }
  }

  /// Processor seconds for an iteration, the median over runs; nil if none got that far.
  func secondsPerIteration(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName
  ) -> Double? {
    let times = trainings(method, activation).filter { $0.iterations.last! > 0 }
      .map { $0.seconds.last! / Double($0.iterations.last!) }
    return times.isEmpty ? nil : times.median
  }

  /// Iterations done, or those that would take as long as backpropagation's 10,000.
  func equivalentIterations(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName
  ) -> Double? {
    guard let unit = secondsPerIteration(methods[0], activation),
      let seconds = secondsPerIteration(method, activation)
    else { return nil }
    return 10_000 * unit / seconds
  }

  /// Mean loss and spread over runs on a common grid of positions from 0 to the least end.
  struct Curve {
    var x: [Double] = []
    var mean: [Double] = []
    var lower: [Double] = []
    var upper: [Double] = []
  }

  /// What a loss is plotted against.
  enum Abscissa {
    case iterations
    /// Processor time divided by that of one iteration of backpropagation in the same run.
    case backpropagationPasses
  }

  func curve(
    _ method: AutoencoderMethod, _ activation: AutoencoderStudy.ActivationName,
    against abscissa: Abscissa
  ) -> Curve {
    let curves = trainings(method, activation).map { training in
      (x: positions(training, abscissa), y: training.bits)
    }
    let end = curves.map { $0.x.last! }.min()!
    var curve = Curve()
    for point in 0...200 {
      let x = end * Double(point) / 200
      let values = curves.map { interpolate($0.x, $0.y, at: x) }
      curve.x.append(x)
      curve.mean.append(values.mean)
      curve.lower.append(values.quantile(0.1))
      curve.upper.append(values.quantile(0.9))
    }
    return curve
  }

  private func positions(
    _ training: AutoencoderStudy.Training, _ abscissa: Abscissa
  ) -> [Double] {
    switch abscissa {
    case .iterations: training.iterations.map(Double.init)
    case .backpropagationPasses:
      {
        let reference = trainings(methods[0], training.activation)
          .first { $0.run == training.run }!
        let unit = reference.seconds.last! / Double(reference.iterations.last!)
        return training.seconds.map { $0 / unit }
      }()
    }
  }

  /// The loss at x: that of the last record before, as steps are never undone later.
  private func interpolate(_ x: [Double], _ y: [Double], at position: Double) -> Double {
    let after = x.firstIndex { $0 > position } ?? x.count
    guard after > 0 else { return y[0] }
    guard after < x.count else { return y[x.count - 1] }
    let weight = (position - x[after - 1]) / (x[after] - x[after - 1])
    return y[after - 1] + weight * (y[after] - y[after - 1])
  }
}
