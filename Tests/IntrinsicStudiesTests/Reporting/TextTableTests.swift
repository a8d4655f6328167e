import IntrinsicStudies
import Testing

struct TextTableTests {
  private var table: TextTable {
    var table = TextTable(
      title: "Losses", columns: [.init("Method"), .init("η", .trailing), .init("Loss", .trailing)])
    table.addSection("Non-invariant:")
    table.addRow(["Backpropagation", "0.1", "41.2 ± 0.3"])
    table.addSection("Invariant:")
    table.addRow(["Unitwise", "0.01", "7 ± 0.1"])
    return table
  }

  @Test func `columns are aligned by displayed width`() {
    #expect(
      table.rendered() == """
        Losses

        Method              η        Loss
        ───────────────  ────  ──────────
        Non-invariant:
        Backpropagation   0.1  41.2 ± 0.3
        Invariant:
        Unitwise         0.01     7 ± 0.1

        """)
  }

  @Test func `no line ends in spaces and no cell breaks a line`() {
    var table = TextTable(columns: [.init("A"), .init("B")])
    table.addRow(["a\r\nb", ""])
    #expect(table.rendered() == "A    B\n───  ─\na b\n")
  }

  @Test func `sections become a column of the CSV`() {
    #expect(
      table.csv() == """
        section,Method,η,Loss
        Non-invariant:,Backpropagation,0.1,41.2 ± 0.3
        Invariant:,Unitwise,0.01,7 ± 0.1

        """)
  }

  @Test(arguments: [
    ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"so\"", "\"say \"\"so\"\"\""),
    ("two\nlines", "\"two\nlines\""), ("two\r\nlines", "\"two\r\nlines\""), ("", ""),
  ])
  func `CSV fields are quoted where RFC 4180 asks for it`(field: String, quoted: String) {
    var table = TextTable(columns: [.init("x"), .init("y")])
    table.addRow([field, "1"])
    #expect(table.csv() == "x,y\n\(quoted),1\n")
  }
}
