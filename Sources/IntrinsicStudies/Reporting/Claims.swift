import Foundation

/// The claims of one study.
package struct Claims: Codable, Equatable, Sendable {
  /// The claims in the order in which they are reported.
  package var list: [Claim]

  package init(_ list: [Claim] = []) {
    self.list = list
  }

  /// Whether every claim is met.
  package var areMet: Bool { list.allSatisfy(\.isMet) }

  /// Writes `claims.json`: an array of claims.
  package func write(to directory: RunDirectory) throws(RunDirectoryError) {
    try directory.write(self, as: "claims.json")
  }

  /// A row for each claim, marked ✓ if met and ✗ if not.
  package func table() -> TextTable {
    var table = TextTable(columns: [
      .init(""), .init("Claim"), .init("Published", .trailing), .init("Measured", .trailing),
      .init("Band", .trailing), .init("Unit"), .init("Source"),
    ])
    for claim in list {
      table.addRow([
        claim.isMet ? "✓" : "✗", claim.statement, claim.published ?? "–",
        Self.short(claim.measured), Self.band(of: claim), claim.unit, claim.source,
      ])
    }
    return table
  }

  package init(from decoder: any Decoder) throws {
    list = try decoder.singleValueContainer().decode([Claim].self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(list)
  }

  private static func band(of claim: Claim) -> String {
    switch (claim.lower, claim.upper) {
    case (let lower?, let upper?): "\(short(lower)) … \(short(upper))"
    case (let lower?, nil): "≥ \(short(lower))"
    case (nil, let upper?): "≤ \(short(upper))"
    case (nil, nil): "any"
    }
  }

  /// Four significant digits, enough to compare with a printed number.
  private static func short(_ value: Double) -> String {
    value.isFinite ? String(format: "%.4g", value) : "\(value)"
  }
}
