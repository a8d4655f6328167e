import IntrinsicMath

/// Arrays of inputs and targets with the file or the folder they are from.
struct ArrayCollection {
  let arrays: [NamedTensor]
  /// The file or folder, for messages.
  let path: String
  let identities: [String]

  /// The training samples and, if there are arrays for them, the test samples.
  func datasets(
    _ options: DatasetOptions
  ) throws(DataError) -> (train: Dataset, test: Dataset?) {
    let inputs = Self.inputNames(options)
    let targets =
      options.label.map { [$0] } ?? ["y", "Y", "targets", "labels", "label", "target", "classes"]
    let trainInputs = try find(
      inputs, of: "train", orPlain: true, what: "inputs", option: options.inputs)
    let train = try dataset(
      inputs: trainInputs,
      targets: find(targets, of: "train", orPlain: true, what: "targets", option: options.label),
      options)
    guard optional(inputs, of: "test") != nil || optional(targets, of: "test") != nil else {
      return (train, nil)
    }
    let testInputs = try find(
      inputs, of: "test", orPlain: false, what: "test inputs", option: nil)
    // Bytes of images are scaled and other numbers are not.
    let types = (trainInputs.tensor.elementType, testInputs.tensor.elementType)
    guard train.imageShape == nil || (types.0 == .uint8) == (types.1 == .uint8) else {
      throw .malformed(
        .init(file: path, member: testInputs.name),
        found: "the elements are \(types.1), but \(types.0) in “\(printable(trainInputs.name))”",
        remedy: "Save both in the same type.")
    }
    var options = options
    if case .classes(_, let names) = train.targets { options.classNames = names }
    let test = try dataset(
      inputs: testInputs,
      targets: find(targets, of: "test", orPlain: false, what: "test targets", option: nil),
      options)
    return (train, test)
  }

  /// The inputs alone, targets or not: those of test samples if there are some, or the only array.
  func unlabelled(_ options: DatasetOptions) throws(DataError) -> Matrix<Float> {
    let names = Self.inputNames(options)
    if let entry = optional(names, of: "test") ?? (arrays.count == 1 ? arrays[0] : nil) {
      return try matrix(entry, options).matrix
    }
    let inputs = try find(
      names, of: "train", orPlain: true, what: "inputs", option: options.inputs)
    return try matrix(inputs, options).matrix
  }

  private static func inputNames(_ options: DatasetOptions) -> [String] {
    options.inputs.map { [$0] } ?? ["x", "X", "inputs", "images", "features", "data"]
  }

  private func optional(
    _ names: [String], of part: String, orPlain: Bool = false
  ) -> NamedTensor? {
    for name in names {
      for candidate in (orPlain ? [name] : []) + ["\(name)_\(part)", "\(part)_\(name)"] {
        if let entry = arrays.first(where: { $0.name == candidate }) { return entry }
      }
    }
    return nil
  }

  private func find(
    _ names: [String], of part: String, orPlain: Bool, what: String, option: String?
  ) throws(DataError) -> NamedTensor {
    if let entry = optional(names, of: part, orPlain: orPlain) { return entry }
    throw .malformed(
      .init(file: path),
      found: option.map { "there is no array “\(printable($0))”" }
        ?? "there is no array of \(what)",
      remedy: "The arrays are \(listed(arrays.map(\.name))). Name them as x and y, or x_train, "
        + "y_train, x_test and y_test, or say which they are.")
  }

  /// Inputs × samples, and the shape of images.
  private func matrix(
    _ inputs: NamedTensor, _ options: DatasetOptions
  ) throws(DataError) -> (matrix: Matrix<Float>, shape: ImageShape?) {
    let place = DataError.Place(file: path, member: inputs.name)
    let shape = try imageShape(inputs.tensor, options, place)
    let count = inputs.tensor.shape[0]
    let features = inputs.tensor.count / count
    if shape != nil, inputs.tensor.elementType == .uint8 {
      return (
        Matrix(pixels: inputs.tensor.bytes, samples: count, offsets: Array(0..<features)), shape
      )
    }
    return (Matrix(samples: try inputs.tensor.finiteFloats(place), features: features), shape)
  }

