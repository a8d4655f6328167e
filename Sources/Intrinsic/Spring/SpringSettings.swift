/// How ``SpringDescent`` and ``SpringRule`` go about it.
public struct SpringSettings: Hashable, Sendable, Codable {
  /// A: a Fisher metric or one from gradients of the loss; full, or a reduction by signals.
  public var metric = Metric.naturalGradient
  /// D.
  public var scaling = Scaling.identity
  /// λ.
  public var damping = 1e-3
  /// μ; 0 for MinSR.
  public var momentum = 0.9
  /// How long steps are.
  public var search = LogarithmicSearch.none

  public init() {}

  /// Stops a program that asks for what makes no sense.
  func check() {
    precondition(damping > 0 && damping.isFinite, "λ = \(damping); it must be above 0")
    precondition((0..<1).contains(momentum), "μ = \(momentum); it must be in 0..<1")
  }
}
