import Foundation
import IntrinsicData
import IntrinsicMath

/// Checkpoints: safetensors with all state bit for bit, and as JSON in the metadata what training it is
/// of.
extension Training {
  /// The metadata that holds the header.
  static var headerKey: String { "intrinsic.checkpoint" }

  /// Writes a checkpoint, all of it or nothing: whatever happens meanwhile, an earlier file of that
  /// name stays until the new one is complete and on the disk.
  ///
  /// - Throws: `DataError` if the file cannot be written.
  /// - Complexity: the state of the method, which for moving averages is a few times the parameters
  ///   and for unitwise ones their squares.
  public func save(to url: URL) throws(DataError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let coder = CheckpointCoder<T>()
    code(coder)
    var header = CheckpointHeader(
      network, settings, rule: ruleName, dataFingerprint, scalar: T.typeName)
    (header.records, header.bestEpoch) = (records, bestEpoch)
    // Numbers and text, which always encode.
    let text = String(decoding: try! encoder.encode(header), as: UTF8.self)
    try Safetensors.write(
      tensors: coder.tensors, metadata: [Self.headerKey: text], to: url)
  }

  /// Goes on from a checkpoint as if nothing had happened in between, with the same bits.
  ///
  /// Everything but the file must be what the training was begun with, the state of a rule at its
  /// beginning; only `settings.epochs` and `settings.patience` may differ.
  ///
  /// - Throws: ``CheckpointError``, if the file cannot be read or is damaged, or is a checkpoint of
  ///   another network, method or data, naming the difference.
  public convenience init(
    resuming url: URL, _ network: Network, on train: Samples<T>, validation: Samples<T>? = nil,
    rule: (any StepRule<T>)? = nil, penalties: [any Penalty<T>] = [],
    population: PopulationStatistics<T>? = nil, _ settings: TrainingSettings
  ) throws(CheckpointError) {
    let contents: Safetensors.Contents
    do { contents = try Safetensors.read(url) } catch { throw .data(error) }
    let place = DataError.Place(file: url.path, member: Self.headerKey)
    func malformed(_ found: String) -> CheckpointError {
      .data(
        .malformed(
          place, found: found, remedy: "Use another checkpoint, or begin the training anew."))
    }
    guard let text = contents.metadata[Self.headerKey] else {
      throw malformed("the file is no checkpoint")
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let current = FormerNames.renewed(header: text)
    guard let header = try? decoder.decode(CheckpointHeader.self, from: Data(current.utf8)),
      (1...CheckpointHeader.currentVersion).contains(header.version)
    else { throw malformed("the header is damaged, or of another version") }

    let given = CheckpointHeader(
      network, settings, rule: rule?.name, DataFingerprint(train: train, validation: validation),
      scalar: T.typeName)
    if let difference = header.difference(from: given) { throw .differs(difference) }
    do {
      var start = Parameters<T>(network)
      // Whatever can be normalized; the state overwrites it.
      for index in 0..<start.count { start[index] = 1 }
      try self.init(
        network, from: start, on: train, validation: validation, rule: rule, penalties: penalties,
        population: population, settings)
    } catch { throw .descent(error) }
    records = header.records
    if let epoch = header.bestEpoch {
      guard records.indices.contains(epoch - 1), records[epoch - 1].validation != nil else {
        throw malformed("the best epoch is \(epoch) of \(records.count)")
      }
      best = Best(
        epoch: epoch, parameters: Parameters(network), statistics: descent.statistics)
    }
    let coder = CheckpointCoder<T>(restoring: contents.tensors.map(FormerNames.renewed))
    code(coder)
    if let part = coder.fault { throw malformed("“\(part)” is missing or does not fit") }
    if let part = coder.unused { throw malformed("“\(part)” belongs to nothing") }
    guard steps >= 0 && steps / stepsPerEpoch == records.count else {
      throw malformed("there are \(records.count) records after \(steps) steps")
    }
    updateEnding()
  }

  private func code(_ coder: CheckpointCoder<T>) {
    coder.code("epoch_loss", &epochLoss)
    coder.code("seconds", &seconds)
    coder.within("batches") { batches.code(coder) }
    coder.within("descent") { descent.code(coder) }
    guard var best else { return }
    coder.within("best") {
      let vector = Buffer<T>(count: best.parameters.count)
      vector.copy(from: best.parameters.storage)
      coder.code("parameters", vector)
      best.parameters.storage = vector
      best.statistics.code(coder)
    }
    self.best = best
  }
}
