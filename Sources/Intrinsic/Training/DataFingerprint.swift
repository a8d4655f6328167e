import IntrinsicMath

/// What tells one data set from another: sizes, and a 64-bit digest of all numbers in order.
struct DataFingerprint: Codable, Equatable {
  struct Part: Codable, Equatable {
    let samples: Int
    let inputs: Int
    let digest: String
  }

  let train: Part
  let validation: Part?

  init<T: Scalar>(train: Samples<T>, validation: Samples<T>?) {
    self.train = Part(train)
    self.validation = validation.map(Part.init)
  }
}

extension DataFingerprint.Part {
  fileprivate init<T: Scalar>(_ samples: Samples<T>) {
    var digest = Digest()
    samples.inputs.elements.withUnsafeBytes { digest.take($0) }
    switch samples.targets {
    case .values(let matrix): matrix.elements.withUnsafeBytes { digest.take($0) }
    case .classes(let classes): classes.withUnsafeBytes { digest.take($0) }
    }
    samples.weights?.withUnsafeBytes { digest.take($0) }
    self.samples = samples.count
    inputs = samples.inputs.rows
    self.digest = digest.text
  }
}

/// A digest of bytes against mistakes, not against forgery: multiplication and rotation of 64-bit
/// words.
struct Digest {
  private var state: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    var state = self.state ^ UInt64(bytes.count)
    let words = bytes.count / 8
    for index in 0..<words {
      state = Self.mix(state, bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    for index in 8 * words..<bytes.count { state = Self.mix(state, UInt64(bytes[index])) }
    self.state = state
  }

  var text: String {
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func mix(_ state: UInt64, _ word: UInt64) -> UInt64 {
    let product = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
    return product ^ (product >> 29)
  }
}
