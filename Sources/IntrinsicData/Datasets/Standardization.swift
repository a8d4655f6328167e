import IntrinsicMath

/// Inputs shifted and scaled to mean 0 and standard deviation 1 over the training samples, each
/// feature by itself, or each channel of images.
///
///     let standardization = Standardization(fittedTo: train)
///     standardization.apply(to: &train.inputs)
///     standardization.apply(to: &test.inputs)
///
/// Constant features are shifted to 0 and not scaled.
public struct Standardization: Equatable, Sendable {
  /// The mean of each feature or channel.
  public let means: [Float]
  /// What each feature or channel is divided by: its standard deviation (with divisor n), 1 where
  /// that is 0.
  public let scales: [Float]
  /// The number of features.
  public let featureCount: Int
  /// The features or channels that do not vary over the training samples.
  public let constants: [Int]

  /// Whether means and scales are those of channels, the fastest index of the features.
  public var isByChannel: Bool { means.count != featureCount }

  /// What to tell about constant features, if there are any.
  public var note: String? {
    guard let first = constants.first else { return nil }
    let kind = isByChannel ? "channels" : "features"
    return "\(constants.count) of \(means.count) \(kind) do not vary over the training samples and "
      + "are not scaled; the first is \(first), counted from 0"
  }

  /// One that is known: for each feature, or for each channel of images.
  public init(means: [Float], scales: [Float], featureCount: Int) {
    precondition(
      means.count == scales.count && !means.isEmpty && featureCount % means.count == 0,
      "\(means.count) means and \(scales.count) scales for \(featureCount) features")
    precondition(scales.allSatisfy { $0 > 0 }, "a scale is not above 0")
    (self.means, self.scales, self.featureCount) = (means, scales, featureCount)
    constants = []
  }

  /// The means and deviations of training samples, by channel for images.
  public init(fittedTo data: Dataset) {
    self.init(fittedTo: data.inputs, channels: data.imageShape?.channels)
  }

  /// The means and deviations of inputs, features × samples.
  ///
  /// - Parameters:
  ///   - inputs: at least one sample.
  ///   - channels: the number of channels, a divisor of the number of features, or nil to treat
  ///     each feature by itself.
  public init(fittedTo inputs: Matrix<Float>, channels: Int? = nil) {
    let groups = channels ?? inputs.rows
    precondition(inputs.columns > 0, "standardization without samples")
    precondition(
      groups > 0 && inputs.rows % groups == 0, "\(groups) channels in \(inputs.rows) features")
    let rows = Self.sums(of: inputs)
    let size = Double(inputs.columns)
    var means: [Float] = []
    var scales: [Float] = []
    var constants: [Int] = []
    for group in 0..<groups {
      let members = stride(from: group, to: inputs.rows, by: groups)
      let count = size * Double(inputs.rows / groups)
      let mean = members.reduce(0) { $0 + rows[$1].mean * size } / count
      // Squares about the rows' means, and of these about the whole mean.
      let squares = members.reduce(0) { sum, row in
        let offset = rows[row].mean - mean
        return sum + rows[row].squares + size * offset * offset
      }
      let deviation = Float((squares / count).squareRoot())
      // Sums of equal numbers are exact here: 24 bits times the number of samples fit 53.
      let isConstant = deviation == 0
      means.append(Float(mean))
      scales.append(isConstant ? 1 : deviation)
      if isConstant { constants.append(group) }
    }
    self.means = means
    self.scales = scales
    self.constants = constants
    featureCount = inputs.rows
  }

  /// Standardizes inputs, features × samples, in place: one pass over the memory.
  public func apply(to inputs: inout Matrix<Float>) {
    precondition(
      inputs.rows == featureCount,
      "standardization of \(featureCount) features applied to \(inputs.rows)")
    let (columns, groups) = (inputs.columns, means.count)
    inputs.elements.withUnsafeMutableBufferPointer { elements in
      for row in 0..<featureCount {
        let (mean, scale) = (means[row % groups], scales[row % groups])
        for index in row * columns..<(row + 1) * columns {
          elements[index] = (elements[index] - mean) / scale
        }
      }
    }
  }

  /// The same in double precision.
  public func applied(to inputs: Matrix<Double>) -> Matrix<Double> {
    precondition(
      inputs.rows == featureCount,
      "standardization of \(featureCount) features applied to \(inputs.rows)")
    var result = inputs
    for row in 0..<featureCount {
      let (mean, scale) = (Double(means[row % means.count]), Double(scales[row % means.count]))
      for column in 0..<inputs.columns {
        result[row, column] = (inputs[row, column] - mean) / scale
      }
    }
    return result
  }

  private struct RowSums {
    var mean = 0.0
    /// Squares about the mean.
    var squares = 0.0
  }

  private static func sums(of inputs: Matrix<Float>) -> [RowSums] {
    let columns = inputs.columns
    return inputs.elements.withUnsafeBufferPointer { elements in
      (0..<inputs.rows).map { row in
        var sums = RowSums()
        for index in row * columns..<(row + 1) * columns {
          sums.mean += Double(elements[index])
        }
        sums.mean /= Double(columns)
        for index in row * columns..<(row + 1) * columns {
          let offset = Double(elements[index]) - sums.mean
          sums.squares += offset * offset
        }
        return sums
      }
    }
  }
}

extension Standardization: Codable {
  private enum CodingKeys: CodingKey {
    case means, scales, featureCount, constants
  }

  /// - Throws: `DecodingError` if the numbers do not belong together.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    means = try container.decode([Float].self, forKey: .means)
    scales = try container.decode([Float].self, forKey: .scales)
    featureCount = try container.decode(Int.self, forKey: .featureCount)
    constants = try container.decode([Int].self, forKey: .constants)
    func refuse(_ key: CodingKeys, _ text: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: text)
    }
    guard !means.isEmpty, means.allSatisfy(\.isFinite), featureCount > 0,
      featureCount % means.count == 0
    else {
      throw refuse(.means, "\(means.count) means do not fit \(featureCount) features")
    }
    guard scales.count == means.count, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw refuse(.scales, "the scales are not \(means.count) positive numbers")
    }
    guard constants.allSatisfy(means.indices.contains) else {
      throw refuse(.constants, "a constant feature is beyond the \(means.count) features")
    }
  }
}
