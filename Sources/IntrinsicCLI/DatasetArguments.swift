import ArgumentParser
import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import IntrinsicStudies

/// The data of a user, for training and evaluation.
struct DatasetArguments: ParsableArguments {
  @Option(
    help:
      "The data: a table as text, an npz or npy file, the folder of MNIST or CIFAR-10, or - for standard input.",
    completion: .file())
  var data: String?

  @Option(
    parsing: .unconditional,
    help:
      "What is to be predicted: the name of a column or array, or a column's number, -1 the last.")
  var label: String?

  @Flag(help: "Predict numbers, not classes.")
  var regression = false

  @Option(help: "A column of a table to leave out; may be given again.")
  var ignore: [String] = []

  @Option(
    help: "The columns of a table to predict from, joined by commas; all others are left out.")
  var columns: String?

  @Option(help: "What to do with empty cells of a table, NA and ?: refuse, mean or indicator.")
  var missing = MissingValues.refuse

  @Option(help: "A file of test samples in the same form.", completion: .file())
  var test: String?

  @Option(help: "The shape of images that are stored flat: height × width × channels as 8x8x1.")
  var image: ImageShape?

  func put(into options: inout TrainRun.Options) {
    (options.label, options.isRegression) = (label, regression)
    (options.ignored, options.missing) = (ignore, missing)
    options.columns = columns?.split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    (options.test, options.image) = (test, image)
  }
}

/// What samples count in the loss that is trained; scores count all alike.
struct WeightArguments: ParsableArguments {
  @Option(help: "A column of a table with the weight of each sample in the loss; no feature.")
  var weightColumn: String?

  @Option(
    help:
      "What the classes count in the loss: balanced, all alike, or by name as “yes=10,no=1”.")
  var classWeights: ClassWeights?

  func put(into options: inout TrainRun.Options) {
    (options.weightColumn, options.classWeights) = (weightColumn, classWeights)
  }
}

extension ClassWeights: ExpressibleByArgument {}
extension MissingValues: ExpressibleByArgument {}

extension ImageShape: ExpressibleByArgument {
  /// From `8x8x1` or `8x8`.
  public init?(argument: String) {
    let sides = argument.split { $0 == "x" || $0 == "×" }.map { Int($0) }
    guard (2...3).contains(sides.count), let height = sides[0], let width = sides[1],
      let channels = sides.count == 3 ? sides[2] : 1
    else { return nil }
    self.init(height: height, width: width, channels: channels)
    if !isValid { return nil }
  }
}

extension MethodOptions.Schedule: ExpressibleByArgument {}
extension Scaling: ExpressibleByArgument {}

/// A method of training with its settings.
struct MethodArguments: ParsableArguments {
  private static let defaults = MethodOptions()

  @Option(help: "How gradients become steps; the default comes with settings that need no tuning.")
  var method = Self.defaults.name

  @Option(parsing: .unconditional, help: "Step size at the start; that which suits the method.")
  var stepSize: Double?

  @Option(help: "How the step size changes; cosine ends at 0.")
  var schedule = Self.defaults.schedule

  @Option(
    parsing: .unconditional,
    help: "The factor of --schedule step (0.5), or k per epoch of inverse-time (1).")
  var decay: Double?

  @Option(parsing: .unconditional, help: "Epochs between steps of --schedule step.")
  var decayEvery = Self.defaults.decayEvery

  @Option(parsing: .unconditional, help: "Epochs over which the step size rises at the start.")
  var warmUp = Self.defaults.warmUp

  @Option(
    parsing: .unconditional,
    help: "Damping of the metric, ε or λ; λ of spring, and the first of levenberg-marquardt.")
  var damping: Double?

  @Option(help: "The kind of damping; only the additive one breaks invariance.")
  var dampingKind: MethodOptions.DampingKind?

  @Option(
    name: [.long, .customLong("discount")],
    parsing: .unconditional, help: "Weight of a new estimate in the average of the metric.")
  var averagingRate: Double?

  @Option(parsing: .unconditional, help: "Steps between estimates of the metric.")
  var refresh = Self.defaults.refresh

  @Option(parsing: .unconditional, help: "Part of each batch that the metric is estimated from.")
  var batchFraction = Self.defaults.batchFraction

  @Option(help: "What damps levenberg-marquardt and spring: D of A + λD.")
  var scaling: Scaling?

  @Flag(
    help:
      "Levenberg-marquardt finds a penalty on weights by its evidence (trainbr); of values only.")
  var evidence = false

  @Flag(help: "Levenberg-marquardt steps with geodesic acceleration; of values only.")
  var geodesic = false

  @Option(
    parsing: .unconditional,
    help: "Bound on the change of predictions by a step, in nats a sample; finds the step size.")
  var trustRegion: Double?

  @Option(
    parsing: .unconditional,
    help: "β of heavy-ball momentum over the method, or μ of spring; 0 for MinSR.")
  var momentum: Double?

  @Option(parsing: .unconditional, help: "Decoupled weight decay, a factor of the step size.")
  var weightDecay: Double?

  @Option(parsing: .unconditional, help: "Bound on the global norm of gradients.")
  var clipNorm: Double?

  var options: MethodOptions {
    var options = Self.defaults
    (options.trustRegion, options.momentum) = (trustRegion, momentum)
    (options.weightDecay, options.clipNorm) = (weightDecay, clipNorm)
    (options.name, options.stepSize) = (method, stepSize)
    (options.scaling, options.findsPenalty) = (scaling, evidence ? true : nil)
    options.isGeodesic = geodesic ? true : nil
    (options.schedule, options.decay, options.decayEvery) = (schedule, decay, decayEvery)
    (options.warmUp, options.damping, options.dampingKind) = (warmUp, damping, dampingKind)
    (options.averagingRate, options.refresh, options.batchFraction) = (
      averagingRate, refresh, batchFraction
    )
    return options
  }
}
