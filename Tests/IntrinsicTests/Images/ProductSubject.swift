import IntrinsicMath

@testable import Intrinsic

/// A random connection that reads images or sums layers, on rows 0 (constant), inputs and hidden rows,
/// with its matrix from its definition.
struct ProductSubject {
  /// An element of the matrix other than 0: the row that is read, the parameter whose products it
  /// enters, and its value where that is not the parameter.
  struct Entry {
    let row: Int
    let parameter: Int?
    let fixed: Double?
  }

  let connection: any Connection
  /// For each row of the layer.
  let entries: [[Entry]]
  let rowCount: Int
  let firstHiddenRow: Int
  let label: String

  init(_ seed: Int, using stream: inout RandomStream) {
    let image = ImageShape(
      height: Int.random(in: 1...7, using: &stream), width: Int.random(in: 1...7, using: &stream),
      channels: Int.random(in: 1...5, using: &stream))
    switch Int.random(in: 0..<7, using: &stream) {
    case 0...1: self.init(convolution: image, using: &stream, "seed \(seed): convolution, \(image)")
    case 2:
      self.init(pooling: image, isMaximum: false, using: &stream, "seed \(seed): average, \(image)")
    case 3:
      self.init(pooling: image, isMaximum: true, using: &stream, "seed \(seed): maximum, \(image)")
    case 4: self.init(sum: image, using: &stream, "seed \(seed): sum, \(image)")
    case 5:
      self.init(gains: image, isLogarithmic: false, using: &stream, "seed \(seed): gains, \(image)")
    default:
      self.init(
        gains: image, isLogarithmic: true, using: &stream,
        "seed \(seed): logarithmic gains, \(image)")
    }
  }

  private init(
    connection: any Connection, entries: [[Entry]], rowCount: Int, firstHiddenRow: Int,
    _ label: String
  ) {
    self.connection = connection
    self.entries = entries
    self.rowCount = rowCount
    self.firstHiddenRow = firstHiddenRow
    self.label = label
  }

  private init(convolution image: ImageShape, using stream: inout RandomStream, _ label: String) {
    let grid = Self.grid(image, using: &stream)
    let (firstRow, firstHiddenRow) = Self.rows(using: &stream)
    let units = Int.random(in: 1...6, using: &stream)
    let bias = Bool.random(using: &stream) ? 1 : 0
    let fanIn = bias + grid.window.count * image.channels
    var entries: [[Entry]] = []
    for place in Self.places(grid) {
      for k in 0..<units {
        var own: [Entry] = []
        if bias == 1 { own.append(Entry(row: 0, parameter: k * fanIn, fixed: nil)) }
        for (tap, pixel) in Self.covered(grid, place) {
          for c in 0..<image.channels {
            let parameter = k * fanIn + bias + tap * image.channels + c
            let row = firstRow + pixel * image.channels + c
            own.append(Entry(row: row, parameter: parameter, fixed: nil))
          }
        }
        entries.append(own)
      }
    }
    self.init(
      connection: Convolution(
        units: units, grid, firstRow: firstRow, hasBias: bias == 1, firstHiddenRow: firstHiddenRow),
      entries: entries, rowCount: firstRow + image.count + 2, firstHiddenRow: firstHiddenRow,
      "\(label), window \(grid.window), \(units) units")
  }

  private init(
    pooling image: ImageShape, isMaximum: Bool, using stream: inout RandomStream, _ label: String
  ) {
    let grid = Self.grid(image, using: &stream)
    let (firstRow, firstHiddenRow) = Self.rows(using: &stream)
    let weight = isMaximum ? 1 : 1 / Double(grid.window.height * grid.window.width)
    var entries: [[Entry]] = []
    for place in Self.places(grid) {
      let pixels = Self.covered(grid, place).map(\.pixel)
      for c in 0..<image.channels {
        entries.append(
          pixels.map {
            Entry(row: firstRow + $0 * image.channels + c, parameter: nil, fixed: weight)
          })
      }
    }
    self.init(
      connection: Pooling(
        grid, firstRow: firstRow, isMaximum: isMaximum, firstHiddenRow: firstHiddenRow),
      entries: entries, rowCount: firstRow + image.count + 2, firstHiddenRow: firstHiddenRow,
      "\(label), window \(grid.window)")
  }

