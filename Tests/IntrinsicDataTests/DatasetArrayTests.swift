import Foundation
import IntrinsicMath
import Testing

@testable import IntrinsicData

struct DatasetArrayTests {
  /// What an npz file of the given arrays is read as.
  private static func read(
    _ arrays: [NamedTensor], _ options: DatasetOptions = .init(), compressed: Bool = false
  ) throws -> (train: Dataset, test: Dataset?) {
    var result: (train: Dataset, test: Dataset?)?
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("data.npz")
      let data = NPZ.encode(arrays)
      try (compressed ? Gzip.compress(data) : data).write(to: url)
      result = try Dataset.read(url.path, options: options)
    }
    return result!
  }

  private static func refusal(
    _ x: Tensor, _ y: Tensor, _ options: DatasetOptions = .init()
  ) -> String {
    message { _ = try read([.init("x", x), .init("y", y)], options) }
  }

  private static let flat = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
  private static let labels = Tensor([4, -2, 4])

  @Test(arguments: [false, true])
  func `flat samples become columns, and numbers classes in their order`(compressed: Bool) throws {
    let data = try Self.read(
      [.init("y", Self.labels), .init("x", Self.flat)], compressed: compressed)
    #expect(data.train.inputs == Matrix([[1, 3, 5], [2, 4, 6]]))
    #expect(data.train.classes == [1, 0, 1] && data.train.classNames == ["-2", "4"])
    #expect(data.test == nil && data.train.imageShape == nil && data.train.featureNames == nil)
    #expect(data.train.sources[0].hasPrefix("data.npz (SHA-256 "))
  }

  @Test func `images keep their shape, and unsigned bytes are scaled`() throws {
    let bytes = Tensor((0..<24).map { UInt8(10 * $0) }, shape: [2, 2, 2, 3])
    let color = try Self.read([.init("images", bytes), .init("labels", Tensor([0, 1]))]).train
    #expect(color.imageShape == ImageShape(height: 2, width: 2, channels: 3))
    #expect(color.inputs.row(0) == [0, 120 / 255])
    #expect(color.inputs.row(7) == [70 / 255, 190 / 255])
    let grey = try Self.read([
      .init("x", Tensor((0..<12).map { Double($0) }, shape: [2, 3, 2])),
      .init("y", Tensor([1, 2] as [Double], shape: [2, 1])),
    ]).train
    #expect(grey.imageShape == ImageShape(height: 3, width: 2, channels: 1))
    #expect(grey.inputs.row(5) == [5, 11] && grey.classNames == ["1", "2"])
    let shape = ImageShape(height: 2, width: 1, channels: 1)
    let flat = try Self.read(
      [.init("x", Self.flat), .init("y", Self.labels)], .init(imageShape: shape)
    ).train
    #expect(flat.imageShape == shape && flat.inputs.row(1) == [2, 4, 6])
  }

  @Test func `test arrays share the classes of the training arrays`() throws {
    let arrays: [NamedTensor] = [
      .init("x_train", Self.flat), .init("y_train", Self.labels),
      .init("x_test", Tensor([7, 8] as [Float], shape: [1, 2])), .init("y_test", Tensor([4])),
    ]
    let data = try Self.read(arrays)
    #expect(data.test?.inputs == Matrix([[7], [8]]))
    #expect(data.test?.classes == [1] && data.test?.classNames == ["-2", "4"])
    func replaced(_ name: String, _ tensor: Tensor) -> String {
      message { _ = try Self.read(arrays.map { $0.name == name ? .init(name, tensor) : $0 }) }
    }
    #expect(replaced("y_test", Tensor([5])).contains("“y_test”: the class “5” is not among"))
    #expect(
      replaced("x_test", Tensor([7] as [Float], shape: [1, 1]))
        .contains("there are 1 features, but 2 in the training samples"))
    #expect(
      message { _ = try Self.read(Array(arrays.dropLast())) }.contains("no array of test targets"))
  }

  @Test func `images of test samples must have the size and type of the training images`() {
    func images(_ height: Int, _ width: Int) -> Tensor {
      Tensor([Float](repeating: 1, count: 2 * height * width), shape: [2, height, width])
    }
    func refusal(_ test: Tensor) -> String {
      message {
        _ = try Self.read([
          .init("x_train", images(2, 3)), .init("y_train", Tensor([0, 1])),
          .init("x_test", test), .init("y_test", Tensor([0, 1])),
        ])
      }
    }
    let text = refusal(images(3, 2))
    let bytes = Tensor([UInt8](repeating: 1, count: 12), shape: [2, 2, 3])
    #expect(
      refusal(bytes).contains("“x_test”: the elements are uint8, but float32 in “x_train”"))
    #expect(text.contains("the images are 3 × 2 × 1, but those of the training samples 2 × 3 × 1"))
  }

  @Test func `arrays are named on demand, and listed if they are not there`() throws {
    let arrays = [
      NamedTensor("pixels", Self.flat), .init("kind", Self.labels), .init("x", Self.flat),
    ]
    let data = try Self.read(arrays, .init(label: "kind", inputs: "pixels")).train
    #expect(data.inputs.row(0) == [1, 3, 5])
    let text = message { _ = try Self.read(arrays, .init(label: "what")) }
    #expect(text.contains("there is no array “what”. The arrays are “pixels”, “kind”, “x”"))
    #expect(message { _ = try Self.read(arrays) }.contains("there is no array of targets"))
  }

  @Test func `regression takes vectors and matrices`() throws {
    let options = DatasetOptions(isRegression: true)
    let one = try Self.read(
      [.init("x", Self.flat), .init("y", Tensor([0.5, 1.5, 2.5]))], options
    ).train
    #expect(one.values == Matrix([[0.5, 1.5, 2.5]]))
    let two = try Self.read([.init("x", Self.flat), .init("y", Self.flat)], options).train
    #expect(two.values == Matrix([[1, 3, 5], [2, 4, 6]]))
    guard case .values(_, let names) = two.targets else {
      Issue.record("targets are no values")
      return
    }
    #expect(names == ["y[0]", "y[1]"])
  }

  @Test func `numbers that are not finite are refused with sample and feature`() {
    let bad = Tensor([1, 2, 3, .nan, 5, .infinity] as [Float], shape: [3, 2])
    let text = Self.refusal(bad, Self.labels)
    #expect(text.contains("“x”: element [1, 1] is nan, the first of 2 values"))
    let target = Self.refusal(
      Self.flat, Tensor([0, .infinity, 1] as [Double]), .init(isRegression: true))
    #expect(target.contains("“y”: element [1] is inf"))
    let huge = Self.refusal(Tensor([1, 1e300, 3], shape: [3, 1]), Self.labels)
    #expect(huge.contains("“x”: element [1, 0] is 1e+300, which Float cannot hold. Scale"))
  }

  @Test func `shapes that are no samples are refused`() {
    #expect(
      Self.refusal(Tensor([1, 2, 3] as [Float]), Self.labels).contains("“x”: the shape is [3]"))
    #expect(
      Self.refusal(Tensor([] as [Float], shape: [0, 2]), Tensor([] as [Int]))
        .contains("“x”: the shape is [0, 2]"))
    let channelsFirst = Tensor([UInt8](repeating: 0, count: 3 * 3 * 5 * 5), shape: [3, 3, 5, 5])
    #expect(Self.refusal(channelsFirst, Self.labels).contains("Save x.transpose(0, 2, 3, 1)"))
    #expect(
      Self.refusal(Self.flat, Tensor([0, 1]))
        .contains("“y”: the shape is [2], but there are 3 samples in “x”"))
    let shape = ImageShape(height: 2, width: 2, channels: 1)
    #expect(
      Self.refusal(Self.flat, Self.labels, .init(imageShape: shape))
        .contains("“x”: there are 2 features, but images of 2 × 2 × 1 have 4"))
    let images = Tensor([Float](repeating: 0, count: 12), shape: [3, 1, 4])
    #expect(
      Self.refusal(images, Self.labels, .init(imageShape: shape))
        .contains("the images are 1 × 4 × 1, not 2 × 2 × 1"))
  }

  @Test func `labels must make classes`() {
    #expect(Self.refusal(Self.flat, Tensor([2, 2, 2])).contains("all 3 samples are of one class"))
    #expect(
      Self.refusal(Self.flat, Tensor([0, 0.5, 1]))
        .contains("the targets are not class numbers: element [1] is 0.5, which Int cannot hold"))
    #expect(
      Self.refusal(Self.flat, Self.flat).contains("Save one class number a sample, as y.argmax"))
  }

  @Test func `one npy file is a table, and several in a folder are arrays`() throws {
    try withTemporaryDirectory { root in
      let url = root.appendingPathComponent("table.npy")
      try NPY.write(Tensor([1, 0, 2, 3, 1, 4] as [Float], shape: [2, 3]), to: url)
      for label in ["1", "-2"] {
        let data = try Dataset.read(url.path, options: .init(label: label)).train
        #expect(data.inputs == Matrix([[1, 3], [2, 4]]) && data.classes == [0, 1])
      }
      let several = try Dataset.read(url.path, options: .init(label: "-1,0", isRegression: true))
      #expect(several.train.values == Matrix([[2, 4], [1, 3]]))
      for label in ["3", "-4", "kind"] {
        let text = message { _ = try Dataset.read(url.path, options: .init(label: label)) }
        #expect(text.contains("there is no column “\(label)”") && text.contains("0 to 2"))
      }
      #expect(message { _ = try Dataset.read(url.path) }.contains("which column holds the targets"))
      try FileManager.default.removeItem(at: url)

      try NPY.write(Self.flat, to: root.appendingPathComponent("x_train.npy"))
      try Gzip.compress(NPY.encode(Self.labels))
        .write(to: root.appendingPathComponent("y_train.npy.gz"))
      let data = try Dataset.read(root.path).train
      #expect(data.inputs.row(1) == [2, 4, 6] && data.classes == [1, 0, 1])
      #expect(data.sources.count == 2 && data.sources[1].hasPrefix("y_train.npy.gz (SHA-256 "))
    }
  }
}
