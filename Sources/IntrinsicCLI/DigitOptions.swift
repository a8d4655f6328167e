import ArgumentParser
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

/// Where studies on digits find MNIST.
struct DigitOptions: ParsableArguments {
  @Option(
    help: """
      The folder of the MNIST files; $INTRINSIC_DATA if not given. Without either, synthetic digits \
      are drawn.
      """, completion: .directory)
  var data: String?

  /// What options can be checked with before data are read.
  static var placeholder: Digits {
    .synthetic(train: 1, test: 1, using: RandomStream(seed: 0))
  }

  func load(_ seed: UInt64) throws -> Digits {
    do {
      return try Digits.load(option: data, using: RandomStream(seed: seed).child("digits"))
    } catch {
      StandardError.write("Error: \(error)")
      throw error.exitCode
    }
  }
}

struct ThreadOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Threads that work at once; the number of processors if not given.")
  var threads = Parallel.processorCount
}

extension DataError {
  /// 66 for files that are not there, 73 for files that cannot be written, 65 for bad data.
  var exitCode: ExitCode {
    switch self {
    case .missing, .unreadable: .missingInput
    case .cannotWrite: .cannotCreateOutput
    case .truncated, .malformed, .unsupported, .tooLarge, .notFinite, .inexact: .badData
    }
  }
}
