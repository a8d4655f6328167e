import ArgumentParser
import IntrinsicStudies

struct BatchNormalizationCommand: DataStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch-normalization",
    abstract: "What batch normalization regularizes in a convolutional network.",
    discussion: """
      The quick setting uses small images, networks and samples and ends in ten minutes; --full is the \
      published one, which takes hours. Options given change either.
      """)

  @OptionGroup var data: ImageOptions

  @Flag(help: "The published setting.")
  var full = false

  @Option(parsing: .upToNextOption, help: "Channels of the four convolutions.")
  var channels: [Int] = []

  @Option(parsing: .unconditional, help: "Height and width that images are averaged down to.")
  var side: Int?

  @Option(parsing: .unconditional, help: "Training images that are used at most.")
  var samples: Int?

  @Option(parsing: .unconditional, help: "Epochs of each training.")
  var epochs: Int?

  @Option(parsing: .unconditional, help: "Repetitions with other weights and orders.")
  var runs: Int?

  @Option(parsing: .unconditional, help: "Step size at the small batch.")
  var stepSize: Double?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  func study(_ seed: UInt64, on images: StudyImages) throws -> BatchNormalizationStudy {
    var chosen =
      full
      ? BatchNormalizationStudy.Options.full(seed: seed, threads: threads.threads)
      : BatchNormalizationStudy.Options(seed: seed, threads: threads.threads)
    if !channels.isEmpty { chosen.channels = channels }
    if let side { chosen.side = side }
    if let samples { chosen.samples = samples }
    if let epochs { chosen.epochs = epochs }
    if let runs { chosen.runs = runs }
    if let stepSize { chosen.stepSize = stepSize }
    return try BatchNormalizationStudy(chosen, on: images)
  }
}
