import Foundation
import IntrinsicMath
import Testing

/// Activations and elementary functions against those of the system, in units in the last place of
/// the result.
@Suite struct ActivationKernelTests {
  /// Arguments over all magnitudes, near 0, at the ends of the range and in between.
  private static let arguments: [Double] = {
    var stream = RandomStream(seed: 1)
    var values = [0, 1e-300, 1e-30, 1e-12, 1e-5, 0.5, 1, 17, 18.7, 36.7, 88, 200, 700, 800]
    for _ in 0..<4000 {
      values.append(4 * stream.normal())
      values.append(Foundation.exp(16 * stream.uniform() - 10))
    }
    return values + values.map { -$0 }
  }()

  /// s(y), s′(y) to more digits than compared.
  private static func reference(_ code: Int32, _ y: Double) -> (Double, Double) {
    /// 1 − tanh² without cancellation.
    func slope(_ x: Double) -> Double {
      let c = cosh(x)
      return 1 / (c * c)
    }
    switch code {
    case 0: return (y, 1)
    case 1: return y > 0 ? (y, 1) : (0, 0)
    case 2:
      let e = exp(-abs(y))
      return ((y < 0 ? e : 1) / (1 + e), e / ((1 + e) * (1 + e)))
    case 3: return (tanh(y), slope(y))
    case 4:
      // What the division rounds off matters for the slope far out.
      let x = 2 * y / 3
      let rest = (2 * y).addingProduct(-3, x) / 3
      return (1.7159 * tanh(x), 1.7159 * 2 / 3 * slope(x) * (1 - 2 * tanh(x) * rest))
    case 5: return (max(y, 0) + log1p(exp(-abs(y))), (y < 0 ? exp(y) : 1) / (1 + exp(-abs(y))))
    case 6: return y > 0 ? (pow(y, 3), 3 * pow(y, 2)) : (0, 0)
    case 7: return (pow(y, 3), 3 * pow(y, 2))
    case 8:
      let normal = 0.5 * erfc(-y / 2.0.squareRoot())
      return (y * normal, normal + y * exp(-y * y / 2) / (2 * Double.pi).squareRoot())
    case 9:
      let e = exp(-abs(y))
      let a = (y < 0 ? e : 1) / (1 + e)
      return (y * a, a + y * e / ((1 + e) * (1 + e)))
    case 10: return y > 0 ? (y, 1) : (expm1(y), exp(y))
    case 11: return y > 0 ? (y, 1) : (3 * y, 3)
    default: return (sin(3 * y), 3 * cos(3 * y))
    }
  }

  /// What the error of the slope is relative to, where it is a difference: the size of its terms, and how
  /// many times as large as in y a relative error is in e^(−y²/2).
  private static func slopeScale(_ code: Int32, _ y: Double) -> Double? {
    switch code {
    case 8:
      0.5 * erfc(-y / 2.0.squareRoot()) + abs(y) * exp(-y * y / 2) * (1 + y * y / 2) / 2.5
    case 9: reference(2, y).0 + abs(y) * reference(2, y).1
    default: nil
    }
  }

  @Test(arguments: 0...12 as ClosedRange<Int32>)
  func `activations and slopes are accurate`(_ code: Int32) {
    accuracy(Double.self, code, ulps: 8)
    accuracy(Float.self, code, ulps: 4)
  }

