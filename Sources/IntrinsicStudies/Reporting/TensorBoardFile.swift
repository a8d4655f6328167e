import Foundation
import Intrinsic
import IntrinsicProtobuf

/// An event file as TensorBoard reads it, which grows while a training goes on: `tensorboard --logdir runs`.
///
/// Each record is its length, the checksum of the length, the message, and its checksum.
package final class TensorBoardFile {
  private let file: FileHandle

  /// Begins a file in a run directory, beside those of earlier sessions.
  ///
  /// - Throws: ``RunDirectoryError`` if it cannot be written.
  package init(in directory: RunDirectory) throws(RunDirectoryError) {
    let seconds = Date().timeIntervalSince1970
    var (name, number) = ("", 0)
    repeat {
      name = String(format: "events.out.tfevents.%010d.intrinsic.%d", Int(seconds), number)
      number += 1
    } while FileManager.default.fileExists(atPath: directory.url(name).path)
    let url = directory.url(name)
    guard FileManager.default.createFile(atPath: url.path, contents: nil),
      let file = FileHandle(forWritingAtPath: url.path)
    else { throw .cannotWrite(path: url.path, reason: String(cString: strerror(errno))) }
    self.file = file
    try append(.with { ($0.wallTime, $0.fileVersion) = (seconds, "brain.Event:2") })
  }

  /// Adds what an epoch measured, at its number of steps.
  package func append(_ record: TrainingRecord) throws(RunDirectoryError) {
    var values = [("loss/training", record.trainLoss), ("step size", record.stepSize)]
    if let validation = record.validation {
      values.append(("loss/validation", validation.loss))
      if let error = validation.error { values.append(("accuracy/validation", 1 - error)) }
    }
    try append(
      .with {
        $0.wallTime = Date().timeIntervalSince1970
        $0.step = Int64(record.steps)
        $0.summary.value = values.map { tag, value in
          .with { ($0.tag, $0.simpleValue) = (tag, Float(value)) }
        }
      })
  }

  private func append(_ event: TensorBoardEvent) throws(RunDirectoryError) {
    // A message without required fields.
    let message: Data = try! event.serializedData()
    var record = Data()
    func add(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { record.append(contentsOf: $0) }
    }
    add(UInt64(message.count))
    add(Self.checksum(record))
    record += message
    add(Self.checksum(message))
    do { try file.write(contentsOf: record) } catch {
      throw .cannotWrite(path: "the event file", reason: error.localizedDescription)
    }
  }

  /// CRC-32C (Castagnoli), turned and shifted as these files have it, so that checksums of checksums differ.
  static func checksum(_ data: Data) -> UInt32 {
    var remainder = ~(0 as UInt32)
    for byte in data {
      remainder ^= UInt32(byte)
      for _ in 0..<8 {
        remainder = remainder >> 1 ^ (remainder & 1 == 1 ? 0x82f6_3b78 : 0)
      }
    }
    let checksum = ~remainder
    return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }
}
