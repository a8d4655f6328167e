/// What is removed from a network first.
public enum PruningCriterion: String, CaseIterable, Codable, Sendable {
  /// Hidden units by the norm of their incoming parameters, bias included, with all weights to and
  /// from them.
  case unitNorm = "unit-norm"
  /// Weights by their magnitude.
  case magnitude
  /// Weights by their magnitude over the norm of all weights into their unit, so that the scale of a
  /// unit does not decide.
  case normalizedMagnitude = "normalized-magnitude"
}
