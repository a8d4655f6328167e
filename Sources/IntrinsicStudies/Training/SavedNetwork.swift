import Foundation
import Intrinsic
import IntrinsicData

/// A network file as a whole: the trained network, and what is said beside it.
package struct SavedNetwork: Sendable {
  let model: Model
  let metadata: NetworkMetadata

  /// - Throws: `DataError` if the file cannot be read or an entry is damaged.
  init(contentsOf url: URL) throws(DataError) {
    model = try Model(contentsOf: url)
    metadata = try NetworkMetadata(contentsOf: url)
  }
}