  private func accuracy<T: Scalar>(_ type: T.Type, _ code: Int32, ulps: Double) {
    let y = Self.arguments.map { T($0) }.filter { $0.isFinite }
    var (a, r) = ([T](repeating: .nan, count: y.count), [T](repeating: .nan, count: y.count))
    T.activate(activation: code, p: 3, count: y.count, y: y, a: &a, r: &r)
    for (i, argument) in y.enumerated() {
      let (value, slope) = Self.reference(code, Double(argument))
      // Results below the normal numbers may be 0. The system's own functions are accurate to
      // about an ulp, quotients and squares of them to a few: in double precision the bound is
      // that of the reference.
      let scale = Self.slopeScale(code, Double(argument)) ?? abs(slope)
      // The distribution of GELU is that of a rounded argument, and factors below the normal numbers are 0
      // before y multiplies them.
      let (y, isProduct) = (abs(Double(argument)), code == 8 || code == 9)
      let condition = code == 8 ? 1 + y * y : 1
      for (actual, expected, scale) in [
        (a[i], value, abs(value) * condition), (r[i], slope, scale * condition),
      ] {
        if abs(expected) > Double(T.greatestFiniteMagnitude) { continue }
        let error = abs(Double(actual) - expected)
        let allowed =
          ulps * Double(T.ulpOfOne) * scale
          + (isProduct ? 2 + 4 * y : 2) * Double(T.leastNormalMagnitude)
        #expect(
          error <= allowed, "\(type), function \(code) at \(argument): \(actual), \(expected)")
      }
    }
    var alone = [T](repeating: .nan, count: y.count)
    T.activate(activation: code, p: 3, count: y.count, y: y, a: &alone, r: nil)
    #expect(alone == a)
    var inPlace = y
    inPlace.withUnsafeMutableBufferPointer {
      T.activate(
        activation: code, p: 3, count: y.count, y: $0.baseAddress!, a: $0.baseAddress!, r: nil)
    }
    #expect(inPlace == a)
  }

  @Test(arguments: 0...12 as ClosedRange<Int32>)
  func `what is no number stays none, at every place in a vector`(_ code: Int32) {
    for count in [1, 5, 8, 17] {
      for place in 0..<count {
        var y = [Double](repeating: 0.5, count: count)
        y[place] = .nan
        var (a, r) = (y, y)
        Double.activate(activation: code, p: 3, count: count, y: y, a: &a, r: &r)
        #expect(a.indices.allSatisfy { a[$0].isNaN == ($0 == place) }, "function \(code)")
      }
    }
  }

  @Test func `the slope of a rectifier at 0 is 0`() {
    var (a, r) = ([1.0, 1], [1.0, 1])
    Double.activate(activation: 1, p: 0, count: 2, y: [0.0, -0.0], a: &a, r: &r)
    #expect(a == [0, 0] && r == [0, 0])
  }

  @Test(arguments: 2...9 as ClosedRange<Int32>)
  func `powers of every exponent`(_ exponent: Int32) {
    let power = Double(exponent)
    let y = [-1.5, -0.25, 0, 0.75, 2]
    var (a, r) = (y, y)
    Double.activate(activation: 7, p: power, count: 5, y: y, a: &a, r: &r)
    expectClose(a, y.map { pow($0, power) }, tolerance: 1e-15, "power \(power)")
    expectClose(
      r, y.map { power * pow($0, power - 1) }, tolerance: 1e-15, "slope \(power)")
    Double.activate(activation: 6, p: power, count: 5, y: y, a: &a, r: &r)
    expectClose(a, y.map { pow(max($0, 0), power) }, tolerance: 1e-15, "[y]₊^\(power)")
    expectClose(
      r, y.map { power * pow(max($0, 0), power - 1) }, tolerance: 1e-15, "slope")
  }

  @Test func `exponentials and logarithms are accurate, with their special values`() {
    let arguments = Self.arguments.filter { abs($0) < 700 }
    var out = arguments
    Double.exp(count: arguments.count, x: arguments, into: &out)
    for (x, value) in zip(arguments, out) {
      #expect(abs(value - Foundation.exp(x)) <= 4 * Foundation.exp(x).ulp, "exp \(x)")
    }
    let positive = arguments.filter { $0 > 0 }
    Double.log(count: positive.count, x: positive, into: &out)
    for (x, value) in zip(positive, out) {
      #expect(abs(value - Foundation.log(x)) <= 4 * Foundation.log(x).ulp, "log \(x)")
    }
    var special = [Double](repeating: 7, count: 5)
    Double.exp(count: 5, x: [0, 1000, -1000, .infinity, -.infinity], into: &special)
    #expect(special == [1, .infinity, 0, .infinity, 0])
    Double.log(count: 5, x: [1, 0, .infinity, 0x1p-1074, -1], into: &special)
    #expect(special[..<3] == [0, -.infinity, .infinity] && special[4].isNaN)
    #expect(abs(special[3] + 744.4400719213812) < 1e-12)
  }
}
