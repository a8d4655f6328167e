import IntrinsicMath

/// Examples of a linear teacher: Luo et al. 2019, §4.
///
/// Inputs are x ~ N(0, 1/N), targets ⟨w*, x⟩ + noise, and the teacher's weights are normal, scaled to
/// |w*|² = N.
final class LinearExamples<T: Scalar>: Sendable {
  /// N
  let inputs: Int
  /// P
  let count: Int
  /// σ²
  let noise: Double
  /// The inputs, one example after the other: P × N.
  let x: Buffer<T>
  /// The targets.
  let y: Buffer<T>
  /// w*
  let teacher: Buffer<T>

  init(inputs: Int, count: Int, noise: Double, stream: RandomStream) {
    precondition(inputs >= 1 && count >= 1, "\(count) examples of \(inputs) inputs")
    self.inputs = inputs
    self.count = count
    self.noise = noise
    x = Buffer(count: count * inputs)
    y = Buffer(count: count)
    teacher = Buffer(count: inputs)
    var drawing = VectorRandomStream(stream.child("teacher"))
    drawing.fillNormal(teacher.pointer, count: inputs)
    let square = Double(T.dot(count: inputs, x: teacher.pointer, y: teacher.pointer))
    T.scaleAdd(
      count: inputs, alpha: 0, x: teacher.pointer, beta: T((Double(inputs) / square).squareRoot()),
      into: teacher.pointer)
    drawing = VectorRandomStream(stream.child("inputs"))
    let scale = T(1 / Double(inputs).squareRoot())
    var noises = stream.child("noise")
    for example in 0..<count {
      let row = row(example)
      drawing.fillNormal(row, count: inputs)
      T.scaleAdd(count: inputs, alpha: 0, x: row, beta: scale, into: row)
      y[example] =
        T.dot(count: inputs, x: row, y: teacher.pointer) + T(noise.squareRoot() * noises.normal())
    }
  }

  /// The input of one example.
  func row(_ example: Int) -> UnsafeMutablePointer<T> { x.pointer + example * inputs }

  /// The generalization error of a student with weights `scale`·w: the mean square against the
  /// noiseless teacher, |scale·w − w*|²/N.
  func error(of weights: Buffer<T>, scale: Double = 1) -> Double {
    precondition(weights.count == inputs, "\(weights.count) weights for \(inputs) inputs")
    var sum = 0.0
    for index in 0..<inputs {
      let difference = scale * Double(weights.pointer[index]) - Double(teacher.pointer[index])
      sum += difference * difference
    }
    return sum / Double(inputs)
  }
}
