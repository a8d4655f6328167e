import Foundation
import IntrinsicMath
import Testing

@testable import Intrinsic

/// One file of `Vectors`: a small network with quantities computed by an independent implementation.
struct VectorFile: CustomTestStringConvertible {
  let name: String
  private let json: [String: Any]

  init(_ name: String) throws {
    self.name = name
    let url = try #require(
      Bundle.module.url(forResource: "Vectors/\(name)", withExtension: "json"))
    json = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  var testDescription: String { name }

  static func names(containing part: String) -> [String] {
    let folder = Bundle.module.url(forResource: "Vectors", withExtension: nil)!
    let files = try! FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return files.map { $0.deletingPathExtension().lastPathComponent }
      .filter { $0.contains(part) }.sorted()
  }

  /// The value at a path of keys.
  func value(_ path: String...) -> Any? {
    path.reduce(json as Any?) { ($0 as? [String: Any])?[$1] }
  }

  func number(_ path: String...) throws -> Double {
    try #require(path.reduce(json as Any?) { ($0 as? [String: Any])?[$1] } as? Double)
  }

  func matrix(_ path: String...) throws -> Matrix<Double> {
    Matrix(
      try #require(path.reduce(json as Any?) { ($0 as? [String: Any])?[$1] } as? [[Double]]))
  }

  /// The network under `path` with its parameters; masked weights are no edges.
  func network(_ path: String...) throws -> (Network, Parameters<Double>) {
    let net = try #require(
      path.reduce(json as Any?) { ($0 as? [String: Any])?[$1] } as? [String: Any])
    let weights = try #require(net["W"] as? [[[Double]]])
    let biases = net["b"] as? [[Double]]
    let mask = net["mask"] as? [[[Double]]]
    let activations = try #require(net["acts"] as? [String]).map(Self.activation)
    let model = try #require(OutputModel(net["output"] as? String ?? "square"))
    var builder = NetworkBuilder(inputs: weights[0][0].count)
    var parameters: [Double] = []
    for (layer, w) in weights.enumerated() {
      let sources = builder.units(of: builder.last)
      let connected = w.indices.map { unit in
        w[unit].indices.filter { mask == nil || mask![layer][unit][$0] != 0 }
      }
      if mask == nil {
        builder.dense(w.count, activations[layer], bias: biases != nil)
      } else {
        builder.sparse(
          incoming: connected.map { $0.map { sources.lowerBound + $0 } }, activations[layer],
          bias: biases != nil)
      }
      for unit in w.indices {
        if let biases { parameters.append(biases[layer][unit]) }
        parameters += connected[unit].map { w[unit][$0] }
      }
    }
    return (try builder.build(output: model), Parameters(parameters))
  }

  /// The samples `X`, or those under another key, with the targets `Y`.
  func samples(_ key: [String] = ["X"]) throws -> Samples<Double> {
    let inputs = Matrix(
      try #require(key.reduce(json as Any?) { ($0 as? [String: Any])?[$1] } as? [[Double]])
    ).transposed
    if let classes = json["Y"] as? [Int] {
      return Samples(inputs: inputs, targets: .classes(classes))
    }
    return Samples(inputs: inputs, targets: .values(try matrix("Y").transposed))
  }

  private static func activation(_ name: String) -> Activation {
    switch name {
    case "identity": .identity
    case "relu": .relu
    case "sigmoid": .sigmoid
    case "tanh": .tanh
    case "scaledtanh": .scaledTanh
    case "sine": .sine(1)
    case "softplus": .softplus
    default: preconditionFailure("activation \(name)")
    }
  }
}

/// Checks that arrays agree entry by entry, to `tolerance` times the expected entry.
///
/// - Parameter ofLargest: what the error may be of the largest entry besides: what rounding leaves of sums,
///   unless more is expected, as of differences, draws, Float and long ways of computing.
func expectClose(
  _ actual: [Double], _ expected: [Double], tolerance: Double = 1e-8, ofLargest: Double = 1e-13,
  _ what: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, "\(what)", sourceLocation: sourceLocation)
  let rounding = min(tolerance, ofLargest) * (expected.map(abs).max() ?? 0)
  let far = zip(actual, expected).enumerated().first { entry in
    !(abs(entry.element.0 - entry.element.1) <= tolerance * abs(entry.element.1) + rounding)
  }
  #expect(
    far == nil,
    "\(what): entry \(far?.offset ?? -1) is \(far?.element.0 ?? 0), not \(far?.element.1 ?? 0)",
    sourceLocation: sourceLocation)
}
