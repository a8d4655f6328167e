import Foundation
import IntrinsicStudies

/// The claims of a study's run that were not met.
func unmetClaims(in run: URL) throws -> [Claim] {
  let decoder = JSONDecoder()
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  let data = try Data(contentsOf: run.appendingPathComponent("claims.json"))
  return try decoder.decode(Claims.self, from: data).list.filter { !$0.isMet }
}
