import IntrinsicMath

/// A nonlinearity s: ℝ^P → ℝ^P of the caller's for groups of P units.
///
///     struct Rotation: GroupFunction {
///       let name = "rotation"
///       let size = 2
///       func value(_ y: [Double]) -> [Double] { [-y[1], y[0]] }
///       func jacobian(_ y: [Double]) -> Matrix<Double> { Matrix(rows: 2, columns: 2, elements: [0, -1, 1, 0]) }
///     }
///     Activation.register(Rotation())
///     builder.dense(6, .custom(Rotation()))
///
/// It is computed in Double, a group at a time.
public protocol GroupFunction: Sendable {
  /// The name in files and network words, which P follows: lower-case letters, and unlike those of the library.
  var name: String { get }
  /// P.
  var size: Int { get }
  /// a = s(y), P numbers.
  func value(_ y: [Double]) -> [Double]
  /// R_cd = ∂a_c/∂y_d, P × P.
  func jacobian(_ y: [Double]) -> Matrix<Double>
}

/// A nonlinearity of the caller's as part of a network: the same function if it has the same name and size.
public struct CustomGroupActivation: Hashable, Sendable {
  public let function: any GroupFunction

  public init(_ function: some GroupFunction) { self.function = function }

  private var key: String { "\(function.name)\(function.size)" }

  public static func == (a: CustomGroupActivation, b: CustomGroupActivation) -> Bool {
    a.key == b.key
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(key) }

  private static let registry = Registry<CustomGroupActivation>()

  static func registered(_ key: String) -> CustomGroupActivation? { registry[key] }

  fileprivate static func register(_ activation: CustomGroupActivation) {
    let name = activation.function.name
    precondition(
      !name.isEmpty && name.allSatisfy { $0.isLetter && $0.isLowercase },
      "a nonlinearity of groups named “\(name)”; a name has lower-case letters only")
    precondition(
      !["identity", "softmax", "radial"].contains(name),
      "the library has a nonlinearity of groups named “\(name)” itself")
    registry[activation.key] = activation
  }

  func apply<T: Scalar>(
    groups: Int, count: Int, y: UnsafePointer<T>, a: UnsafeMutablePointer<T>,
    r: UnsafeMutablePointer<T>?
  ) {
    let size = function.size
    for group in 0..<groups {
      let first = group * size * count
      for x in 0..<count {
        // The memory of y may be that of a.
        let y = (0..<size).map { Double(y[first + $0 * count + x]) }
        let value = function.value(y)
        precondition(
          value.count == size, "“\(function.name)” has \(value.count) values for \(size) units")
        for c in 0..<size { a[first + c * count + x] = T(value[c]) }
        guard let r else { continue }
        let jacobian = function.jacobian(y)
        precondition(
          jacobian.rows == size && jacobian.columns == size,
          "“\(function.name)” has a Jacobian of \(jacobian.rows) × \(jacobian.columns), "
            + "not \(size) × \(size)")
        for (entry, value) in jacobian.elements.enumerated() {
          r[(group * size * size + entry) * count + x] = T(value)
        }
      }
    }
  }
}

extension Activation {
  /// Makes a nonlinearity of groups known to files and network words by its name and size; one of the same is
  /// replaced. A program that reads a network with it calls this first.
  public static func register(_ function: some GroupFunction) {
    CustomGroupActivation.register(CustomGroupActivation(function))
  }
}
