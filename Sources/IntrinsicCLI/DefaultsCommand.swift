import ArgumentParser
import IntrinsicData
import IntrinsicStudies

struct DefaultsCommand: StudyRunCommand {
  static let configuration = CommandConfiguration(
    commandName: "defaults",
    abstract: "The default of train against Adam and against tuned methods, on many tables.",
    discussion: """
      Reads tables/NAME/train.csv and test.csv, or npz files, and the first split of the published regression \
      tables. Tuned methods have the seconds of the default for each of nine step sizes, and are chosen by the \
      validation loss.
      """)

  private static let defaults = DefaultsStudy.Options(seed: 0, threads: 1)

  @Option(parsing: .upToNextOption, help: "Names of sets; all that are there if not given.")
  var sets: [String] = []

  @Option(parsing: .unconditional, help: "Trainings of each method.")
  var seeds = Self.defaults.seeds

  @Option(
    help: "The folder of the sets; that of $INTRINSIC_DATA if not given.", completion: .directory)
  var data: String?

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var options: RunOptions

  private func chosen(_ seed: UInt64) -> DefaultsStudy.Options {
    var chosen = DefaultsStudy.Options(seed: seed, threads: threads.threads)
    (chosen.sets, chosen.seeds) = (sets, seeds)
    return chosen
  }

  func check() throws { _ = try DefaultsStudy(chosen(0), on: []) }

  func study(_ seed: UInt64) throws -> DefaultsStudy {
    let read = try SampleOptions.reading { try DefaultsData.read(sets, option: data) }
    return try DefaultsStudy(chosen(seed), on: read)
  }
}
