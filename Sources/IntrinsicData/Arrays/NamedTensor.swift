/// A tensor in a file that holds several.
public struct NamedTensor: Equatable, Sendable {
  public let name: String
  public let tensor: Tensor

  public init(_ name: String, _ tensor: Tensor) {
    self.name = name
    self.tensor = tensor
  }
}

extension [NamedTensor] {
  /// The tensor of the given name.
  public subscript(name: String) -> Tensor? { first { $0.name == name }?.tensor }

  /// The first name that occurs twice.
  var firstDuplicate: String? {
    var seen: Set<String> = []
    return first { !seen.insert($0.name).inserted }?.name
  }
}
