import Intrinsic
import IntrinsicMath

extension Samples<Float> {
  /// In double precision.
  var widened: Samples<Double> { converted { Double($0) } }
}

extension Samples<Double> {
  /// In single precision.
  var narrowed: Samples<Float> { converted { Float($0) } }
}

extension Samples {
  private func converted<U: Scalar>(_ number: (T) -> U) -> Samples<U> {
    let targets: Targets<U> =
      switch targets {
      case .values(let matrix): .values(matrix.map(number))
      case .classes(let classes): .classes(classes)
      }
    return Samples<U>(
      inputs: inputs.map(number), targets: targets, weights: weights?.map(number))
  }
}
