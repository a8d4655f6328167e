import IntrinsicMath

/// Dropout (Srivastava et al. 2014): in training each activity of a layer is 0 with probability p and
/// divided by 1 − p otherwise, so that means stay; afterwards nothing happens.
final class Dropout<T: Scalar> {
  /// Where the next masks come from; nil for none.
  var stream: VectorRandomStream?
  private let uniforms: Buffer<T>
  private let mask: Buffer<T>

  /// - Parameter count: the largest number of activities of a layer.
  init(count: Int) {
    uniforms = Buffer(count: count)
    mask = Buffer(count: count)
  }

  /// Applies a new mask to `count` activities and derivatives.
  func apply(
    _ probability: Double, count: Int, _ a: UnsafeMutablePointer<T>, _ r: UnsafeMutablePointer<T>
  ) {
    guard stream != nil else { return }
    stream!.fill(uniforms.pointer, count: count)
    T.addConstant(count: count, value: -T(probability), into: uniforms.pointer)
    // The derivative of a rectifier is the indicator of what is kept.
    Activation.relu.apply(
      count: count, y: uniforms.pointer, a: uniforms.pointer, r: mask.pointer)
    T.scaleAdd(
      count: count, alpha: 0, x: mask.pointer, beta: 1 / T(1 - probability), into: mask.pointer)
    T.multiply(count: count, x: mask.pointer, y: a, into: a)
    T.multiply(count: count, x: mask.pointer, y: r, into: r)
  }
}

extension Workspace {
  /// Draws the dropout of later forward passes from a stream; nil for passes without dropout, as
  /// after training.
  public func setDropout(_ stream: RandomStream?) {
    dropout?.stream = stream.map(VectorRandomStream.init)
  }
}
