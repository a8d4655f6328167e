import Intrinsic
import IntrinsicMath

/// Another basis for the groups of one hidden layer, y′ = Ny and a′ = Ma: the nonlinearity becomes M s(N⁻¹y′), the
/// weights into a group N w, those from it w M⁻¹.
struct GroupRecombination: Reparametrization {
  let layer: Int
  /// M and its inverse.
  let activity: (matrix: Matrix<Double>, inverse: Matrix<Double>)
  /// N and its inverse.
  let preactivation: (matrix: Matrix<Double>, inverse: Matrix<Double>)

  var inverse: any Reparametrization {
    GroupRecombination(
      layer: layer, activity: (activity.inverse, activity.matrix),
      preactivation: (preactivation.inverse, preactivation.matrix))
  }

  func network(_ network: Network) throws(TransformationError) -> Network {
    guard case .group(let group) = network.layers[layer].activation,
      group.sizes == [activity.matrix.rows]
    else { throw .noGroups }
    do {
      return try network.replacing(
        layer: layer,
        by: ConjugatedGroup.activation(
          group, activity: activity.matrix, preactivation: preactivation.inverse))
    } catch {
      throw .network(error)
    }
  }

  func vector(
    _ vector: [Double], of network: Network, isDisplacement: Bool
  ) throws(TransformationError) -> [Double] {
    let rows = network.layers[layer].rows
    let groups = network.layers[layer].groups!.groups
    var result = vector
    for group in groups {
      let parameters = group.map { network.parameters(layer: layer, unit: $0) }
      if Set(group.map { network.layers[layer].connection.incomingRows(of: $0) }).count > 1 {
        throw .readsPartOfInputs(layer: layer, unit: group.lowerBound)
      }
      for position in 0..<parameters[0].count {
        let old = parameters.map { vector[$0.lowerBound + position] }
        for (unit, value) in zip(parameters, preactivation.matrix * old) {
          result[unit.lowerBound + position] = value
        }
      }
    }
    for (index, reader) in network.layers.enumerated() where index > layer {
      for unit in 0..<reader.unitCount {
        let places = Dictionary(
          uniqueKeysWithValues: zip(
            reader.connection.incomingRows(of: unit), network.parameters(layer: index, unit: unit)))
        for group in groups {
          let edges = group.map { places[rows.lowerBound + $0] }
          if edges.allSatisfy({ $0 == nil }) { continue }
          let known = edges.compactMap { $0 }
          if known.count < edges.count { throw .readsPartOfInputs(layer: index, unit: unit) }
          let weights = activity.inverse.transposed * known.map { vector[$0] }
          for (edge, weight) in zip(known, weights) { result[edge] = weight }
        }
      }
    }
    return result
  }
}

/// M s(N⁻¹ y) of a nonlinearity s of groups.
private struct ConjugatedGroup: GroupFunction {
  let base: GroupActivation
  /// M.
  let activity: Matrix<Double>
  /// N⁻¹.
  let preactivation: Matrix<Double>

  let name = "conjugated"
  var size: Int { activity.rows }

  /// The nonlinearity in another basis; the one that it was first in the first one again.
  static func activation(
    _ group: GroupActivation, activity: Matrix<Double>, preactivation: Matrix<Double>
  ) -> Activation {
    guard case .custom(let custom) = group.function,
      let present = custom.function as? ConjugatedGroup
    else {
      return .custom(
        ConjugatedGroup(base: group, activity: activity, preactivation: preactivation))
    }
    let composed = ConjugatedGroup(
      base: present.base, activity: activity * present.activity,
      preactivation: present.preactivation * preactivation)
    return composed.activity.isIdentity && composed.preactivation.isIdentity
      ? .group(present.base) : .custom(composed)
  }

  func value(_ y: [Double]) -> [Double] {
    activity * base.value(preactivation * y)
  }

  func jacobian(_ y: [Double]) -> Matrix<Double> {
    activity * base.jacobian(preactivation * y) * preactivation
  }
}

extension Matrix<Double> {
  /// Whether it is Id up to the rounding of products with inverses.
  fileprivate var isIdentity: Bool {
    (0..<rows).allSatisfy { i in
      (0..<columns).allSatisfy { abs(self[i, $0] - (i == $0 ? 1 : 0)) < 1e-10 }
    }
  }
}
