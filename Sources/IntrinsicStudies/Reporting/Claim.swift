/// One statement of a paper, beside what was measured here.
package struct Claim: Codable, Equatable, Sendable {
  /// The measured values that agree with a statement. Bounds are included.
  package enum Band: Equatable, Sendable {
    case within(ClosedRange<Double>)
    case atLeast(Double)
    case atMost(Double)
  }

  /// What the paper says, in words.
  package let statement: String
  /// Where it says so, such as "Ollivier 2015, Table 2".
  package let source: String
  /// The paper's number as printed there, if it gives one.
  package let published: String?
  /// The number measured here.
  package let measured: Double
  /// The unit of the numbers; empty for a ratio or a count.
  package let unit: String
  /// The least measured value that agrees, if there is one.
  package let lower: Double?
  /// The greatest measured value that agrees, if there is one.
  package let upper: Double?

  package init(
    _ statement: String, source: String, published: String? = nil, measured: Double, band: Band,
    unit: String = ""
  ) {
    self.statement = statement
    self.source = source
    self.published = published
    self.measured = measured
    self.unit = unit
    switch band {
    case .within(let range): (lower, upper) = (range.lowerBound, range.upperBound)
    case .atLeast(let bound): (lower, upper) = (bound, nil)
    case .atMost(let bound): (lower, upper) = (nil, bound)
    }
  }

  /// Whether the measured value lies in the band. NaN and infinities never do.
  package var isMet: Bool {
    measured.isFinite && measured >= lower ?? -.infinity && measured <= upper ?? .infinity
  }

  private enum CodingKeys: String, CodingKey {
    case statement, source, published, measured, unit, lower, upper, isMet
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    statement = try container.decode(String.self, forKey: .statement)
    source = try container.decode(String.self, forKey: .source)
    published = try container.decodeIfPresent(String.self, forKey: .published)
    measured = try container.decode(Double.self, forKey: .measured)
    unit = try container.decode(String.self, forKey: .unit)
    lower = try container.decodeIfPresent(Double.self, forKey: .lower)
    upper = try container.decodeIfPresent(Double.self, forKey: .upper)
  }

  /// Encodes every property, ``isMet`` among them so that a reader need not work it out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(statement, forKey: .statement)
    try container.encode(source, forKey: .source)
    try container.encodeIfPresent(published, forKey: .published)
    try container.encode(measured, forKey: .measured)
    try container.encode(unit, forKey: .unit)
    try container.encodeIfPresent(lower, forKey: .lower)
    try container.encodeIfPresent(upper, forKey: .upper)
    try container.encode(isMet, forKey: .isMet)
  }
}
