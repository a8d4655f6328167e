import IntrinsicMath

/// What the reader of a data set cannot see in the files.
public struct DatasetOptions: Sendable {
  /// What is to be predicted: the name of a column of a table, of an array in an npz file or a folder of
  /// npy files, or the number of a column of a table or a single npy file, counted from 0 or, if negative,
  /// from the end. Several columns for regression are joined by commas. If nil, the usual names are
  /// looked for.
  public var label: String?
  /// The array of inputs in an npz file or a folder of npy files. If nil, the usual names are looked
  /// for.
  public var inputs: String?
  /// Whether targets are numbers, not classes.
  public var isRegression = false
  /// Columns of tables that are neither features nor targets, such as identifiers.
  public var ignoredColumns: [String] = []
  /// The columns of tables that are features, all others left out; nil for all that are neither targets nor
  /// ignored.
  public var featureColumns: [String]?
  /// The column of tables with the weight of each sample, 0 or more; no feature.
  public var weightColumn: String?
  /// What to do with cells of tables that hold nothing.
  public var missing = MissingValues.refuse
  /// How columns of tables become features, where it is known, as of a trained model. If nil, it is fitted to
  /// the training samples.
  public var encoding: TableEncoding?
  /// The shape of images that are stored flat, a row each in the order (height, width, channel).
  public var imageShape: ImageShape?
  /// The classes by number, where they are known, as of a trained model: then labels of other
  /// classes are refused, and a single class is not. If nil, classes are numbered in the order of
  /// their names, numerically if all are whole numbers.
  public var classNames: [String]?
  /// A file of test samples in the same form, if the path holds training samples only.
  public var test: String?

  public init(
    label: String? = nil, inputs: String? = nil, isRegression: Bool = false,
    ignoredColumns: [String] = [], missing: MissingValues = .refuse,
    encoding: TableEncoding? = nil, imageShape: ImageShape? = nil, classNames: [String]? = nil,
    test: String? = nil
  ) {
    self.label = label
    self.inputs = inputs
    self.isRegression = isRegression
    self.ignoredColumns = ignoredColumns
    self.missing = missing
    self.encoding = encoding
    self.imageShape = imageShape
    self.classNames = classNames
    self.test = test
  }
}

extension DatasetOptions {
  /// - Throws: `DataError` if columns are named, of which arrays and images have none.
  func requireNoColumns(_ path: String) throws(DataError) {
    guard ignoredColumns.isEmpty && featureColumns == nil && weightColumn == nil else {
      throw .unsupported(
        .init(file: path), found: "it holds arrays or images, whose columns have no names",
        remedy: "Leave out --ignore, --columns and --weight-column, or pass a table as text.")
    }
  }

  /// The columns of a table that are not to be features.
  ///
  /// - Throws: `DataError` if a column is named that is not there.
  func ignoredColumns(
    among names: [String], _ place: DataError.Place
  ) throws(DataError) -> [String] {
    let named = ignoredColumns + (featureColumns ?? []) + (weightColumn.map { [$0] } ?? [])
    for name in named where !names.contains(name) {
      throw .malformed(
        place, found: "there is no column “\(printable(name))”",
        remedy: "The columns are \(listed(names)).")
    }
    let ignored = ignoredColumns + (weightColumn.map { [$0] } ?? [])
    guard let featureColumns else { return ignored }
    return ignored + names.filter { !featureColumns.contains($0) }
  }
}
