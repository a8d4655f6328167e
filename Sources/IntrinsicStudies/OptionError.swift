/// An option of a study that makes no sense.
public struct OptionError: Error, CustomStringConvertible {
  /// Its name as on the command line, without dashes.
  public let option: String
  public let value: String
  /// What would make sense.
  public let rule: String

  public var description: String { "--\(option) \(value): \(rule)" }

  /// - Throws: unless the condition holds.
  static func check(
    _ holds: Bool, _ option: String, _ value: Any, _ rule: String
  ) throws(OptionError) {
    if !holds { throw OptionError(option: option, value: "\(value)", rule: rule) }
  }
}
