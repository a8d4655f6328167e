import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

/// A saved network, and samples for it.
struct ModelOptions: ParsableArguments {
  @Argument(help: "The network: a safetensors file that Intrinsic wrote.", completion: .file())
  var network: String

  @OptionGroup var samples: SampleOptions

  func model() throws -> Model { try SampleOptions.reading { try Model(contentsOf: url) } }

  /// The samples for it, prepared as in training, or nil without `--data`.
  func loadSamples(for model: Model) throws -> Samples<Double>? {
    guard let data = samples.data else { return nil }
    return try SampleOptions.reading {
      try ModelSamples.read(data, for: model, savedAt: url, limit: samples.samples ?? .max)
    }
  }

  private var url: URL { URL(fileURLWithPath: network) }
}

struct SampleOptions: ParsableArguments {
  @Option(
    help: "The data: a table as text, or an npz or npy file, as for train.", completion: .file())
  var data: String?

  @Option(parsing: .unconditional, help: "Samples that are used at most, from the first.")
  var samples: Int?

  func validate() throws {
    if let samples, samples < 1 {
      throw ValidationError("--samples \(samples): at least one sample is needed")
    }
  }

  /// Reports bad data with their exit code.
  static func reading<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch let error as DataError {
      StandardError.write("Error: \(error)")
      throw error.exitCode
    }
  }
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
