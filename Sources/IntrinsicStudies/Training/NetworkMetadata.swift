import Foundation
import IntrinsicData

/// What a trained network's file says beside the network: how inputs are prepared, and what outputs
/// are about.
public struct NetworkMetadata: Sendable {
  /// The name of each class; nil for regression.
  public let classes: [String]?
  /// What inputs go through first.
  public let standardization: Standardization?

  private static let classesKey = "intrinsic.classes"
  private static let standardizationKey = "intrinsic.standardization"

  init(classes: [String]?, standardization: Standardization?) {
    self.classes = classes
    self.standardization = standardization
  }

  /// Reads what a network file says beside the network.
  ///
  /// - Throws: `DataError` if the file cannot be read or an entry is damaged.
  public init(contentsOf url: URL) throws(DataError) {
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
  }

  /// The entries of a network file.
  var entries: [String: String] {
    var entries: [String: String] = [:]
    // The same bytes in every process.
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // Names and finite numbers, which always encode.
    if let classes {
      entries[Self.classesKey] = String(decoding: try! encoder.encode(classes), as: UTF8.self)
    }
    if let standardization {
      entries[Self.standardizationKey] = String(
        decoding: try! encoder.encode(standardization), as: UTF8.self)
    }
    return entries
  }
}
