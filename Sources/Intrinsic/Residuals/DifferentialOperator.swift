/// The outputs of a network at a point with their derivatives with respect to the inputs: one number for each
/// output and component.
public struct OutputJet: Sendable {
  /// What a number is.
  public enum Component: Hashable, Sendable {
    /// u.
    case value
    /// ∂_d u for input d, counted from 0.
    case slope(Int)
    /// Δ_κ u.
    case laplacian
  }

  let shape: JetShape
  /// Outputs × components.
  var elements: [Double]

  init(outputCount: Int, _ shape: JetShape) {
    self.shape = shape
    elements = [Double](repeating: 0, count: outputCount * shape.componentCount)
  }

  /// A component of an output, counted from 0. It must be one that the operator's order carries.
  public subscript(component: Component, output: Int = 0) -> Double {
    get { elements[index(component, output)] }
    set { elements[index(component, output)] = newValue }
  }

  private func index(_ component: Component, _ output: Int) -> Int {
    let count = shape.componentCount
    precondition(
      (0..<elements.count / count).contains(output),
      "output \(output) of \(elements.count / count)")
    switch component {
    case .value: return output * count
    case .slope(let d):
      precondition((0..<shape.slopeCount).contains(d), "∂_\(d) of \(shape.slopeCount) slopes")
      return output * count + 1 + d
    case .laplacian:
      precondition(shape.laplacian != nil, "Δ of an operator whose order has none")
      return output * count + count - 1
    }
  }
}

/// A differential operator N: what a physics-informed network is to satisfy, N u = f. ``LinearOperator`` is a sum
/// of derivatives; this protocol makes one that is not linear, or whose coefficients change from point to point.
///
///     /// Burgers' equation ∂_t u + u ∂_x u − ν ∂_x² u, over inputs (t, x).
///     struct Burgers: DifferentialOperator {
///       let viscosity: Double
///       var order: DerivativeOrder { .laplacian([0, viscosity]) }
///       func value(_ u: OutputJet, at x: [Double]) -> Double {
///         u[.slope(0)] + u[.value] * u[.slope(1)] - u[.laplacian]
///       }
///       func derivative(_ u: OutputJet, at x: [Double], into l: inout OutputJet) {
///         (l[.slope(0)], l[.laplacian]) = (1, -1)
///         (l[.value], l[.slope(1)]) = (u[.slope(1)], u[.value])
///       }
///     }
public protocol DifferentialOperator: Sendable {
  /// Which derivatives it reads.
  var order: DerivativeOrder { get }

  /// N u at a point.
  func value(_ u: OutputJet, at point: [Double]) -> Double

  /// l = ∂(N u)/∂u for each component that it depends on; all are 0 before.
  func derivative(_ u: OutputJet, at point: [Double], into l: inout OutputJet)
}

/// The linear operator c u + Σ_d v_d ∂_d u + Σ_d κ_d ∂_d² u with constant coefficients, of one output.
///
///     LinearOperator(laplacian: [-1, -1])                       // −Δu: Poisson
///     LinearOperator(gradient: [1, 0], laplacian: [0, -0.25])   // ∂_t u − ¼ ∂_x² u: heat
///     LinearOperator(value: 1)                                  // u: Dirichlet
///     LinearOperator(gradient: [1, 0])                          // ∂_1 u: Neumann
public struct LinearOperator: DifferentialOperator, Hashable {
  /// c.
  public let value: Double
  /// v; empty for none.
  public let gradient: [Double]
  /// κ; empty for none.
  public let laplacian: [Double]
  /// Whose derivatives, counted from 0.
  public let output: Int

  public init(
    value: Double = 0, gradient: [Double] = [], laplacian: [Double] = [], output: Int = 0
  ) {
    self.value = value
    self.gradient = gradient
    self.laplacian = laplacian
    self.output = output
  }

  public var order: DerivativeOrder {
    if !laplacian.isEmpty { return .laplacian(laplacian) }
    return gradient.isEmpty ? .value : .gradient
  }

  public func value(_ u: OutputJet, at point: [Double]) -> Double {
    var sum = laplacian.isEmpty ? 0 : u[.laplacian, output]
    if value != 0 { sum += value * u[.value, output] }
    for (d, factor) in gradient.enumerated() where factor != 0 {
      sum += factor * u[.slope(d), output]
    }
    return sum
  }

  public func derivative(_ u: OutputJet, at point: [Double], into l: inout OutputJet) {
    if !laplacian.isEmpty { l[.laplacian, output] = 1 }
    l[.value, output] = value
    for (d, factor) in gradient.enumerated() { l[.slope(d), output] = factor }
  }
}
