import IntrinsicMath

/// A connection without parameters: each of its activities is a fixed combination of earlier ones.
protocol FixedConnection: Connection {}

extension FixedConnection {
  var parameterCount: Int { 0 }
  func parameters(of unit: Int) -> Range<Int> { 0..<0 }
  func incomingRows(of unit: Int, at position: Int) -> [Int] { [] }

  func outer<T: Scalar>(
    _ b: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, into g: UnsafeMutablePointer<T>,
    threads: Int
  ) {}

  func moments<T: Scalar>(
    _ c: UnsafePointer<T>, _ a: Rows<T>, scale: T, keep: T, first: UnsafeMutablePointer<T>?,
    second: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>, threads: Int
  ) {}

  func perSampleOuter<T: Scalar>(
    units: Range<Int>, _ b: UnsafePointer<T>, _ a: Rows<T>, repeats: Int, scale: T,
    into u: UnsafeMutablePointer<T>
  ) {}
}
