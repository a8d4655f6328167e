import IntrinsicMath

/// Labels as a file holds them, before classes are numbered.
struct ClassLabels {
  /// The most different labels.
  static let greatestCount = 65_536

  /// For each sample the index of its label among ``texts``.
  var codes: [Int]
  /// The different labels.
  var texts: [String]
  /// Where each label first occurs.
  var places: [DataError.Place]

  /// The samples' classes and the classes' names.
  ///
  /// Whole numbers are one class however they are written: 1, 01 and 1.0.
  ///
  /// - Parameters:
  ///   - known: the classes by number, if they are given.
  ///   - place: the labels as a whole, for messages.
  func targets(
    known: [String]?, place: DataError.Place
  ) throws(DataError) -> Dataset.Targets {
    let numbers = texts.map(Self.wholeNumber)
    let areNumbers = !numbers.contains(nil)
    if known == nil, !areNumbers, let fraction = texts.indices.first(where: { numbers[$0] == nil }),
      texts.allSatisfy({ Double($0) != nil })
    {
      throw .malformed(
        places[fraction], found: "the label \(printable(texts[fraction])) is not a whole number",
        remedy: "Number the classes, or ask for regression if the labels are quantities.")
    }
    let names = areNumbers ? numbers.map { "\($0!)" } : texts
    let ordered =
      known
      ?? (areNumbers
        ? Set(numbers.map { $0! }).sorted().map { "\($0)" } : Set(names).sorted())
    let indices = Dictionary(
      ordered.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var classes: [Int] = []
    for (name, place) in zip(names, places) {
      guard let index = indices[name] else {
        throw .malformed(
          place,
          found: "the class “\(printable(name))” is not among those trained: \(listed(ordered))",
          remedy: "Correct the label, or train with samples of this class.")
      }
      classes.append(index)
    }
    if known == nil { try Self.requireClasses(ordered, samples: codes.count, place) }
    return .classes(codes.map { classes[$0] }, names: ordered)
  }

  /// The label of a whole number, if the text is one.
  private static func wholeNumber(_ text: String) -> Int? {
    Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
  }

  private static func requireClasses(
    _ names: [String], samples: Int, _ place: DataError.Place
  ) throws(DataError) {
    guard names.count > 1 else {
      throw .malformed(
        place, found: "all \(samples) samples are of one class, “\(printable(names[0]))”",
        remedy: "Add samples of other classes, or name another label.")
    }
    guard names.count <= 20 || 2 * names.count <= samples else {
      throw .malformed(
        place, found: "there are \(names.count) different labels for \(samples) samples",
        remedy:
          "Name another label, or ask for regression (--regression) if the labels are quantities.")
    }
  }

  /// The error for labels of too many kinds.
  static func tooMany(_ place: DataError.Place) -> DataError {
    .malformed(
      place, found: "there are more than \(greatestCount) different labels",
      remedy:
        "Name another label, or ask for regression (--regression) if the labels are quantities.")
  }
}

/// Names for messages: the first twenty.
func listed(_ names: [String]) -> String {
  names.prefix(20).map { "“\(printable($0))”" }.joined(separator: ", ")
    + (names.count > 20 ? " and \(names.count - 20) more" : "")
}
