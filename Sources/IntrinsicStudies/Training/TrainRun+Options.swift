import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath

extension TrainRun {
  /// What a training is asked to be: `config.json` of its directory.
  package struct Options: Codable, Sendable {
    /// The file or folder of the data, as given.
    package var data: String
    /// What is to be predicted, where the data have several columns.
    package var label: String?
    /// Whether whole numbers to predict are values rather than classes.
    package var isRegression = false
    /// Columns of tables that are left out; nil in runs of version 0.1.
    package var ignored: [String]?
    /// What to do with cells of tables that hold nothing; nil in runs of version 0.1.
    package var missing: MissingValues?
    /// A file of test samples.
    package var test: String?
    /// A file of samples for validation, in place of a share of the training samples.
    package var validationFile: String?
    /// The columns of tables that are features; nil for all that are left.
    package var columns: [String]?
    /// The column of tables with the weights of samples.
    package var weightColumn: String?
    /// What the samples of each class count in the loss.
    package var classWeights: ClassWeights?
    /// The shape of images that are stored flat.
    package var image: ImageShape?
    /// The architecture; nil where training begins with a saved network.
    package var network: NetworkText?
    /// The file of the saved network that training begins with, if any.
    package var from: String?
    package var method = MethodOptions()
    /// Samples of a batch; nil for 100, or for all where the method is best on them.
    package var batch: Int?
    /// Epochs at most; nil for as many as some thousand steps need, and an end when the validation
    /// loss improves no more.
    package var epochs: Int?
    /// Epochs without a lower validation loss before training ends; nil for never, or with the epochs
    /// automatic.
    package var patience: Int?
    /// The share of the training samples that is set apart for validation.
    package var validation = 0.1
    /// The adaptive penalty on gains, for the noise of batches of so many samples; nil for none.
    package var gammaDecay: Int?
    /// Whether features are shifted and scaled to mean 0 and variance 1.
    package var standardize = true
    /// Whether the values of a regression are, too; false in runs of version 0.1.
    package var standardizesTargets: Bool? = true
    package var seed: UInt64
    package var threads = 1

    package init(data: String, network: NetworkText?, seed: UInt64) {
      self.data = data
      self.network = network
      self.seed = seed
    }

    /// Whether the method is chosen by the data, where another number of epochs was asked for later.
    private(set) var choosesMethod: Bool?

    /// Whether nothing says how to train.
    var leavesChoice: Bool {
      choosesMethod
        ?? (method == MethodOptions() && batch == nil && epochs == nil && gammaDecay == nil)
    }

    /// The same training for another number of epochs.
    package mutating func setEpochs(_ count: Int) {
      choosesMethod = leavesChoice
      epochs = count
    }

    /// Whether some samples are not trained on, but tell when to stop.
    var validates: Bool { validation > 0 || validationFile != nil }

    /// What the network is called in titles.
    var networkName: String {
      network?.description ?? URL(fileURLWithPath: from ?? "").lastPathComponent
    }

    /// The network that training begins with, if it is a saved one.
    ///
    /// - Throws: `DataError` if its file cannot be read.
    package func savedNetwork() throws(DataError) -> SavedNetwork? {
      guard let from else { return nil }
      return try SavedNetwork(contentsOf: URL(fileURLWithPath: from))
    }

    /// How the data are read: with the columns and classes of the network that training begins with.
    package func datasetOptions(for saved: SavedNetwork? = nil) -> DatasetOptions {
      var options = DatasetOptions(
        label: label, isRegression: isRegression, ignoredColumns: ignored ?? [],
        missing: missing ?? .refuse, imageShape: image, test: test)
      options.featureColumns = columns
      options.weightColumn = weightColumn
      guard let saved else { return options }
      options.isRegression = !saved.model.network.output.targetsAreClasses
      options.encoding = saved.metadata.encoding
      options.classNames = saved.metadata.classes
      return options
    }
  }

  /// Checks all that can be checked before data are read.
  ///
  /// - Throws: if an option makes no sense, or the network or the metric cannot exist.
  package static func check(_ options: Options) throws {
    try OptionError.check(
      1...1_000_000_000,
      [
        "batch": options.batch ?? 1, "epochs": options.epochs ?? 1, "threads": options.threads,
        "patience": options.patience ?? 1, "gamma-decay": options.gammaDecay ?? 1,
      ])
    try OptionError.check(
      (0..<1).contains(options.validation), "validation", options.validation,
      "a share from 0 to below 1 is needed")
    try OptionError.check(
      options.patience == nil || options.validates, "patience", options.patience ?? 0,
      "an early end needs a validation set")
    try options.method.check()
    try OptionError.check(
      (options.network == nil) != (options.from == nil), "from", options.from ?? "",
      "name either a network to begin with or the layers of a new one, with --network")
    if options.from != nil {
      let settled = "the network to begin with has settled it; leave the option out"
      try OptionError.check(
        options.columns == nil, "columns", options.columns?.joined(separator: ",") ?? "", settled)
      try OptionError.check(
        options.ignored?.isEmpty ?? true, "ignore", options.ignored?.joined(separator: ",") ?? "",
        settled)
      try OptionError.check(
        (options.missing ?? .refuse) == .refuse, "missing", options.missing?.rawValue ?? "",
        settled)
      try OptionError.check(options.standardize, "no-standardize", "", settled)
    }
    guard let text = options.network else { return }
    // What can be wrong with convolutions depends on the images.
    if text.needsImage { return }
    // What can be wrong with others does not depend on the number of inputs.
    try check(
      options,
      fit: text.network(
        inputs: 1, output: options.method.findsPenalty == true ? .square : .softmax))
  }

  static func check(_ options: Options, fit network: Network) throws {
    try OptionError.check(
      options.gammaDecay == nil || network.isNormalized, "gamma-decay", options.gammaDecay ?? 0,
      "the network has no normalized layers, on whose gains the penalty is")
    let _: any StepRule<Float> = try options.method.method.rule(
      for: network, maximumBatchSize: 1, stream: RandomStream(seed: 0))
  }
}