  private func dataset(
    inputs: NamedTensor, targets: NamedTensor, _ options: DatasetOptions
  ) throws(DataError) -> Dataset {
    let (matrix, shape) = try matrix(inputs, options)
    let count = matrix.columns
    let targetPlace = DataError.Place(file: path, member: targets.name)
    guard targets.tensor.shape.first == count else {
      throw .malformed(
        targetPlace,
        found: "the shape is \(targets.tensor.shape), but there are \(count) samples in "
          + "“\(printable(inputs.name))”", remedy: "Save one target a sample.")
    }
    return Dataset(
      inputs: matrix,
      targets: options.isRegression
        ? try Self.values(targets, targetPlace)
        : try Self.classes(targets.tensor, known: options.classNames, targetPlace),
      imageShape: shape, sources: identities)
  }

  /// The shape of images, or nil for flat samples.
  private func imageShape(
    _ tensor: Tensor, _ options: DatasetOptions, _ place: DataError.Place
  ) throws(DataError) -> ImageShape? {
    let shape = tensor.shape
    guard (2...4).contains(shape.count), !shape.contains(0) else {
      throw .malformed(
        place, found: "the shape is \(shape)",
        remedy: "Save samples × features, or images as samples × height × width, with channels as "
          + "a fourth axis if there are several.")
    }
    if shape.count == 2 {
      try Dataset.requireImageShape(options.imageShape, features: shape[1], place: place)
      return options.imageShape
    }
    if shape.count == 4, [1, 3, 4].contains(shape[1]), shape[3] > 4 {
      throw .unsupported(
        place, found: "the shape is \(shape), with the channels before height and width",
        remedy: "Save x.transpose(0, 2, 3, 1).")
    }
    let found = ImageShape(
      height: shape[1], width: shape[2], channels: shape.count == 4 ? shape[3] : 1)
    if let wanted = options.imageShape, wanted != found {
      throw .malformed(
        place, found: "the images are \(found), not \(wanted)",
        remedy: "Give the images' height, width and channels as they are.")
    }
    return found
  }

  private static func values(
    _ targets: NamedTensor, _ place: DataError.Place
  ) throws(DataError) -> Dataset.Targets {
    let shape = targets.tensor.shape
    guard shape.count <= 2, !shape.contains(0) else {
      throw .malformed(
        place, found: "the shape is \(shape)", remedy: "Save samples, or samples × targets.")
    }
    let width = shape.count == 2 ? shape[1] : 1
    return .values(
      Matrix(samples: try targets.tensor.finiteFloats(place), features: width),
      names: width == 1 ? [targets.name] : (0..<width).map { "\(targets.name)[\($0)]" })
  }

  private static func classes(
    _ tensor: Tensor, known: [String]?, _ place: DataError.Place
  ) throws(DataError) -> Dataset.Targets {
    guard tensor.count == tensor.shape[0] else {
      throw .malformed(
        place, found: "the shape is \(tensor.shape)",
        remedy: "Save one class number a sample, as y.argmax(axis=1) if classes are columns; or "
          + "ask for regression.")
    }
    if let texts = tensor.texts {
      let codes = try! tensor.ints
      return try ClassLabels(codes: codes, texts: texts, places: texts.map { _ in place })
        .targets(known: known, place: place)
    }
    try tensor.requireFinite(file: place.file, name: place.member)
    let numbers: [Int]
    do {
      numbers = try tensor.ints
    } catch {
      throw .malformed(
        place, found: "the targets are not class numbers: \(error.reason)",
        remedy: "Save whole numbers, or ask for regression.")
    }
    var codes: [Int: Int] = [:]
    var labels = ClassLabels(codes: [], texts: [], places: [])
    for number in numbers {
      let code = codes[number] ?? codes.count
      if code == codes.count {
        guard code < ClassLabels.greatestCount else { throw ClassLabels.tooMany(place) }
        codes[number] = code
        labels.texts.append("\(number)")
        labels.places.append(place)
      }
      labels.codes.append(code)
    }
    return try labels.targets(known: known, place: place)
  }
}

extension Tensor {
  /// The elements as `Float`, all finite.
  fileprivate func finiteFloats(_ place: DataError.Place) throws(DataError) -> [Float] {
    guard texts == nil else {
      throw .unsupported(
        place, found: "the elements are texts",
        remedy: "Save numbers, or the table as text, whose columns may hold texts.")
    }
    try requireFinite(file: place.file, name: place.member)
    do {
      return try floats
    } catch {
      throw .malformed(
        place, found: error.reason, remedy: "Scale the numbers, or save them as float32.")
    }
  }
}

extension DataError {
  /// What is wrong with an element, without a remedy.
  fileprivate var reason: String {
    guard case .inexact(let element, let value, let type) = self else { return description }
    return "element \(element) is \(value), which \(type) cannot hold"
  }
}
