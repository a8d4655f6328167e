import Intrinsic
import IntrinsicData
import IntrinsicMath

extension StudyImages {
  /// The first images, averaged down to squares of `side` pixels, with channels standardized by
  /// those that are trained on.
  func averaged(to side: Int, train: Int, test: Int) -> StudyImages {
    let standardized = Standardization(
      fittedTo: Self.averaged(self.train, train, shape, to: side).inputs, channels: shape.channels)
    func part(_ samples: Samples<Float>, _ count: Int) -> Samples<Float> {
      let part = Self.averaged(samples, count, shape, to: side)
      var inputs = part.inputs
      standardized.apply(to: &inputs)
      return Samples(inputs: inputs, targets: part.targets)
    }
    return StudyImages(
      name: name, train: part(self.train, train), test: part(self.test, test),
      shape: ImageShape(height: side, width: side, channels: shape.channels),
      classNames: classNames, note: note)
  }

  private static func averaged(
    _ samples: Samples<Float>, _ count: Int, _ shape: ImageShape, to side: Int
  ) -> Samples<Float> {
    let first = count < samples.count ? samples.subset(0..<count) : samples
    let factor = shape.height / side
    if factor == 1 { return first }
    let (channels, columns) = (shape.channels, first.count)
    var result = Matrix<Float>(rows: side * side * channels, columns: columns)
    let share = 1 / Float(factor * factor)
    first.inputs.elements.withUnsafeBufferPointer { pixels in
      result.elements.withUnsafeMutableBufferPointer { sums in
        for row in 0..<shape.count {
          let (pixel, channel) = row.quotientAndRemainder(dividingBy: channels)
          let (y, x) = pixel.quotientAndRemainder(dividingBy: shape.width)
          let target = ((y / factor) * side + x / factor) * channels + channel
          Float.scaleAdd(
            count: columns, alpha: share, x: pixels.baseAddress! + row * columns, beta: 1,
            into: sums.baseAddress! + target * columns)
        }
      }
    }
    return Samples(inputs: result, targets: first.targets)
  }
}
