extension Inspection {
  /// What would take minutes or much memory, and is left out.
  public struct Limits: Codable, Sendable, Equatable {
    /// Units × samples, inputs among the units: no more samples are used. The standard limit takes
    /// 0.4 GB for each of about four matrices.
    public var activities = 50_000_000
    /// Condition numbers are computed for units with up to this many parameters …
    public var matrix = 1_000
    /// … and for layers whose matrices take up to this many operations: those that are singular at
    /// first sight take none.
    public var operations = 2e11
    /// The rank of ∂f/∂w is computed up to this many parameters.
    public var jacobian = 3_500

    public init() {}

    /// Whether condition numbers are computed for units with so many parameters each.
    func allowConditions(of sizes: [Int], samples: Int) -> Bool {
      // A product of a matrix with its transpose, and eigenvalues.
      let operations = sizes.reduce(0.0) {
        $0 + Double($1) * Double($1) * (Double(samples) + 9 * Double($1))
      }
      return (sizes.max() ?? 0) <= matrix && operations <= self.operations
    }
  }
}
