import IntrinsicData
import IntrinsicMath

/// What the inputs go through before the first layer reads them: a x + b, for each input of a sample in the order of
/// the file.
struct ONNXInputMap: Equatable {
  /// One number for all, or one for each input.
  private var (a, b): ([Double], [Double]) = ([1], [0])

  var isIdentity: Bool { a.allSatisfy { $0 == 1 } && b.allSatisfy { $0 == 0 } }

  /// Followed by x ↦ c x + d, whose numbers are for all inputs, or as many.
  mutating func compose(_ c: [Double], _ d: [Double]) {
    let count = max(a.count, c.count, d.count)
    func number(_ list: [Double], _ index: Int) -> Double { list[list.count == 1 ? 0 : index] }
    let (oldA, oldB) = (a, b)
    a = (0..<count).map { number(oldA, $0) * number(c, $0) }
    b = (0..<count).map { number(oldB, $0) * number(c, $0) + number(d, $0) }
  }

  /// The numbers of a constant for each input of these sizes, by the rules of arrays of different shapes; nil if there
  /// is no such rule.
  static func numbers(_ constant: ONNXConstant, sizes: [Int]) -> [Double]? {
    if let scalar = constant.scalar { return [scalar] }
    var shape = constant.shape
    // The first size is that of samples.
    if shape.count == sizes.count + 1, shape[0] == 1 { shape.removeFirst() }
    return ONNXConstant(constant.numbers, shape: shape).numbers(at: sizes)
  }

  /// The same as (x − shift)/scale, in the order of a network: for each input, or for each channel if that is enough.
  ///
  /// - Throws: `DataError` if an input counts for nothing, or with another sign.
  func standardization(
    image: ImageShape?, channelsAreLast: Bool, file: String
  ) throws(DataError) -> (shift: [Double], scale: [Double]) {
    let count = max(a.count, image?.count ?? 1)
    var order = Array(0..<count)
    if let image, !channelsAreLast {
      let pixels = image.height * image.width
      order = order.map { $0 % image.channels * pixels + $0 / image.channels }
    }
    func sorted(_ list: [Double]) -> [Double] {
      list.count == 1 ? [Double](repeating: list[0], count: count) : order.map { list[$0] }
    }
    let (a, b) = (sorted(a), sorted(b))
    guard a.allSatisfy({ $0 > 0 && $0.isFinite }), b.allSatisfy(\.isFinite) else {
      throw .unsupported(
        .init(file: file), found: "an input is multiplied by a number that is not above 0",
        remedy: "Only standardizations x ↦ (x − shift)/scale, scale > 0, are read.")
    }
    let (shift, scale) = (zip(a, b).map { -$1 / $0 }, a.map { 1 / $0 })
    if let channels = image?.channels,
      (channels..<count).allSatisfy({
        shift[$0] == shift[$0 % channels] && scale[$0] == scale[$0 % channels]
      })
    {
      return (Array(shift[..<channels]), Array(scale[..<channels]))
    }
    return (shift, scale)
  }
}
