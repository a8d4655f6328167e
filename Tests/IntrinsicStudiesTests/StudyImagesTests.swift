import Foundation
import Intrinsic
import IntrinsicData
import IntrinsicMath
import Testing

@testable import IntrinsicStudies

struct StudyImagesTests {
  private static func classes(_ samples: Samples<Float>) -> [Int] {
    guard case .classes(let classes) = samples.targets else { return [] }
    return classes
  }

  @Test func `synthetic images are those of their seed, and train and test differ`() {
    func draw(_ seed: UInt64, _ train: Int) -> StudyImages {
      .synthetic(train: train, test: 5, using: RandomStream(seed: seed))
    }
    let images = draw(1, 20)
    #expect(images.train.inputs == draw(1, 20).train.inputs)
    #expect(images.train.inputs != draw(2, 20).train.inputs)
    #expect(images.train.subset(0..<5).inputs != images.test.inputs)
    // More samples do not change the first.
    #expect(images.train.inputs == draw(1, 30).train.subset(0..<20).inputs)
  }

  @Test(arguments: [16, 32])
  func `synthetic images have their shape, values from 0 to 1 and all classes`(side: Int) throws {
    let images = StudyImages.synthetic(
      train: 500, test: 10, side: side, using: RandomStream(seed: 3))
    #expect(images.shape == ImageShape(height: side, width: side, channels: 3))
    #expect(images.train.inputs.rows == 3 * side * side && images.train.count == 500)
    #expect(images.train.inputs.elements.allSatisfy { (0...1).contains($0) })
    let classes = Self.classes(images.train)
    // 50 expected of each; the deviation of a count is 6.7.
    for label in 0..<10 { #expect((25...80).contains(classes.count { $0 == label })) }
    #expect(images.classNames.count == 10)
    let note = try #require(images.note)
    #expect(note.contains("synthetic") && note.contains("CIFAR-10"))
  }

  @Test func `every two figures differ on a good part of their area`() {
    let side = 40
    let silhouettes = (0..<10).map { figure in
      (0..<side * side).map { index in
        let point = SIMD2(Float(index % side), Float(index / side)) * 2 / Float(side - 1) - 1
        return SyntheticImages.depth(of: figure, at: point) > 0
      }
    }
    for first in 0..<10 {
      let area = silhouettes[first].count { $0 }
      #expect(area > 200 && area < 1200, "figure \(first) covers \(area) of 1600")
      for second in 0..<first {
        let different = zip(silhouettes[first], silhouettes[second]).count { $0 != $1 }
        #expect(different > 150, "figures \(first) and \(second) differ on \(different) of 1600")
      }
    }
  }

  @Test func `CIFAR-10 is read where a folder is named, and nothing else is taken for it`() throws {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("intrinsic-\(UUID().uuidString)", isDirectory: true)
    let folder = root.appendingPathComponent("cifar10", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let stream = RandomStream(seed: 1)
    #expect(throws: DataError.self) {
      try StudyImages.load(option: nil, using: stream, environment: ["INTRINSIC_DATA": root.path])
    }
    let record = [4] + [UInt8](repeating: 255, count: 1024) + [UInt8](repeating: 51, count: 2048)
    for name in ["data_batch_1.bin", "test_batch.bin"] {
      try Data(record + record).write(to: folder.appendingPathComponent(name))
    }
    let images = try StudyImages.load(
      option: nil, using: stream, environment: ["INTRINSIC_DATA": root.path])
    #expect(images.name == "CIFAR-10" && images.note == nil)
    #expect(images.shape == ImageShape(height: 32, width: 32, channels: 3))
    #expect(Self.classes(images.train) == [4, 4] && images.classNames[4] == "deer")
    #expect(images.test.inputs.row(0) == [1, 1] && images.test.inputs.row(1) == [0.2, 0.2])
    #expect(
      try StudyImages.load(option: root.path, using: stream, environment: [:]).name == "CIFAR-10")
  }
}
