import Foundation
import Testing

@testable import IntrinsicData

@Suite struct TableDescriptionTests {
  private func description(_ text: String) throws -> TableDescription {
    let bytes = [UInt8](text.utf8)
    return try bytes.withUnsafeBufferPointer {
      try TableDescription(RawTable($0, file: "table.csv"))
    }
  }

  @Test func `columns are taken for what training takes them for`() throws {
    let rows = (0..<30).map { row in
      let cells: [String] = [
        "\(row + 1)", "\(Double(row) / 4)", "\(row % 3)", row % 2 == 0 ? "red" : "blue", "5",
        "2024-01-\(10 + row % 20)", row == 4 ? "" : "\(row * 7)", "text \(row)",
        row == 9 ? "x" : "\(row)",
      ]
      return cells.joined(separator: ",")
    }
    let table = try description(
      "id,size,kind,colour,same,day,price,comment,slip\n" + rows.joined(separator: "\n") + "\n")
    #expect(table.rows == 30 && table.hasNames)
    #expect(
      table.columns.map(\.meaning) == [
        .leftOut, .number, .wholeNumber, .text, .wholeNumber, .date, .wholeNumber, .leftOut,
        .faulty,
      ])
    #expect(table.columns.map(\.missing) == [0, 0, 0, 0, 0, 0, 1, 0, 0])
    #expect(table.columns[1].range == "0 … 7.25" && table.columns[3].range == "blue, red")
    #expect(table.columns[4].remark == "it never changes")
    #expect(table.columns[2].distinct == 3 && table.columns[8].remark.contains("line 11"))
    #expect(table.options == ["--missing mean", "--ignore slip"])
    #expect(table.labelOption(table.columns[3]) == "--label colour")
    #expect(table.labelOption(table.columns[6]) == "--label price --regression")
  }

  @Test func `names that a shell would split are quoted`() throws {
    let table = try description("a b,it's\n1.5,2\n2.5,x\n3.5,4\n4,5\n")
    #expect(table.labelOption(table.columns[0]) == "--label 'a b'")
    #expect(table.options == ["--ignore 'it'\\''s'"])
  }
}
