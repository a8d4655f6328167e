import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicData

struct StandardizationTests {
  /// Normal numbers, feature f with mean 10 f and deviation f + 1.
  private static func inputs(features: Int, samples: Int) -> Matrix<Float> {
    var stream = RandomStream(seed: 4)
    var matrix = Matrix<Float>(rows: features, columns: samples)
    for row in 0..<features {
      for column in 0..<samples {
        matrix[row, column] = Float(stream.normal() * Double(row + 1)) + 10 * Float(row)
      }
    }
    return matrix
  }

  @Test func `each feature gets mean 0 and deviation 1`() {
    var inputs = Self.inputs(features: 4, samples: 500)
    let standardization = Standardization(fittedTo: inputs)
    standardization.apply(to: &inputs)
    for row in 0..<4 {
      let values = inputs.row(row).map(Double.init)
      let mean = values.reduce(0, +) / 500
      let square = values.reduce(0) { $0 + $1 * $1 } / 500
      // The mean and the scale are rounded to Float: the mean is off by at most 30 · 2⁻²⁴ / 4 before
      // the quotient's own rounding, the square by a few 2⁻²³.
      #expect(abs(mean) < 2e-6)
      #expect(abs(square - 1) < 2e-6)
    }
    #expect(!standardization.isByChannel && standardization.constants.isEmpty)
    #expect(standardization.note == nil)
  }

  @Test func `a two-number example`() {
    var inputs: Matrix<Float> = Matrix([[1, 5], [7, 7]])
    let standardization = Standardization(fittedTo: inputs)
    #expect(standardization.means == [3, 7] && standardization.scales == [2, 1])
    standardization.apply(to: &inputs)
    #expect(inputs == Matrix([[-1, 1], [0, 0]]))
    var other: Matrix<Float> = Matrix([[9], [8]])
    standardization.apply(to: &other)
    #expect(other == Matrix([[3], [1]]))
  }

  @Test func `images are standardized by channel`() throws {
    let inputs = Self.inputs(features: 12, samples: 50)
    let shape = ImageShape(height: 2, width: 2, channels: 3)
    let data = Dataset(
      inputs: inputs, targets: .classes([Int](repeating: 0, count: 50), names: ["a"]),
      imageShape: shape)
    let standardization = Standardization(fittedTo: data)
    #expect(standardization.isByChannel && standardization.means.count == 3)
    for channel in 0..<3 {
      let values = stride(from: channel, to: 12, by: 3).flatMap { inputs.row($0) }.map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      #expect(abs(Double(standardization.means[channel]) - mean) < 1e-5)
      #expect(abs(Double(standardization.scales[channel]) / variance.squareRoot() - 1) < 1e-6)
    }
    var result = inputs
    standardization.apply(to: &result)
    for (row, column) in [(0, 0), (4, 7), (11, 49)] {
      let expected =
        (inputs[row, column] - standardization.means[row % 3]) / standardization.scales[row % 3]
      #expect(result[row, column] == expected)
    }
  }

  @Test func `constant features are not scaled, and are told`() throws {
    // The sum of a hundred such numbers is rounded; they are constant all the same.
    let constant = [Float](repeating: 0.1, count: 100)
    var inputs = Matrix([(0..<100).map { Float($0) }, constant, constant])
    let standardization = Standardization(fittedTo: inputs)
    #expect(standardization.constants == [1, 2])
    #expect(standardization.scales[1...] == [1, 1] && standardization.means[1...] == [0.1, 0.1])
    standardization.apply(to: &inputs)
    #expect(inputs.row(1) == [Float](repeating: 0, count: 100))
    let note = try #require(standardization.note)
    #expect(note.hasPrefix("2 of 3 features do not vary over the training samples"))
    #expect(note.contains("the first is 1"))
  }

  @Test func `large means lose no digits`() {
    // Squares of 10⁴ ± 1 cancel in Float.
    let values = (0..<1000).map { Float(10_000) + ($0 % 2 == 0 ? 1 : -1) }
    let standardization = Standardization(fittedTo: Matrix([values]))
    #expect(standardization.means == [10_000] && standardization.scales == [1])
    #expect(standardization.constants.isEmpty)
  }

  @Test func `it is stored exactly, and refused if it does not fit together`() throws {
    let standardization = Standardization(
      fittedTo: Self.inputs(features: 6, samples: 30), channels: 3)
    let data = try JSONEncoder().encode(standardization)
    #expect(try JSONDecoder().decode(Standardization.self, from: data) == standardization)
    let text = #"{"means":[1,2],"scales":[1,2],"featureCount":4,"constants":[]}"#
    #expect(throws: Never.self) {
      try JSONDecoder().decode(Standardization.self, from: Data(text.utf8))
    }
    for (old, new) in [
      ("[1,2],\"f", "[1,0],\"f"), ("[1,2],\"f", "[1],\"f"), (":4", ":5"), ("[]", "[2]"),
      ("\"means\":[1,2]", "\"means\":[]"),
    ] {
      let damaged = text.replacingOccurrences(of: old, with: new)
      #expect(damaged != text)
      #expect(throws: DecodingError.self, "\(damaged)") {
        try JSONDecoder().decode(Standardization.self, from: Data(damaged.utf8))
      }
    }
  }
}
