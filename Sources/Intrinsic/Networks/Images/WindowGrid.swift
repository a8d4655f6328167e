import IntrinsicMath

/// The places of a window on an image, and which pixels it covers there.
struct WindowGrid: Sendable {
  let input: ImageShape
  let window: Window
  /// Rows and columns of places.
  let height: Int
  let width: Int

  init(_ input: ImageShape, _ window: Window) {
    self.input = input
    self.window = window
    height = (input.height + 2 * window.verticalPadding - window.height) / window.verticalStride + 1
    width =
      (input.width + 2 * window.horizontalPadding - window.width) / window.horizontalStride + 1
  }

  /// The number of places.
  var positions: Int { height * width }

  /// The columns of the window that lie on the image at column `x` of the grid, and the column of the
  /// image under column 0 of the window.
  @inline(__always)
  private func columns(_ x: Int) -> (range: Range<Int>, origin: Int) {
    let origin = x * window.horizontalStride - window.horizontalPadding
    return (max(0, -origin)..<min(window.width, input.width - origin), origin)
  }

  /// Calls `body` for each row of the window that meets the image at a place, with the first pixel of
  /// the window, the first pixel of the image and the number of pixels, which lie side by side in
  /// both. Pixels count row by row.
  @inline(__always)
  func forEachSpan(_ y: Int, _ x: Int, _ body: (_ tap: Int, _ pixel: Int, _ count: Int) -> Void) {
    let (range, origin) = columns(x)
    for row in 0..<window.height {
      let inputRow = y * window.verticalStride - window.verticalPadding + row
      guard inputRow >= 0 && inputRow < input.height else { continue }
      body(
        row * window.width + range.lowerBound,
        inputRow * input.width + origin + range.lowerBound, range.count)
    }
  }

  /// The same spans by the row of the image that they lie on: calls `body` with the place, too.
  @inline(__always)
  func forEachSpan(
    onRow inputRow: Int, _ body: (_ place: Int, _ tap: Int, _ pixel: Int, _ count: Int) -> Void
  ) {
    for row in 0..<window.height {
      let offset = inputRow + window.verticalPadding - row
      guard offset >= 0 && offset % window.verticalStride == 0 else { continue }
      let y = offset / window.verticalStride
      guard y < height else { continue }
      for x in 0..<width {
        let (range, origin) = columns(x)
        body(
          y * width + x, row * window.width + range.lowerBound,
          inputRow * input.width + origin + range.lowerBound, range.count)
      }
    }
  }

  /// Calls `body` with each pixel of the window through which some place reads a pixel of the image,
  /// and that place.
  @inline(__always)
  func forEachTap(
    onRow inputRow: Int, column inputColumn: Int, _ body: (_ tap: Int, _ place: Int) -> Void
  ) {
    for row in 0..<window.height {
      let (y, above) = (inputRow + window.verticalPadding - row)
        .quotientAndRemainder(dividingBy: window.verticalStride)
      guard above == 0 && y >= 0 && y < height else { continue }
      for column in 0..<window.width {
        let (x, left) = (inputColumn + window.horizontalPadding - column)
          .quotientAndRemainder(dividingBy: window.horizontalStride)
        guard left == 0 && x >= 0 && x < width else { continue }
        body(row * window.width + column, y * width + x)
      }
    }
  }

  /// The columns of places on one row, among those of `block`, that see the image through one pixel of
  /// the window, and the pixel of the image that the first of them sees; nil if none does.
  @inline(__always)
  func places(of tap: Int, row y: Int, in block: Range<Int>) -> (columns: Range<Int>, pixel: Int)? {
    let (row, column) = tap.quotientAndRemainder(dividingBy: window.width)
    let inputRow = y * window.verticalStride - window.verticalPadding + row
    guard inputRow >= 0 && inputRow < input.height else { return nil }
    let (step, origin) = (window.horizontalStride, column - window.horizontalPadding)
    // The least x with origin + x step ≥ 0, and the least with origin + x step ≥ width.
    let first = max(block.lowerBound, origin < 0 ? (step - 1 - origin) / step : 0)
    let end = min(block.upperBound, (input.width - origin + step - 1) / step)
    guard first < end else { return nil }
    return (first..<end, inputRow * input.width + origin + first * step)
  }

  /// For each pixel under the window at a place the pixel of the image, −1 beside the image.
  func pixels(at place: Int) -> [Int] {
    var result = [Int](repeating: -1, count: window.count)
    forEachSpan(place / width, place % width) { tap, pixel, count in
      for i in 0..<count { result[tap + i] = pixel + i }
    }
    return result
  }
}
