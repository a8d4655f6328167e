import Foundation
import Intrinsic
import IntrinsicData

extension ImportedNetwork {
  /// Writes a network file, with what the inputs go through first and the names of the classes.
  ///
  /// - Throws: `DataError` if the file cannot be written, or a number of the standardization is too large for it.
  package func save(to url: URL) throws(DataError) {
    var standardization: Standardization?
    if let shift, let scale {
      standardization = Standardization(
        means: try Tensor(shift).floats, scales: try Tensor(scale).floats,
        featureCount: model.network.inputCount)
    }
    let metadata = NetworkMetadata(
      classes: classes, standardization: standardization, targetScales: nil, baseline: nil,
      encoding: nil)
    try model.save(to: url, metadata: metadata.entries)
  }

  /// What was found beside the network, if anything was.
  package var note: String? {
    var notes: [String] = []
    if let shift { notes.append("a standardization of \(shift.count) inputs or channels") }
    if let classes {
      notes.append(
        "the classes \(classes.prefix(10).joined(separator: ", "))"
          + (classes.count > 10 ? ", …" : ""))
    }
    return notes.isEmpty ? nil : "found beside the layers: \(notes.joined(separator: " and "))"
  }
}
