/// The line of least squared vertical distances.
struct LineFit {
  let slope: Double
  let intercept: Double

  /// - Parameters: at least two places, not all the same.
  init(_ x: [Double], _ y: [Double]) {
    precondition(x.count == y.count && x.count > 1, "a line through \(x.count) points")
    let (centreX, centreY) = (x.mean, y.mean)
    let products = zip(x, y).reduce(0) { $0 + ($1.0 - centreX) * ($1.1 - centreY) }
    slope = products / x.reduce(0) { $0 + ($1 - centreX) * ($1 - centreX) }
    intercept = centreY - slope * centreX
  }
}
