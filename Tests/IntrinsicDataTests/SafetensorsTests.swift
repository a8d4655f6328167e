import Foundation
import IntrinsicData
import Testing

struct SafetensorsTests {
  /// A file of a header and zeros.
  static func file(_ header: String, bytes: Int = 0) -> Data {
    Data(count: 8).replacing(at: 0, with: UInt64(header.utf8.count)) + Data(header.utf8)
      + Data(count: bytes)
  }

  @Test func `a file has these bytes`() {
    let data = Safetensors.encode(
      tensors: [
        .init("mask", Tensor([true])), .init("w", Tensor([1, 2] as [Float], shape: [2, 1])),
      ], metadata: ["b": "2", "a": "\"\u{1}\n😀"])
    let header =
      #"{"__metadata__":{"a":"\"\u0001\n😀","b":"2","intrinsic.crc32":"CRCRCRCR"},"#
      + #""w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"#
      + #""mask":{"dtype":"BOOL","shape":[1],"data_offsets":[8,9]}}"#
    let length = (header.utf8.count + 7) / 8 * 8
    #expect(data.little(UInt64.self, at: 0) == UInt64(length))
    #expect(
      String(decoding: data[8..<(8 + length)], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        .replacing(#/crc32":"[0-9a-f]{8}"/#, with: "crc32\":\"CRCRCRCR\"") == header)
    #expect(data[(8 + length)...] == Data([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 1]))
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `every type and rank comes back, each where its type may lie`(seed: UInt64) throws {
    let tensors = Tensor.everyKind(seed: seed).enumerated().map { NamedTensor("t\($0)", $1) }
    let metadata = ["format": "pt", "": "", "\u{0}\"\\/\t": "é😀"]
    let data = Safetensors.encode(tensors: tensors, metadata: metadata)
    let contents = try Safetensors.decode(data, file: "x")
    #expect(contents.metadata == metadata, "seed \(seed)")
    #expect(contents.tensors.count == tensors.count)
    var offset = 8 + Int(data.little(UInt64.self, at: 0))
    for entry in contents.tensors {
      #expect(offset % entry.tensor.elementType.size == 0, "seed \(seed)")
      offset += entry.tensor.bytes.count
    }
    for entry in tensors { #expect(contents.tensors[entry.name] == entry.tensor, "seed \(seed)") }
  }

  @Test func `no flipped bit goes unnoticed`() throws {
    let contents = Safetensors.Contents(
      tensors: [.init("w", Tensor([1, -2, 0.5] as [Float]))], metadata: ["text": "a network"])
    let data = Safetensors.encode(tensors: contents.tensors, metadata: contents.metadata)
    #expect(try Safetensors.decode(data, file: "x") == contents)
    var refused = 0
    for bit in 0..<8 * data.count {
      var damaged = data
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      do {
        // What names the checksum, or blanks between the parts, may change; all else is as written.
        let read = try Safetensors.decode(damaged, file: "x")
        #expect(
          read.tensors == contents.tensors && read.metadata["text"] == "a network", "bit \(bit)")
      } catch { refused += 1 }
    }
    #expect(refused > 8 * (data.count - 20), "\(refused) of \(8 * data.count)")
    var last = data
    last[data.count - 1] ^= 1
    let error = #expect(throws: DataError.self) { try Safetensors.decode(last, file: "net") }
    #expect(error?.description.contains("checksum") == true, "\(String(describing: error))")
  }

  @Test func `a file may hold nothing`() throws {
    let contents = try Safetensors.decode(Safetensors.encode(tensors: []), file: "x")
    #expect(contents == .init(tensors: []))
  }

  @Test func `tensors come in the order of their data`() throws {
    let header =
      #"{"b":{"data_offsets":[4,8],"dtype":"F32","shape":[1]},"#
      + #""z":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"#
      + #""a":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}"#
    let contents = try Safetensors.decode(Self.file(header, bytes: 8), file: "x")
    #expect(contents.tensors.map(\.name) == ["a", "z", "b"])
  }

  @Test func `escapes of every kind are read`() throws {
    let header = #" {"__metadata__" : { "\u0041\/\b\f\r\t" : "\ud83d\ude00\"\\\u00e9" } } "#
    let contents = try Safetensors.decode(Self.file(String(header.dropFirst())), file: "x")
    #expect(contents.metadata == ["A/\u{8}\u{c}\r\t": "😀\"\\é"])
  }

  private static func tensor(
    _ name: String = "a", dtype: String = "F32", shape: String = "[1]", offsets: String = "[0,4]"
  ) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  @Test(arguments: [
    ("{\(tensor(offsets: "[0,5]"))}", 4, "from 0 to 5 of 4"),
    ("{\(tensor(offsets: "[4,0]"))}", 4, "no tensor has the data from 0 to 4"),
    ("{\(tensor(offsets: "[0,4,8]"))}", 4, "two data_offsets"),
    ("{\(tensor(offsets: "[0,18446744073709551616]"))}", 4, "overflows"),
    ("{\(tensor(offsets: "[0,9223372036854775807]"))}", 4, "of 4"),
    ("{\(tensor(offsets: "[-4,0]"))}", 4, "whole number"),
    ("{\(tensor(offsets: "[0,4.0]"))}", 4, "“]” was expected"),
    ("{\(tensor(offsets: "[0,4e0]"))}", 4, "“]” was expected"),
    ("{\(tensor(offsets: "[00,4]"))}", 4, "whole number"),
    ("{\(tensor(shape: "[2]"))}", 4, "cannot have the shape"),
    ("{\(tensor(shape: "[4611686018427387905]"))}", 4, "cannot have the shape"),
    ("{\(tensor(shape: "[0,9223372036854775807,4]", offsets: "[0,0]"))}", 0, "cannot have"),
    ("{\(tensor(dtype: "F8_E4M3"))}", 4, "“F8_E4M3”"),
    ("{\(tensor())}", 5, "1 bytes belong to no tensor"),
    ("{\(tensor())}", 3, "from 0 to 4 of 3"),
    ("{\(tensor()),\(tensor("b"))}", 4, "overlap"),
    ("{\(tensor()),\(tensor("b", offsets: "[2,6]"))}", 6, "overlap"),
    ("{\(tensor()),\(tensor("b", offsets: "[5,9]"))}", 9, "no tensor has the data from 4 to 5"),
    ("{\(tensor()),\(tensor(offsets: "[4,8]"))}", 8, "“a” occurs twice"),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "“dtype” occurs"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "missing"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4, "“x” is unknown"),
    (#"{"a":[]}"#, 0, "“{” was expected"),
    (#"{"__metadata__":{"a":1}}"#, 0, "a string was expected"),
    (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "occurs twice"),
    (#"{"__metadata__":{"a":"\ud800"}}"#, 0, "surrogate"),
    (#"{"__metadata__":{"a":"\ud800\u0041"}}"#, 0, "surrogate"),
    (#"{"__metadata__":{"a":"\u+041"}}"#, 0, "four hexadecimal"),
    (#"{"__metadata__":{"a":"\x"}}"#, 0, "unknown escape"),
    ("{\"__metadata__\":{\"a\":\"\n\"}}", 0, "control character"),
    (#"{"__metadata__":{"a":"b"},}"#, 0, "a string was expected"),
    (#"{"__metadata__":{"a":"b"}"#, 0, "“}” was expected"),
    (#"{"a"#, 0, "does not end"), (#"{"a\"#, 0, "does not end"),
    ("{}x", 0, "after its end"), (" {}", 0, "begin with"), ("", 0, "begin with"),
    ("[]", 0, "begin with"),
    (String(repeating: #"{"a":"#, count: 100_000), 0, "unknown"),
    ("{\"a\":" + String(repeating: "[", count: 100_000), 0, "“{” was expected"),
  ])
  func `a bad header is refused`(header: String, bytes: Int, reason: String) {
    let text = message { _ = try Safetensors.decode(Self.file(header, bytes: bytes), file: "x.st") }
    #expect(text.contains("x.st") && text.contains(reason), "\(text)")
  }

  @Test(arguments: [1 << 63, .max, 100_000_001, 1 << 32] as [UInt64])
  func `a header of absurd length is refused`(length: UInt64) {
    let data = Self.file("{}").replacing(at: 0, with: length)
    #expect(message { _ = try Safetensors.decode(data, file: "x") }.contains("\(length)"))
  }

  @Test func `a header longer than the file is refused`() {
    let data = Self.file("{}").replacing(at: 0, with: 3 as UInt64)
    #expect(message { _ = try Safetensors.decode(data, file: "x") }.contains("needs 3 bytes"))
  }

  @Test func `text that is not UTF-8 is refused`() {
    let data = Self.file(#"{"__metadata__":{"a":"b"}}"#)
    let forged = data.replacing(at: data.offset(of: "b"), with: 0xff as UInt8)
    #expect(message { _ = try Safetensors.decode(forged, file: "x") }.contains("UTF-8"))
  }

  @Test func `the message names file, tensor, byte, fault and remedy`() {
    let header = "{\(Self.tensor()),\(Self.tensor("layers.1.bias", offsets: "[5,9]"))}"
    #expect(
      message { _ = try Safetensors.decode(Self.file(header, bytes: 9), file: "net.safetensors") }
        == "“net.safetensors”, “layers.1.bias”, byte 62: no tensor has the data from 4 to 5. "
        + "The file is damaged; fetch or write it again.")
  }
}
