import Intrinsic

/// What one word of a ``NetworkText`` says.
struct NetworkWord: Sendable, Hashable {
  enum Kind: String, Sendable, CaseIterable {
    case dense = "fc"
    case convolution = "conv"
    case pool
    case globalPool = "globalpool"
  }

  let kind: Kind
  /// Units or channels, or the side of a pooling.
  let number: Int
  private(set) var activation: Activation?
  private(set) var normalization: Normalization?
  private(set) var dropout: Double?
  private(set) var hasBias = true
  private(set) var kernel: Int?
  private(set) var stride: Int?
  private(set) var padding: Int?
  private(set) var pooling: PoolingKind?

  /// - Throws: if the word has no meaning.
  init(_ word: String) throws(NetworkTextError) {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let name = String(parts[0].prefix { $0.isLetter })
    let digits = String(parts[0].dropFirst(name.count))
    guard let kind = Kind(rawValue: name) else {
      throw NetworkTextError(
        word: word,
        reason: "there is no layer “\(parts[0])”; write fcN, convN, pool or globalpool")
    }
    self.kind = kind
    switch (kind, digits) {
    case (.pool, ""): number = 2
    case (.globalPool, ""): number = 0
    case (.globalPool, _):
      throw NetworkTextError(word: word, reason: "globalpool takes no number")
    default:
      guard let value = Int(digits), (1...1_000_000).contains(value) else {
        throw NetworkTextError(
          word: word, reason: "“\(digits)” is no number from 1 to 1,000,000")
      }
      number = value
    }
    for part in parts.dropFirst() {
      do throws(Refusal) { try apply(part) } catch {
        throw NetworkTextError(word: word, reason: error.reason)
      }
    }
    if normalization?.isCentred == true && !hasBias {
      throw NetworkTextError(word: word, reason: "a centred normalization needs a bias")
    }
  }

  private struct Refusal: Error {
    let reason: String
  }

  /// What may stand after a colon.
  static var modifiers: String {
    let activations: [Activation] = [
      .relu, .tanh, .sigmoid, .softplus, .scaledTanh, .gelu, .silu, .elu, .leakyRelu, .sine(1),
      .identity, .power(2), .positivePower(2),
    ]
    return
      (activations.map(\.description) + Normalization.named.map(\.name)
      + [
        "softmaxP", "radialP", "dropoutP", "nobias", "kernelN", "strideN", "paddingN", "average",
        "maximum",
      ]).joined(separator: ", ")
  }

  private mutating func apply(_ part: String) throws(Refusal) {
    let hasUnits = kind == .dense || kind == .convolution
    if hasUnits, let activation = Activation(part) {
      try Self.set(&self.activation, activation, "activations")
    } else if hasUnits, let known = Normalization.named.first(where: { $0.name == part }) {
      try Self.set(&normalization, known.normalization, "normalizations")
    } else if hasUnits, part.hasPrefix("dropout") {
      guard let p = Double(part.dropFirst("dropout".count)), p > 0, p < 1 else {
        throw Refusal(
          reason: "dropoutP needs a probability above 0 and below 1, such as dropout0.5")
      }
      try Self.set(&dropout, p, "dropouts")
    } else if hasUnits, part == "nobias" {
      hasBias = false
    } else if kind == .convolution, let value = try Self.number(part, "kernel", from: 1) {
      try Self.set(&kernel, value, "kernels")
    } else if kind == .convolution || kind == .pool,
      let value = try Self.number(part, "stride", from: 1)
    {
      try Self.set(&stride, value, "strides")
    } else if kind == .convolution, let value = try Self.number(part, "padding", from: 0) {
      try Self.set(&padding, value, "paddings")
    } else if !hasUnits, let value = PoolingKind(rawValue: part) {
      try Self.set(&pooling, value, "kinds")
    } else {
      throw Refusal(
        reason: "“\(part)” does not belong to \(kind.rawValue); after colons come "
          + "\(Self.modifiers)")
    }
  }

  private static func set<Value>(
    _ place: inout Value?, _ value: Value, _ name: String
  ) throws(Refusal) {
    if place != nil { throw Refusal(reason: "it has two \(name)") }
    place = value
  }

  /// The number after a name, if the part has that name.
  private static func number(
    _ part: String, _ name: String, from least: Int
  ) throws(Refusal) -> Int? {
    guard part.hasPrefix(name) else { return nil }
    guard let value = Int(part.dropFirst(name.count)), (least...10_000).contains(value) else {
      throw Refusal(reason: "\(name)N needs a number of at least \(least)")
    }
    return value
  }
}

extension NetworkText {
  /// What may stand after a colon.
  package static var modifiers: String { NetworkWord.modifiers }
}
