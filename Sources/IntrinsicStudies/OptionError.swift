/// An option of a study that makes no sense.
package struct OptionError: Error, CustomStringConvertible {
  /// Its name as on the command line, without dashes.
  package let option: String
  package let value: String
  /// What would make sense.
  package let rule: String

  package var description: String { "--\(option) \(value): \(rule)" }

  /// - Throws: unless the condition holds.
  static func check(
    _ holds: Bool, _ option: String, _ value: Any, _ rule: String
  ) throws(OptionError) {
    if !holds { throw OptionError(option: option, value: "\(value)", rule: rule) }
  }
}
