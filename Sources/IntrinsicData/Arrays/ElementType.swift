/// The type of a tensor's elements.
public enum ElementType: String, CaseIterable, Sendable {
  case float32, float64, int32, int64, uint8, bool

  /// The size of an element in bytes.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .uint8, .bool: 1
    }
  }
}
