import Intrinsic
import IntrinsicMath

extension Transformation {
  /// The units of a hidden layer in another order: the new unit k is the old unit `order[k]`.
  public static func permutation(layer: Int, _ order: [Int]) -> Transformation {
    precondition(order.sorted() == Array(order.indices), "\(order) is no order")
    return Transformation(.permutation, [UnitPermutation(layer: layer, order: order)])
  }

  /// Incoming parameters of each unit of a hidden layer times ρ > 0, outgoing ones times ρ^{−p}, p
  /// the degree of its positively homogeneous activation (Neyshabur et al. 2016, 2).
  public static func rescaling(layer: Int, _ factors: [Double]) -> Transformation {
    precondition(
      factors.allSatisfy { $0 > 0 && $0.isFinite }, "rescaling needs factors > 0, not \(factors)")
    return Transformation(.rescaling, [SignalRecoding.rescaling(layer: layer, factors)])
  }

  /// The affine reparametrization of each unit of a hidden layer (Ollivier 2015, Definition 29).
  public static func affine(layer: Int, _ change: UnitAffine) -> Transformation {
    let isScaling = (change.beta + change.delta).allSatisfy { $0 == 0 }
    return Transformation(
      isScaling ? .unitScaling : .affine, [SignalRecoding.affine(layer: layer, change)])
  }

  /// Sigmoid units become tanh units, and inputs x become 2x − 1.
  public static let tanhFromSigmoid = Transformation(
    .sigmoidTanh, [SignalRecoding.tanhFromSigmoid])

  /// Tanh units become sigmoid units, and inputs x become (x + 1)/2.
  public static let sigmoidFromTanh = Transformation(
    .sigmoidTanh, [SignalRecoding.sigmoidFromTanh])

  /// x′_i = factor_i · x_i, with factors that are not 0.
  public static func inputScaling(_ factors: [Double]) -> Transformation {
    precondition(
      factors.allSatisfy { $0 != 0 && $0.isFinite }, "inputs scaled by \(factors)")
    return Transformation(
      .inputScaling, [SignalRecoding.inputs(factors.map { AffineMap(scale: $0) })])
  }

  /// x′_i = x_i + shift_i.
  public static func inputShift(_ shifts: [Double]) -> Transformation {
    precondition(shifts.allSatisfy(\.isFinite), "inputs shifted by \(shifts)")
    return Transformation(
      .inputShift, [SignalRecoding.inputs(shifts.map { AffineMap(shift: $0) })])
  }

  /// x′_i = 1 − x_i for the given inputs among `count` (Ollivier 2015, §3.2).
  public static func inputInversion(_ inputs: Set<Int>, of count: Int) -> Transformation {
    precondition(inputs.allSatisfy((0..<count).contains), "inputs \(inputs) among \(count)")
    return Transformation(
      .inputInversion,
      [
        SignalRecoding.inputs(
          (0..<count).map { inputs.contains($0) ? AffineMap(scale: -1, shift: 1) : AffineMap() })
      ])
  }

  /// x′ = Mx + b (Ollivier 2015, Proposition 31), for networks in which every unit that reads an
  /// input reads all of them.
  ///
  /// - Throws: if M is singular.
  public static func recombination(
    _ matrix: Matrix<Double>, shift: [Double]
  ) throws(TransformationError) -> Transformation {
    Transformation(.recombination, [try InputRecombination(matrix, shift: shift)])
  }
}
