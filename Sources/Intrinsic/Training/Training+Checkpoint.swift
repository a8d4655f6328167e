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
    let archive = StateArchive<T>()
    carry(archive)
    var header = CheckpointHeader(network, settings, dataFingerprint, scalar: T.typeName)
    (header.records, header.bestEpoch) = (records, bestEpoch)
    // Numbers and text, which always encode.
    let text = String(decoding: try! encoder.encode(header), as: UTF8.self)
    try Safetensors.write(
      tensors: archive.tensors, metadata: [Self.headerKey: text], to: url)
  }

  /// Goes on from a checkpoint as if nothing had happened in between, with the same bits.
  ///
  /// Everything but the file must be what the training was begun with; only `settings.epochs` and
  /// `settings.patience` may differ.
  ///
  /// - Throws: ``CheckpointError``, if the file cannot be read or is damaged, or is a checkpoint of
  ///   another network, method or data, naming the difference.
  public convenience init(
    resuming url: URL, _ network: Network, on train: Samples<T>, validation: Samples<T>? = nil,
    _ settings: TrainingSettings
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
    guard let header = try? decoder.decode(CheckpointHeader.self, from: Data(text.utf8)),
      header.version == 1
    else { throw malformed("the header is damaged, or of another version") }

    let own = CheckpointHeader(
      network, settings, DataFingerprint(train: train, validation: validation), scalar: T.typeName)
    if let difference = header.difference(from: own) { throw .differs(difference) }
    do {
      var start = Parameters<T>(network)
      // Whatever can be normalized; the state overwrites it.
      for index in 0..<start.count { start[index] = 1 }
      try self.init(network, from: start, on: train, validation: validation, settings)
    } catch { throw .descent(error) }
    records = header.records
    if let epoch = header.bestEpoch {
      guard records.indices.contains(epoch - 1), records[epoch - 1].validation != nil else {
        throw malformed("the best epoch is \(epoch) of \(records.count)")
      }
      best = Best(
        epoch: epoch, parameters: Parameters(network), statistics: descent.statistics)
    }
    let archive = StateArchive<T>(restoring: contents.tensors)
    carry(archive)
    if let part = archive.fault { throw malformed("“\(part)” is missing or does not fit") }
    if let part = archive.unused { throw malformed("“\(part)” belongs to nothing") }
    guard steps >= 0 && steps / stepsPerEpoch == records.count else {
      throw malformed("there are \(records.count) records after \(steps) steps")
    }
    updateEnding()
  }

  private func carry(_ archive: StateArchive<T>) {
    archive.carry("epoch_loss", &epochLoss)
    archive.carry("seconds", &seconds)
    archive.within("batches") { batches.carry(archive) }
    archive.within("descent") { descent.carry(archive) }
    guard var best else { return }
    archive.within("best") {
      let vector = Buffer<T>(count: best.parameters.count)
      vector.copy(from: best.parameters.storage)
      archive.carry("parameters", vector)
      best.parameters.storage = vector
      for (index, own) in best.statistics {
        let (mean, spread) = (Buffer(own.mean), Buffer(own.spread))
        archive.carry("layers.\(index).mean", mean)
        archive.carry("layers.\(index).spread", spread)
        best.statistics[index] = NormalizationStatistics(
          mean: mean.elements, spread: spread.elements)
      }
    }
    self.best = best
  }
}
