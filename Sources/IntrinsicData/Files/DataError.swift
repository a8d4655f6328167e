/// Why data cannot be read, converted or written: where, what was found, what to do.
public enum DataError: Error, Equatable, CustomStringConvertible {
  /// A file is not where it was looked for.
  case missing(file: String, lookedIn: [String], remedy: String)
  /// A file is there, but cannot be opened or read.
  case unreadable(file: String, reason: String)
  /// The data end before a part that must follow. `part` names it; both numbers are bytes.
  case truncated(Place, part: String, needed: UInt64, available: Int)
  /// The data break the rules of their format.
  case malformed(Place, found: String, remedy: String)
  /// The data follow their format, but use a part of it that is not read here.
  case unsupported(Place, found: String, remedy: String)
  /// The decompressed data would exceed a limit in bytes.
  case tooLarge(Place, limit: Int)
  /// Numbers are NaN or infinite; the first of `count` is given.
  case notFinite(Place, element: [Int], value: Double, count: Int)
  /// An element has no equal in the type asked for.
  case inexact(element: [Int], value: String, type: String)
  /// A file cannot be written.
  case cannotWrite(path: String, reason: String)

  /// A position in a file.
  public struct Place: Equatable, Sendable, CustomStringConvertible {
    /// The file, as the caller named it.
    public var file: String
    /// The member of an archive, or the tensor.
    public var member: String?
    /// The byte in the file, counted from 0.
    public var offset: Int?
    /// Whether the offset counts the bytes of the file, or of the archive's member, after
    /// decompression instead.
    public var isDecompressed: Bool
    /// The line of a text file, counted from 1.
    public var line: Int?
    /// The column of a table.
    public var column: String?

    public init(
      file: String, member: String? = nil, offset: Int? = nil, isDecompressed: Bool = false,
      line: Int? = nil, column: String? = nil
    ) {
      self.file = file
      self.member = member
      self.offset = offset
      self.isDecompressed = isDecompressed
      self.line = line
      self.column = column
    }

    public var description: String {
      var text = "“\(printable(file))”"
      if let member { text += ", “\(printable(member))”" }
      if let offset { text += ", byte \(offset)" + (isDecompressed ? " when decompressed" : "") }
      if let line { text += ", line \(line)" }
      if let column { text += ", column “\(printable(column))”" }
      return text
    }
  }

  public var description: String {
    switch self {
    case .missing(let file, let lookedIn, let remedy):
      "“\(printable(file))” is missing; looked for in "
        + "\(lookedIn.map { "“\(printable($0))”" }.joined(separator: ", ")). \(remedy)"
    case .unreadable(let file, let reason):
      "“\(printable(file))” cannot be read: \(reason). Check the path and its permissions."
    case .truncated(let place, let part, let needed, let available):
      "\(place): \(part) needs \(needed) bytes, but \(available) are left. "
        + "The file is cut short or damaged; fetch or write it again."
    case .malformed(let place, let found, let remedy),
      .unsupported(let place, let found, let remedy):
      "\(place): \(found). \(remedy)"
    case .tooLarge(let place, let limit):
      "\(place): the decompressed data would exceed \(limit) bytes. "
        + "If the file is to be trusted, raise the limit."
    case .notFinite(let place, let element, let value, let count):
      "\(place): element \(element) is \(value)"
        + (count > 1 ? ", the first of \(count) values that are not finite. " : ". ")
        + "Remove or replace such values."
    case .inexact(let element, let value, let type):
      "element \(element) is \(value), which \(type) cannot hold. Read it as another type."
    case .cannotWrite(let path, let reason):
      "“\(printable(path))” cannot be written: \(reason). Check the free space and permissions."
    }
  }
}

extension DataError {
  /// What to do with a file that breaks its format.
  static let writeAgain = "The file is damaged; fetch or write it again."

  /// A format error with the usual remedy.
  static func malformed(_ place: Place, _ found: String) -> DataError {
    .malformed(place, found: found, remedy: writeAgain)
  }
}

/// A text from a file made safe to print: control characters escaped, no longer than a line or two.
func printable(_ text: String) -> String {
  let limit = 200
  var result = ""
  for (index, scalar) in text.unicodeScalars.enumerated() {
    if index == limit { return result + "…" }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
      result += "\\u{\(String(scalar.value, radix: 16))}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
