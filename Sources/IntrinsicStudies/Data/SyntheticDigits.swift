import Foundation
import Intrinsic
import IntrinsicMath

/// Digits drawn with a round pen along a few strokes, turned, stretched, shifted and slanted at
/// random: 28 × 28 pixels, each class equally likely.
enum SyntheticDigits {
  private typealias Point = SIMD2<Float>

  private static let side = 28

  /// The strokes of each digit as polylines; x to the right and y down, both from 0 to 1.
  private static let strokes: [[[Point]]] = [
    [arc(0.5, 0.5, 0.3, 0.45, 0, 360)],
    [[[0.35, 0.25], [0.55, 0.05], [0.55, 0.95]]],
    [arc(0.5, 0.3, 0.3, 0.25, -170, 40) + [[0.2, 0.95], [0.85, 0.95]]],
    [arc(0.45, 0.27, 0.28, 0.22, -150, 90) + arc(0.45, 0.72, 0.32, 0.23, -90, 150)],
    [[[0.65, 0.95], [0.65, 0.05], [0.15, 0.65], [0.85, 0.65]]],
    [[[0.8, 0.05], [0.3, 0.05], [0.25, 0.45]] + arc(0.45, 0.67, 0.33, 0.28, -110, 140)],
    [[[0.65, 0.05], [0.3, 0.45]] + arc(0.5, 0.68, 0.28, 0.27, -180, 180)],
    [[[0.15, 0.05], [0.8, 0.05], [0.4, 0.95]]],
    [arc(0.5, 0.27, 0.24, 0.22, 0, 360), arc(0.5, 0.72, 0.3, 0.23, 0, 360)],
    [arc(0.5, 0.32, 0.28, 0.27, 0, 360), [[0.78, 0.32], [0.6, 0.95]]],
  ]

  /// Points on an ellipse, angles in degrees, clockwise from the right.
  private static func arc(
    _ x: Float, _ y: Float, _ width: Float, _ height: Float, _ from: Float, _ to: Float
  ) -> [Point] {
    (0...10).map { step in
      let angle = (from + (to - from) * Float(step) / 10) * .pi / 180
      return [x + width * cos(angle), y + height * sin(angle)]
    }
  }

  /// Pixels (from 0 to 1) × samples, with their classes.
  static func samples(_ count: Int, using stream: RandomStream) -> Samples<Float> {
    var stream = stream
    var inputs = Matrix<Float>(rows: side * side, columns: count)
    var classes: [Int] = []
    for sample in 0..<count {
      let digit = Int.random(in: 0..<10, using: &stream)
      classes.append(digit)
      for (pixel, value) in image(of: digit, using: &stream).enumerated() where value > 0 {
        inputs.elements[pixel * count + sample] = value
      }
    }
    return Samples(inputs: inputs, targets: .classes(classes))
  }

  private static func image(of digit: Int, using stream: inout RandomStream) -> [Float] {
    func draw(_ deviation: Double) -> Float { Float(stream.normal() * deviation) }
    let (angle, slant) = (draw(0.12), draw(0.2))
    let (width, height) = (16 * exp(draw(0.12)), 20 * exp(draw(0.1)))
    let shift: Point = [14 + draw(1.2), 14 + draw(1.2)]
    let pen = 1.1 * exp(draw(0.25))
    let (sine, cosine) = (sin(angle), cos(angle))
    let lines = strokes[digit].map { line in
      line.map { point -> Point in
        let wobbled = point - 0.5 + [draw(0.02), draw(0.02)]
        let x = width * (wobbled.x - slant * wobbled.y)
        let y = height * wobbled.y
        return shift + [cosine * x - sine * y, sine * x + cosine * y]
      }
    }
    var pixels = [Float](repeating: 0, count: side * side)
    for line in lines {
      for (start, end) in zip(line, line.dropFirst()) {
        ink(from: start, to: end, pen: pen, &pixels)
      }
    }
    return pixels
  }

  /// Darkens pixels by their distance to a segment.
  private static func ink(from start: Point, to end: Point, pen: Float, _ pixels: inout [Float]) {
    let reach = pen + 1
    let low = pointwiseMin(start, end) - reach
    let high = pointwiseMax(start, end) + reach
    let direction = end - start
    let square = (direction * direction).sum()
    let (rows, columns) = (range(low.y, high.y), range(low.x, high.x))
    for row in rows {
      for column in columns {
        let offset = Point(Float(column), Float(row)) - start
        let along = square == 0 ? 0 : min(max((offset * direction).sum() / square, 0), 1)
        let gap = offset - along * direction
        let value = min(max(reach - (gap * gap).sum().squareRoot(), 0), 1)
        pixels[row * side + column] = max(pixels[row * side + column], value)
      }
    }
  }

  private static func range(_ low: Float, _ high: Float) -> Range<Int> {
    let first = max(0, min(side, Int(low.rounded(.up))))
    return first..<max(first, min(side, Int(high.rounded(.down)) + 1))
  }
}
