import IntrinsicMath

extension Dataset {
  /// The samples in a CSV file.
  static func csv(_ file: SourceFile, _ options: DatasetOptions) throws(DataError) -> Dataset {
    let read = { (bytes: UnsafeBufferPointer<UInt8>) throws(DataError) in
      try CSVTable(bytes, file: file.path, options: options)
    }
    let table = try [UInt8](file.content).withUnsafeBufferPointer(read)
    let names = { (role: CSVTable.Role) in
      table.columns.filter { $0.role == role }.map(\.name)
    }
    let featureNames = names(.feature)
    let targets: Targets
    if options.isRegression {
      let targetNames = names(.target)
      targets = .values(
        Matrix(samples: table.targets, features: targetNames.count), names: targetNames)
    } else {
      targets = try table.labels.targets(
        known: options.classNames, place: .init(file: file.path, column: names(.label)[0]))
    }
    try requireImageShape(
      options.imageShape, features: featureNames.count, place: .init(file: file.path))
    return Dataset(
      inputs: Matrix(samples: table.features, features: featureNames.count), targets: targets,
      imageShape: options.imageShape, featureNames: featureNames, sources: [file.identity])
  }

  /// Checks that flat images have the size that they are said to have.
  static func requireImageShape(
    _ shape: ImageShape?, features: Int, place: DataError.Place
  ) throws(DataError) {
    guard let shape, shape.count != features else { return }
    throw .malformed(
      place, found: "there are \(features) features, but images of \(shape) have \(shape.count)",
      remedy: "Give the images' height, width and channels as they are.")
  }
}
