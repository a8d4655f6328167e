import Foundation
import IntrinsicMath

extension Dataset {
  /// Reads what is at a path, recognized by its content; every file may be compressed with gzip.
  ///
  /// - A folder with the MNIST files, or with the batches of the CIFAR-10 binary version. Pixels
  ///   are scaled to 0 to 1.
  /// - A table as text: CSV, or separated by semicolons, tabs or blanks, with a line of column names or
  ///   without (``TableEncoding``). One column is the label: any texts or whole numbers are classes, other
  ///   numbers are values. For regression several columns may be targets.
  /// - An npz file with arrays `x` and `y` (or the like, see ``DatasetOptions``), or `x_train`,
  ///   `y_train`, `x_test` and `y_test`: samples × features, or images as samples × height × width,
  ///   with channels as a fourth axis if there are several. Images of unsigned bytes are scaled
  ///   from 0…255 to 0…1, other numbers taken as they are.
  /// - An npy file of samples × columns, the label being the number of a column.
  /// - A folder with `train.csv` and perhaps `test.csv`, the same as npz or npy, or with such arrays
  ///   as npy files of these names.
  ///
  /// - Parameters:
  ///   - path: a file or a folder.
  ///   - options: what the files do not say.
  /// - Returns: the training samples, and the test samples if the path or the options name them.
  ///   Both have the same features and classes.
  /// - Throws: ``DataError`` if a file is not of these kinds, is damaged, has numbers that are not
  ///   finite, or does not make a data set; it names the line and column, or the element.
  public static func read(
    _ path: String, options: DatasetOptions = .init()
  ) throws(DataError) -> (train: Dataset, test: Dataset?) {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    var (train, test) =
      try exists && isFolder.boolValue ? folder(url, options) : file(url, options)
    if let other = options.test {
      var options = options
      options.weightColumn = nil
      test = try read(other, like: train, options: options)
    }
    if options.test == nil, let test {
      try test.requireFeatures(of: train, place: .init(file: path))
    }
    return (train, test)
  }

  /// Checks that samples can be put to a model that was trained with others: the same number of
  /// features, images of the same shape, and the same names where both have names.
  ///
  /// - Parameters:
  ///   - other: the samples of training.
  ///   - place: where these samples are from, for the message.
  public func requireFeatures(
    of other: Dataset, place: DataError.Place
  ) throws(DataError) {
    let remedy = "Give these samples the features of the training samples, in the same order."
    func refuse(_ found: String) -> DataError { .malformed(place, found: found, remedy: remedy) }
    if let shape = imageShape, let wanted = other.imageShape, shape != wanted {
      throw refuse("the images are \(shape), but those of the training samples \(wanted)")
    }
    if inputs.rows != other.inputs.rows {
      throw refuse(
        "there are \(inputs.rows) features, but \(other.inputs.rows) in the training samples")
    }
    if let featureNames, let wanted = other.featureNames {
      for (index, (name, wanted)) in zip(featureNames, wanted).enumerated() where name != wanted {
        throw refuse(
          "feature \(index), counted from 0, is “\(printable(name))”, but "
            + "“\(printable(wanted))” in the training samples")
      }
    }
    if case .values(let values, _) = targets, case .values(let wanted, _) = other.targets,
      values.rows != wanted.rows
    {
      throw refuse("there are \(values.rows) targets, but \(wanted.rows) in the training samples")
    }
  }

  /// Reads a file of samples in the same form as those of training: with their columns, found by name, and
  /// their classes.
  ///
  /// - Throws: ``DataError`` as ``read(_:options:)``, and if the features or the classes are others.
  public static func read(
    _ path: String, like train: Dataset, options: DatasetOptions = .init()
  ) throws(DataError) -> Dataset {
    var options = options
    options.test = nil
    options.encoding = train.encoding
    if case .classes(_, let names) = train.targets { options.classNames = names }
    let samples = try file(URL(fileURLWithPath: path), options).train
    try samples.requireFeatures(of: train, place: .init(file: path))
    return samples
  }

  private static func file(
    _ url: URL, _ options: DatasetOptions
  ) throws(DataError) -> (train: Dataset, test: Dataset?) {
    let file = try SourceFile(url)
    if try isText(file.content, file: file.path) { return (try table(file, options), nil) }
    try options.requireNoColumns(file.path)
    guard file.content.starts(with: NPY.magic) else {
      return try ArrayCollection(
        arrays: NPZ.decode(file.content, file: file.path), path: file.path,
        identities: [file.identity]
      ).datasets(options)
    }
    var options = options
    let table = try ArrayCollection(
      table: NPY.decode(file.content, file: file.path), file: file, label: options.label)
    (options.inputs, options.label) = ("x", "y")
    return try table.datasets(options)
  }

  /// Whether bytes are the beginning of a table as text, not of an npy or npz file.
  ///
  /// - Throws: ``DataError/unsupported(_:found:remedy:)`` if they are of none of these.
  static func isText(_ bytes: some Sequence<UInt8>, file: String) throws(DataError) -> Bool {
    if bytes.starts(with: NPY.magic) || bytes.starts(with: Array("PK".utf8)) { return false }
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      throw .unsupported(
        .init(file: file), found: "the text is UTF-16",
        remedy: "Save it as UTF-8: iconv -f UTF-16 -t UTF-8.")
    }
    guard !bytes.prefix(4096).contains(0) else {
      throw .unsupported(
        .init(file: file), found: "the file is neither text nor an array of NumPy",
        remedy: "Pass a CSV, npy or npz file, or the folder of the MNIST or CIFAR-10 files.")
    }
    return true
  }

  private static func folder(
    _ url: URL, _ options: DatasetOptions
  ) throws(DataError) -> (train: Dataset, test: Dataset?) {
    if let source = imageSet(in: url) {
      if options.isRegression {
        throw .unsupported(
          .init(file: url.path), found: "the images have classes, not numbers as targets",
          remedy: "Do not ask for regression.")
      }
      try options.requireNoColumns(url.path)
      return try images(source, in: url, options)
    }
    for suffix in ["csv", "npz", "npy"] {
      guard let train = DataFolder.find("train.\(suffix)", in: url) else { continue }
      let samples = try file(train, options)
      guard let other = DataFolder.find("test.\(suffix)", in: url) else { return samples }
      var options = options
      options.weightColumn = nil
      return (samples.train, try read(other.path, like: samples.train, options: options))
    }
    try options.requireNoColumns(url.path)
    return try arrays(in: url).datasets(options)
  }

  /// What images a folder holds, if it does.
  static func imageSet(in url: URL) -> (any ImageSet.Type)? {
    let sources: [any ImageSet.Type] = [MNIST.self, CIFAR10.self]
    return sources.first { !$0.files(in: url).isEmpty }
  }

  /// The npy files of a folder.
  static func arrays(in url: URL) throws(DataError) -> ArrayCollection {
    var arrays: [NamedTensor] = []
    var identities: [String] = []
    for (name, url) in try DataFolder.arrays(in: url) {
      let file = try SourceFile(url)
      arrays.append(.init(name, try NPY.decode(file.content, file: file.path)))
      identities.append(file.identity)
    }
    guard !arrays.isEmpty else {
      throw .unsupported(
        .init(file: url.path), found: "the folder holds no data set that is read here",
        remedy: "Pass a file, or a folder with the MNIST files, the CIFAR-10 batches, train.csv, "
          + "train.npz, or x.npy and y.npy.")
    }
    return ArrayCollection(arrays: arrays, path: url.path, identities: identities)
  }
}
