import ArgumentParser
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

struct BatchNormalizationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch-normalization",
    abstract: "What batch normalization regularizes in a convolutional network.",
    discussion: """
      The quick setting uses small images, networks and samples and ends in minutes; --full is the \
      published one, which takes hours. Options given change either.
      """)

  @Option(
    help: """
      The folder of the CIFAR-10 files; $INTRINSIC_DATA if not given. Without either, synthetic \
      images are drawn.
      """, completion: .directory)
  var data: String?

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

  func validate() throws {
    _ = try study(0, on: .synthetic(train: 1, test: 1, using: RandomStream(seed: 0)))
  }

  func run() throws {
    let seed = options.drawnSeed
    let images: StudyImages
    do {
      images = try StudyImages.load(option: data, using: RandomStream(seed: seed).child("images"))
    } catch {
      StandardError.write("Error: \(error)")
      throw error.exitCode
    }
    let study = try study(seed, on: images)
    let run = try StudyRun("batch-normalization", options, threads: threads.threads, seed: seed)
    try run(total: study.trainingCount, unit: "trainings", run: study.run)
  }

  private func study(_ seed: UInt64, on images: StudyImages) throws -> BatchNormalizationStudy {
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
    do { return try BatchNormalizationStudy(chosen, on: images) } catch {
      throw ValidationError("\(error)")
    }
  }
}
