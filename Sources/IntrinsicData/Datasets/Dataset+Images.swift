import Foundation
import IntrinsicMath

extension Dataset {
  /// The images in a folder; pixels from 0 to 1.
  static func images<Source: ImageSet>(
    _ source: Source.Type, in folder: URL, _ options: DatasetOptions
  ) throws(DataError) -> (train: Dataset, test: Dataset?) {
    let data = try Source.load(from: folder)
    var sources: [String] = []
    for file in Source.files(in: folder) { sources.append(try SourceFile.identity(of: file)) }
    let (train, test) = (
      Dataset(data.train, sources: sources), Dataset(data.test, sources: sources)
    )
    return (try train.numbered(options, from: folder), try test.numbered(options, from: folder))
  }

  /// Images with pixels from 0 to 1, the planes of the file interleaved.
  public init<Source>(_ split: ImageSplit<Source>, sources: [String] = []) {
    let shape = Source.shape
    let offsets = (0..<shape.count).map { feature in
      feature % shape.channels * shape.positions + feature / shape.channels
    }
    self.init(
      inputs: Matrix(pixels: split.pixels, samples: split.count, offsets: offsets),
      targets: .classes(split.labels.map { Int($0) }, names: Source.classNames),
      imageShape: shape, sources: sources)
  }

  /// The same samples with the class numbers of the options, if these name the classes.
  private func numbered(
    _ options: DatasetOptions, from folder: URL
  ) throws(DataError) -> Dataset {
    guard let known = options.classNames, case .classes(let classes, let names) = targets else {
      return self
    }
    let place = DataError.Place(file: folder.path)
    var result = self
    result.targets = try ClassLabels(
      codes: classes, texts: names, places: names.map { _ in place }
    ).targets(known: known, place: place)
    return result
  }
}
