import IntrinsicMath

extension Matrix<Float> {
  /// Features × samples from values sample after sample.
  init(samples values: [Float], features: Int) {
    let count = features == 0 ? 0 : values.count / features
    self = values.withUnsafeBufferPointer { source in
      Self.gathered(samples: count, features: features) { source[$0 * features + $1] }
    }
  }

  /// Features × samples from bytes sample after sample, 0 to 255 made 0 to 1.
  ///
  /// - Parameter offsets: where each feature is among the bytes of a sample.
  init(pixels: [UInt8], samples: Int, offsets: [Int]) {
    let scaled = (0...255).map { Float($0) / 255 }
    let size = offsets.count
    precondition(pixels.count == samples * size, "\(pixels.count) bytes in \(samples) × \(size)")
    self = pixels.withUnsafeBufferPointer { source in
      offsets.withUnsafeBufferPointer { offsets in
        scaled.withUnsafeBufferPointer { scaled in
          Self.gathered(samples: samples, features: size) {
            scaled[Int(source[$0 * size + offsets[$1]])]
          }
        }
      }
    }
  }

  /// Features × samples, in blocks whose sources fit the cache.
  @inline(__always)
  private static func gathered(
    samples: Int, features: Int, _ value: (_ sample: Int, _ feature: Int) -> Float
  ) -> Matrix {
    let block = 64
    let elements = [Float](unsafeUninitializedCapacity: samples * features) { target, count in
      for first in stride(from: 0, to: samples, by: block) {
        let end = Swift.min(first + block, samples)
        for feature in 0..<features {
          for sample in first..<end { target[feature * samples + sample] = value(sample, feature) }
        }
      }
      count = samples * features
    }
    return Matrix(rows: features, columns: samples, elements: elements)
  }
}
