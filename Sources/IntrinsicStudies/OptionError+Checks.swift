import Foundation

/// What options of several studies must hold. Options are given by their names, the first that does
/// not hold is thrown.
extension OptionError {
  /// - Throws: unless all numbers are in the range.
  static func check(
    _ range: ClosedRange<Int>, _ options: KeyValuePairs<String, Int>
  ) throws(OptionError) {
    for (option, value) in options {
      try check(
        range.contains(value), option, value,
        "\(grouped(range.lowerBound)) to \(grouped(range.upperBound)) are possible")
    }
  }

  /// - Throws: unless there are numbers, all in the range.
  static func checkEach(
    _ range: ClosedRange<Double>, _ option: String, _ values: [Double]
  ) throws(OptionError) {
    try check(
      !values.isEmpty && values.allSatisfy(range.contains), option, values,
      String(format: "numbers from %g to %g are needed", range.lowerBound, range.upperBound))
  }

  /// - Throws: unless all numbers are finite and above 0.
  static func checkPositive(_ options: KeyValuePairs<String, Double>) throws(OptionError) {
    for (option, value) in options {
      try check(value > 0 && value.isFinite, option, value, "a positive number is needed")
    }
  }

  /// - Throws: unless all numbers are finite and at least 0.
  static func checkNotNegative(_ options: KeyValuePairs<String, Double>) throws(OptionError) {
    for (option, value) in options {
      try check(value >= 0 && value.isFinite, option, value, "a finite number ≥ 0 is needed")
    }
  }

  /// - Throws: unless all numbers are above 0 and at most 1.
  static func checkShare(_ options: KeyValuePairs<String, Double>) throws(OptionError) {
    for (option, value) in options {
      try check(
        value > 0 && value <= 1, option, value, "a number above 0 and at most 1 is needed")
    }
  }

  /// - Throws: unless there are step sizes to try, all finite and above 0.
  static func check(stepSizes: [Double]) throws(OptionError) {
    try check(
      !stepSizes.isEmpty && stepSizes.allSatisfy { $0 > 0 && $0.isFinite }, "step-sizes",
      stepSizes, "positive numbers are needed")
  }

  /// - Throws: unless there are layers, each small enough for memory.
  static func check(hidden: [Int]) throws(OptionError) {
    try check(
      !hidden.isEmpty && hidden.allSatisfy { (1...100_000).contains($0) }, "hidden", hidden,
      "at least one layer is needed, each of 1 to 100,000 units")
  }

  /// - Throws: if there is none.
  static func check(methods: [some Any]) throws(OptionError) {
    try check(!methods.isEmpty, "methods", "(none)", "name at least one method")
  }

  /// - Throws: unless there is at least one.
  static func check(threads: Int) throws(OptionError) {
    try check(threads >= 1, "threads", threads, "at least one thread is needed")
  }

  /// A number as one reads it, from 10,000 on with commas.
  private static func grouped(_ number: Int) -> String {
    var digits = String(number)
    guard digits.count > 4 else { return digits }
    for place in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
    }
    return digits
  }
}
