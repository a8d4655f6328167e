import IntrinsicMath

/// Samples with targets, as read from files.
///
///     let (train, test) = try Dataset.read("iris.csv", options: .init(label: "species"))
///     let parts = train.split(validation: 0.1, using: stream)
public struct Dataset: Sendable {
  /// What is to be predicted.
  public enum Targets: Sendable {
    /// The class of each sample, numbered from 0, and the name of each class.
    case classes([Int], names: [String])
    /// Targets × samples, and the name of each target.
    case values(Matrix<Float>, names: [String])
  }

  /// Features × samples.
  public var inputs: Matrix<Float>
  /// As many targets as samples.
  public var targets: Targets
  /// The weight of each sample, 0 or more; all 1 if nil.
  public var weights: [Float]?
  /// The shape if the samples are images; features are then ordered (height, width, channel), the
  /// channel fastest.
  public var imageShape: ImageShape?
  /// The name of each feature, if the file has names.
  public var featureNames: [String]?
  /// The files, each as its name and the SHA-256 of its bytes.
  public var sources: [String]
  /// How the columns of a table became features, if they are of a table.
  public var encoding: TableEncoding?
  /// What a reader should know of how the file was read.
  public var notes: [String]

  /// The number of samples.
  public var count: Int { inputs.columns }

  /// Samples of matching counts.
  public init(
    inputs: Matrix<Float>, targets: Targets, imageShape: ImageShape? = nil,
    featureNames: [String]? = nil, sources: [String] = [], encoding: TableEncoding? = nil,
    notes: [String] = []
  ) {
    switch targets {
    case .classes(let classes, let names):
      precondition(
        classes.count == inputs.columns, "\(classes.count) classes for \(inputs.columns) samples")
      precondition(
        classes.allSatisfy(names.indices.contains), "a class beyond the \(names.count) names")
    case .values(let values, let names):
      precondition(
        values.columns == inputs.columns,
        "targets for \(values.columns) samples, inputs for \(inputs.columns)")
      precondition(
        values.rows == names.count, "\(names.count) names for \(values.rows) targets")
    }
    if let imageShape {
      precondition(
        imageShape.count == inputs.rows, "images of \(imageShape) in \(inputs.rows) features")
    }
    if let featureNames {
      precondition(
        featureNames.count == inputs.rows,
        "\(featureNames.count) names for \(inputs.rows) features")
    }
    self.inputs = inputs
    self.targets = targets
    self.imageShape = imageShape
    self.featureNames = featureNames
    self.sources = sources
    self.encoding = encoding
    self.notes = notes
  }
}
