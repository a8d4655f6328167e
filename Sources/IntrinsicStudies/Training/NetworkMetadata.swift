import Foundation
import IntrinsicData

/// What a trained network's file says beside the network: how inputs are prepared, and what outputs
/// are about.
package struct NetworkMetadata: Sendable {
  /// The name of each class; nil for regression.
  package let classes: [String]?
  /// What inputs go through first.
  package let standardization: Standardization?
  /// The standard deviation of each value to predict, in whose squares losses are measured.
  package let targetScales: [Float]?
  /// What the targets of training are without the inputs.
  package let baseline: Baseline?
  /// How the columns of a table become features; nil if training data were no table.
  package let encoding: TableEncoding?

  private static let classesKey = "intrinsic.classes"
  private static let standardizationKey = "intrinsic.standardization"
  private static let targetScalesKey = "intrinsic.target_scales"
  private static let baselineKey = "intrinsic.baseline"
  private static let encodingKey = "intrinsic.columns"

  init(
    classes: [String]?, standardization: Standardization?, targetScales: [Float]?,
    baseline: Baseline?, encoding: TableEncoding?
  ) {
    self.classes = classes
    self.standardization = standardization
    self.targetScales = targetScales
    self.baseline = baseline
    self.encoding = encoding
  }

  /// Reads what a network file says beside the network.
  ///
  /// - Throws: `DataError` if the file cannot be read or an entry is damaged.
  package init(contentsOf url: URL) throws(DataError) {
    let metadata = try Safetensors.read(url).metadata
    func entry<Value: Decodable>(_ key: String, _ type: Value.Type) throws(DataError) -> Value? {
      guard let text = metadata[key] else { return nil }
      do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
        throw .malformed(
          .init(file: url.path, member: key), found: "the entry cannot be read",
          remedy: "Train the network again.")
      }
    }
    classes = try entry(Self.classesKey, [String].self)
    standardization = try entry(Self.standardizationKey, Standardization.self)
    targetScales = try entry(Self.targetScalesKey, [Float].self)
    baseline = try entry(Self.baselineKey, Baseline.self)
    encoding = try entry(Self.encodingKey, TableEncoding.self)
  }

  /// The entries of a network file.
  var entries: [String: String] {
    var entries: [String: String] = [:]
    // The same bytes in every process.
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    func add(_ key: String, _ value: (some Encodable)?) {
      // Names and finite numbers, which always encode.
      if let value {
        entries[key] = String(decoding: try! encoder.encode(value), as: UTF8.self)
      }
    }
    add(Self.classesKey, classes)
    add(Self.standardizationKey, standardization)
    add(Self.targetScalesKey, targetScales)
    add(Self.baselineKey, baseline)
    add(Self.encodingKey, encoding)
    return entries
  }
}
