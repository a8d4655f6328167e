import Foundation
import Intrinsic
import IntrinsicProtobuf
import Testing

@testable import IntrinsicStudies

/// `Scripts/check-tensorboard` reads event files with TensorBoard's own package.
@Suite struct TensorBoardFileTests {
  @Test func `the checksum is that of the standard`() {
    // CRC-32C of “123456789” is 0xe3069283.
    let check: UInt32 = 0xe306_9283
    #expect(
      TensorBoardFile.checksum(Data("123456789".utf8))
        == (check >> 15 | check << 17) &+ 0xa282_ead8)
  }

  @Test func `records can be read back, and a file of before stays`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    let directory = try RunDirectory(at: folder)
    let records = try [(1, 10, 0.5, 0.25), (2, 20, 0.4, 0.125)].map { epoch, steps, loss, error in
      let text = """
        {"epoch": \(epoch), "steps": \(steps), "stepSize": 0.0625, "trainLoss": \(loss), "seconds": 1,
         "validation": {"loss": 0.75, "error": \(error)}}
        """
      return try JSONDecoder().decode(TrainingRecord.self, from: Data(text.utf8))
    }
    for _ in 0..<2 {
      let file = try TensorBoardFile(in: directory)
      for record in records { try file.append(record) }
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.contains("tfevents") }
    #expect(names.count == 2)
    for name in names {
      var rest = try Data(contentsOf: directory.url(name))[...]
      func take(_ count: Int) throws -> Data {
        try #require(rest.count >= count)
        defer { rest = rest.dropFirst(count) }
        return Data(rest.prefix(count))
      }
      func number(_ data: Data) -> Int {
        data.reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      var events: [TensorBoardEvent] = []
      while !rest.isEmpty {
        let length = try take(8)
        #expect(number(try take(4)) == Int(TensorBoardFile.checksum(length)))
        let message = try take(number(length))
        #expect(number(try take(4)) == Int(TensorBoardFile.checksum(message)))
        events.append(try TensorBoardEvent(serializedBytes: message))
      }
      #expect(events.map(\.fileVersion) == ["brain.Event:2", "", ""])
      #expect(events.map(\.step) == [0, 10, 20])
      #expect(
        events[2].summary.value.map(\.tag) == [
          "loss/training", "step size", "loss/validation", "accuracy/validation",
        ])
      #expect(events[2].summary.value.map(\.simpleValue) == [0.4, 0.0625, 0.75, 0.875])
    }
  }
}
