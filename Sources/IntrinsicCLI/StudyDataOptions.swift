import ArgumentParser
import IntrinsicMath
import IntrinsicStudies

/// Options that say where the data of a study are from.
protocol StudyDataOptions: ParsableArguments {
  associatedtype Value
  /// What options can be checked with before data are read.
  static var placeholder: Value { get }

  func load(_ seed: UInt64) throws -> Value
}

/// Where studies on digits find MNIST.
struct DigitOptions: StudyDataOptions {
  @Option(
    help: """
      The folder of the MNIST files; $INTRINSIC_DATA if not given. Without either, synthetic digits \
      are drawn.
      """, completion: .directory)
  var data: String?

  static var placeholder: Digits {
    .synthetic(train: 1, test: 1, using: RandomStream(seed: 0))
  }

  func load(_ seed: UInt64) throws -> Digits {
    try SampleOptions.reading {
      try .load(option: data, using: RandomStream(seed: seed).child("digits"))
    }
  }
}

/// Where studies on photographs find CIFAR-10.
struct ImageOptions: StudyDataOptions {
  @Option(
    help: """
      The folder of the CIFAR-10 files; $INTRINSIC_DATA if not given. Without either, synthetic \
      images are drawn.
      """, completion: .directory)
  var data: String?

  static var placeholder: StudyImages {
    .synthetic(train: 1, test: 1, using: RandomStream(seed: 0))
  }

  func load(_ seed: UInt64) throws -> StudyImages {
    try SampleOptions.reading {
      try .load(option: data, using: RandomStream(seed: seed).child("images"))
    }
  }
}

/// Training of layers that read digits.
struct DigitTrainingOptions: ParsableArguments {
  @Option(parsing: .upToNextOption, help: "Units of the hidden layers.")
  var hidden = [200, 200]

  @Option(parsing: .unconditional, help: "Samples of a batch.")
  var batch = 100

  @Option(parsing: .unconditional, help: "Training samples that are used at most.")
  var samples = 60_000
}
