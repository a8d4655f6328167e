import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicData

struct DatasetTests {
  private static func numbered(_ classes: [Int]) -> Dataset {
    let count = classes.count
    return Dataset(
      inputs: Matrix(
        rows: 2, columns: count,
        elements: (0..<(2 * count)).map { $0 < count ? Float($0) : -Float($0 - count) }),
      targets: .classes(classes, names: ["a", "b", "c"]), featureNames: ["p", "q"],
      sources: ["s"])
  }

  @Test func `a subset has the chosen samples in the chosen order`() {
    let part = Self.numbered([0, 1, 2, 1]).subset([3, 0, 3])
    #expect(part.inputs == Matrix([[3, 0, 3], [-3, 0, -3]]))
    #expect(part.classes == [1, 0, 1])
    #expect(part.classNames == ["a", "b", "c"])
    #expect(part.featureNames == ["p", "q"] && part.sources == ["s"])
    let values = Dataset(
      inputs: Matrix([[1, 2, 3]]),
      targets: .values(Matrix([[4, 5, 6], [7, 8, 9]]), names: ["u", "v"]))
    #expect(values.subset([2, 0]).values == Matrix([[6, 4], [9, 7]]))
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `a split is a partition with the shares of each class`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let sizes = (0..<3).map { _ in Int.random(in: 1...60, using: &generator) }
    let classes = sizes.indices.flatMap { [Int](repeating: $0, count: sizes[$0]) }
      .shuffled(using: &generator)
    let data = Self.numbered(classes)
    let fraction = Double.random(in: 0.05...0.95, using: &generator)
    let stream = RandomStream(seed: seed)
    let (train, validation) = data.split(validation: fraction, using: stream)
    let (rows, others) = (train.inputs.row(0), validation.inputs.row(0))
    #expect(rows == rows.sorted() && others == others.sorted())
    #expect((rows + others).sorted() == data.inputs.row(0), "seed \(seed)")
    let wanted = (fraction * Double(data.count)).rounded()
    #expect(validation.count == Int(min(max(wanted, 1), Double(data.count - 1))))
    for (label, size) in sizes.enumerated() {
      let share = Double(validation.count) * Double(size) / Double(data.count)
      let found = validation.classes.count { $0 == label }
      #expect(abs(Double(found) - share) < 1, "seed \(seed), class \(label)")
    }
    for part in [train, validation] {
      #expect(part.classes == part.inputs.row(0).map { classes[Int($0)] })
    }
    let again = data.split(validation: fraction, using: stream)
    #expect(again.validation.inputs == validation.inputs)
  }

  @Test func `splits of other seeds differ, and neither part is empty`() {
    let data = Self.numbered((0..<90).map { $0 % 3 })
    let parts = (0..<5).map {
      data.split(validation: 0.3, using: RandomStream(seed: $0)).validation.inputs.row(0)
    }
    #expect(Set(parts).count == 5)
    let pair = Self.numbered([0, 1])
    for fraction in [0.001, 0.999] {
      let (train, validation) = pair.split(validation: fraction, using: RandomStream(seed: 1))
      #expect(train.count == 1 && validation.count == 1)
    }
  }

  @Test func `train and test must have the same features, classes and targets`() throws {
    try withTemporaryDirectory { root in
      func write(_ name: String, _ text: String) throws -> String {
        let url = root.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url.path
      }
      let train = try write("train.csv", "a,b,kind\n1,2,x\n3,4,y\n")
      func test(_ text: String, _ options: DatasetOptions = .init(label: "kind")) throws -> Dataset
      {
        var options = options
        options.test = try write("other.csv", text)
        return try #require(Dataset.read(train, options: options).test)
      }
      let sound = try test("a,b,kind\n5,6,y\n")
      #expect(sound.classes == [1] && sound.classNames == ["x", "y"])
      #expect(sound.inputs == Matrix([[5], [6]]))
      #expect(
        message { _ = try test("a,kind\n5,y\n") }
          .contains("other.csv”, line 1: there is no column “b”, which the training samples have"))
      #expect(try test("b,a,kind\n5,6,y\n").inputs == Matrix([[6], [5]]))
      #expect(
        message { _ = try test("a,b,kind\n5,6,z\n") }
          .contains("line 2, column “kind”: the class “z” is not among those trained: “x”, “y”"))

      _ = try write("test.csv", "a,b,kind\n7,8,x\n")
      let folder = try Dataset.read(root.path, options: .init(label: "kind"))
      #expect(folder.train.classes == [0, 1])
      #expect(folder.test?.inputs == Matrix([[7], [8]]))
    }
  }

  @Test func `other content is refused by what it is`() throws {
    try withTemporaryDirectory { root in
      #expect(
        message { _ = try Dataset.read(root.path) }.contains("the folder holds no data set"))
      #expect(message { _ = try Dataset.read(root.path + "/no.csv") }.contains("is missing"))
      let url = root.appendingPathComponent("image.png")
      try Data([0x89, 0x50, 0, 0]).write(to: url)
      #expect(
        message { _ = try Dataset.read(url.path) }.contains("neither text nor an array of NumPy"))
      let whole = Gzip.compress(Data("a,kind\n1,x\n2,y\n".utf8))
      let cut = root.appendingPathComponent("cut.csv.gz")
      try whole.dropLast(12).write(to: cut)
      let text = message { _ = try Dataset.read(cut.path, options: .init(label: "kind")) }
      #expect(text.contains("cut.csv.gz”, byte \(whole.count - 12): "))
      #expect(text.contains("cut short or damaged"))
    }
  }

  @Test func `MNIST files make images with their checksums`() throws {
    try withTemporaryDirectory { root in
      try MNISTTests.write(to: root, compressed: true)
      let (train, test) = try Dataset.read(root.path)
      #expect(train.classes == [7, 0, 9] && train.classNames == (0...9).map { "\($0)" })
      #expect(train.imageShape == ImageShape(height: 28, width: 28, channels: 1))
      #expect(test?.inputs == train.inputs)
      for sample in 0..<3 {
        #expect(train.inputs[5, sample] == Float((784 * sample + 5) % 251) / 255)
      }
      #expect(train.sources.count == 4)
      #expect(train.sources[0].hasPrefix("train-images-idx3-ubyte.gz (SHA-256 "))
      let turned = DatasetOptions(classNames: (0...9).reversed().map { "\($0)" })
      #expect(try Dataset.read(root.path, options: turned).train.classes == [2, 9, 0])
      let few = DatasetOptions(classNames: ["0", "1"])
      #expect(
        message { _ = try Dataset.read(root.path, options: few) }
          .contains("the class “2” is not among those trained: “0”, “1”"))
      let text = message { _ = try Dataset.read(root.path, options: .init(isRegression: true)) }
      #expect(text.contains("the images have classes"))
    }
  }
}
