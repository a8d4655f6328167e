import Intrinsic
import IntrinsicMath

/// One training in the log domain, recorded whenever ln L has fallen by a given amount.
struct LogDomainCurve: Sendable {
  let scheme: WeightScheme
  private(set) var records: [LogDomainRecord] = []
  /// The models at the levels that were asked for, as far as they were reached.
  private(set) var models: [Model] = []
  /// Why training ended before its time, if it did.
  private(set) var failure: String?

  /// Trains until ln L is below the last of the levels.
  ///
  /// - Parameters:
  ///   - plain: where training starts, without normalization.
  ///   - levels: decreasing values of ln L at which the model is kept, and recorded.
  ///   - interval: the decrease of ln L from record to record.
  init(
    _ scheme: WeightScheme, from plain: Model, on samples: Samples<Double>, levels: [Double],
    interval: Double, rate: LogDomainDescent.Rate = .init(), maximumSteps: Int,
    shouldStop: @Sendable () -> Bool
  ) throws {
    self.scheme = scheme
    let start = try scheme.model(of: plain)
    let descent = try LogDomainDescent(
      start.network, from: start.parameters, samples: samples, rate: rate)
    records = [descent.record()]
    var next = descent.logLoss - interval
    do {
      while models.count < levels.count {
        if shouldStop() { return }
        if descent.steps >= maximumSteps {
          failure = "ln L is \(Int(descent.logLoss.rounded())) after \(maximumSteps) steps"
          return
        }
        try descent.step()
        let reached = descent.logLoss <= levels[models.count]
        if reached { models.append(descent.model) }
        guard reached || descent.logLoss <= next else { continue }
        records.append(descent.record())
        while next >= descent.logLoss { next -= interval }
      }
    } catch {
      failure = "\(error)"
    }
  }

  /// The first record with ln L at most this; nil if there is none.
  func record(at logLoss: Double) -> LogDomainRecord? {
    records.first { $0.logLoss <= logLoss }
  }
}