  /// One of the branches may be the inputs, to which no signals go.
  private init(sum image: ImageShape, using stream: inout RandomStream, _ label: String) {
    let count = image.count
    let firstHiddenRow = 1 + count
    let sources = [1, 2 + count, 3 + 2 * count].filter { _ in Bool.random(using: &stream) }
    let own = sources.isEmpty ? [2 + count] : sources
    self.init(
      connection: Summation(
        units: image.channels, positions: image.positions, sources: own,
        firstHiddenRow: firstHiddenRow),
      entries: (0..<count).map { k in
        own.map { Entry(row: $0 + k, parameter: nil, fixed: 1) }
      }, rowCount: 4 + 3 * count, firstHiddenRow: firstHiddenRow, "\(label), branches at \(own)")
  }

  private init(
    gains image: ImageShape, isLogarithmic: Bool, using stream: inout RandomStream,
    _ label: String
  ) {
    let (firstRow, firstHiddenRow) = Self.rows(using: &stream)
    let bias = Bool.random(using: &stream) ? 1 : 0
    var entries: [[Entry]] = []
    for k in 0..<image.count {
      let parameter = k % image.channels * (1 + bias)
      var own: [Entry] = []
      if bias == 1 { own.append(Entry(row: 0, parameter: parameter, fixed: nil)) }
      let fixed: Double? = isLogarithmic ? 1 : nil
      own.append(Entry(row: firstRow + k, parameter: parameter + bias, fixed: fixed))
      entries.append(own)
    }
    self.init(
      connection: Gains(
        source: firstRow..<firstRow + image.count, channels: image.channels, hasBias: bias == 1,
        isLogarithmic: isLogarithmic, firstHiddenRow: firstHiddenRow),
      entries: entries, rowCount: firstRow + image.count + 2, firstHiddenRow: firstHiddenRow,
      "\(label), bias \(bias)")
  }

  /// The first row that is read, and the first hidden one.
  private static func rows(using stream: inout RandomStream) -> (read: Int, hidden: Int) {
    let hidden = Int.random(in: 1...4, using: &stream)
    return (hidden + Int.random(in: 0...2, using: &stream), hidden)
  }

  private static func grid(_ image: ImageShape, using stream: inout RandomStream) -> WindowGrid {
    while true {
      let (height, width) = (
        Int.random(in: 1...5, using: &stream), Int.random(in: 1...5, using: &stream)
      )
      let window = Window(
        height: height, width: width, verticalStride: Int.random(in: 1...3, using: &stream),
        horizontalStride: Int.random(in: 1...3, using: &stream),
        verticalPadding: Int.random(in: 0..<height, using: &stream),
        horizontalPadding: Int.random(in: 0..<width, using: &stream))
      if window.fits(image) { return WindowGrid(image, window) }
    }
  }

  private static func places(_ grid: WindowGrid) -> [(y: Int, x: Int)] {
    (0..<grid.height).flatMap { y in (0..<grid.width).map { (y, $0) } }
  }

  /// The pixels of the window that lie on the image, and those of the image under them.
  private static func covered(
    _ grid: WindowGrid, _ place: (y: Int, x: Int)
  ) -> [(tap: Int, pixel: Int)] {
    let (window, image) = (grid.window, grid.input)
    return (0..<window.height).flatMap { i in
      (0..<window.width).compactMap { j in
        let y = place.y * window.verticalStride + i - window.verticalPadding
        let x = place.x * window.horizontalStride + j - window.horizontalPadding
        guard (0..<image.height).contains(y), (0..<image.width).contains(x) else { return nil }
        return (i * window.width + j, y * image.width + x)
      }
    }
  }
}
