import Foundation
import Intrinsic
import IntrinsicAnalysis
import IntrinsicMath

/// What one step of a method makes of each kind of transformation that applies to a model.
func verdicts(
  of method: Optimizer, on model: Model, _ samples: Samples<Double>
) throws -> [Transformation.Kind: Verification.Verdict] {
  var verdicts: [Transformation.Kind: Verification.Verdict] = [:]
  for kind in Transformation.Kind.allCases {
    var stream = RandomStream(seed: 1).child(kind.rawValue)
    guard let change = try? Transformation.random(kind, for: model, using: &stream) else {
      continue
    }
    let verification = try Verification(
      method, under: change, on: model, samples, stream: stream.child("method"))
    verdicts[kind] = verification.verdict
  }
  return verdicts
}

/// The same for a network file and a file of samples.
func verdicts(
  of method: Optimizer, network: URL, data: URL
) throws -> [Transformation.Kind: Verification.Verdict] {
  let model = try Model(contentsOf: network)
  let samples = try Samples<Double>(contentsOf: data, for: model.network, limit: 200)
  return try verdicts(of: method, on: model, samples)
}
