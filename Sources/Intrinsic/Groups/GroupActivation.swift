import IntrinsicMath

/// The nonlinearity of units whose activity is a vector, s: ℝ^P → ℝ^P with the Jacobian R = ∂a/∂y (Ollivier
/// 2015, §2.2).
///
/// Such a unit is a group of P units of a layer, one after the other, each with weights of its own (*free
/// weights*): y^c = Σ_i w_i^c ã_i reads every component of the groups below. Unitwise metrics keep the matrix
/// E[C ⊗ ã ãᵀ] over all parameters of a group, C = Rᵀ Φ R, and so know nothing of the basis that a group's
/// activity is written in.
public struct GroupActivation: Hashable, Sendable {
  /// s.
  public enum Function: Hashable, Sendable {
    /// a = y: outputs that belong together, for unitwise metrics.
    case identity
    /// a_c = e^(y_c)/Σ_d e^(y_d)
    case softmax
    /// a = tanh(‖y‖) y/‖y‖
    case radial
    /// A function of the caller's, known to files by its name.
    case custom(CustomGroupActivation)
  }

  public let function: Function
  /// P of each group in turn, or one number where all groups are alike.
  public let sizes: [Int]

  /// The sizes that groups can have.
  public static let validSizes = 1...256

  init(_ function: Function, sizes: [Int]) {
    precondition(
      !sizes.isEmpty && sizes.allSatisfy(Self.validSizes.contains),
      "groups of \(sizes) units; each has 1 to 256")
    (self.function, self.sizes) = (function, sizes)
  }

  /// The groups of a layer; nil if its units are no whole number of them.
  func layout(units: Int) -> GroupLayout? {
    if sizes.count > 1 { return sizes.reduce(0, +) == units ? GroupLayout(sizes: sizes) : nil }
    return units % sizes[0] == 0
      ? GroupLayout(sizes: [Int](repeating: sizes[0], count: units / sizes[0])) : nil
  }

  /// Activities of groups of one size and, unless `r` is nil, their Jacobians, P² rows of `count` a group; the
  /// memory of a may be that of y.
  func apply<T: Scalar>(
    groups: Int, size: Int, count: Int, y: UnsafePointer<T>, a: UnsafeMutablePointer<T>,
    r: UnsafeMutablePointer<T>?
  ) {
    switch function {
    case .identity: if a != y { a.update(from: y, count: groups * size * count) }
    case .softmax:
      T.groupSoftmax(groups: groups, size: size, count: count, y: y, a: a, r: r)
    case .radial:
      T.groupRadial(groups: groups, size: size, count: count, y: y, a: a, r: r)
    case .custom(let activation):
      activation.apply(groups: groups, count: count, y: y, a: a, r: r)
    }
  }
}

extension GroupActivation {
  /// s(y) of one group.
  package func value(_ y: [Double]) -> [Double] {
    var a = y
    apply(groups: 1, size: y.count, count: 1, y: y, a: &a, r: nil)
    return a
  }

  /// R of one group, P × P.
  package func jacobian(_ y: [Double]) -> Matrix<Double> {
    var (a, r) = (y, Matrix<Double>(rows: y.count, columns: y.count))
    if case .identity = function {
      for i in y.indices { r[i, i] = 1 }
    } else {
      apply(groups: 1, size: y.count, count: 1, y: y, a: &a, r: &r.elements)
    }
    return r
  }
}

extension GroupActivation: CustomStringConvertible {
  /// The function and its sizes, such as `softmax3` or `identity1+2`.
  public var description: String {
    let name =
      switch function {
      case .identity: "identity"
      case .softmax: "softmax"
      case .radial: "radial"
      case .custom(let activation): activation.function.name
      }
    return name + sizes.map(String.init).joined(separator: "+")
  }

  /// By name, as in `description`.
  init?(_ text: String) {
    let name = String(text.prefix { !$0.isNumber })
    let numbers = text.dropFirst(name.count).split(separator: "+", omittingEmptySubsequences: false)
    let sizes = numbers.compactMap { Int($0) }
    guard sizes.count == numbers.count, sizes.allSatisfy(Self.validSizes.contains),
      sizes.count > 1 || sizes.first.map({ $0 > 1 }) == true
    else { return nil }
    let function: Function? =
      switch name {
      case "identity": .identity
      case "softmax": .softmax
      case "radial": .radial
      default: CustomGroupActivation.registered(text).map { .custom($0) }
      }
    guard let function else { return nil }
    self.init(function, sizes: sizes)
  }
}

extension Activation {
  /// a = y, for groups of outputs whose parameters belong together in unitwise metrics: P of each group, or of all.
  public static func identity(of sizes: Int...) -> Activation {
    .group(GroupActivation(.identity, sizes: sizes))
  }
  /// a_c = e^(y_c)/Σ_d e^(y_d) within each group: P of each, or of all.
  public static func softmax(of sizes: Int...) -> Activation {
    .group(GroupActivation(.softmax, sizes: sizes))
  }
  /// a = tanh(‖y‖) y/‖y‖ of each group, which turns with y: P of each, or of all.
  public static func radial(of sizes: Int...) -> Activation {
    .group(GroupActivation(.radial, sizes: sizes))
  }
  /// A nonlinearity of the caller's for groups of its size.
  public static func custom(_ function: some GroupFunction) -> Activation {
    .group(
      GroupActivation(.custom(CustomGroupActivation(function)), sizes: [function.size]))
  }

  /// Whether it groups units without changing their activities.
  package var isIdentityOfGroups: Bool {
    if case .group(let group) = self { group.function == .identity } else { false }
  }

  /// The nonlinearity of groups, if activities are not simply y.
  var groupNonlinearity: GroupActivation? {
    if case .group(let group) = self, group.function != .identity { group } else { nil }
  }
}
