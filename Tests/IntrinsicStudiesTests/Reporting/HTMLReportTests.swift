import Foundation
import Testing

@testable import IntrinsicStudies

struct HTMLReportTests {
  private var report: HTMLReport {
    var table = TextTable(
      title: "a & b", columns: [.init("name"), .init("loss (nats)", .trailing)])
    table.addSection("Invariant:")
    table.addRow(["<script>alert(\"x\")</script>", "1 < 2"])
    let claim = Claim("It falls", source: "Theorem 1", measured: 2, band: .atMost(1))
    return HTMLReport(
      title: "run </title>", tables: [table], claims: Claims([claim]),
      figures: [
        "<?xml version=\"1.0\"?>\n<!DOCTYPE svg>\n<svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"/></svg>\n"
      ],
      notes: ["a note\non two lines"],
      settings: [
        (
          "Options",
          Data(#"{"seed": 18446744073709551615, "method": {"name": "a<b"}, "rate": "NaN"}"#.utf8)
        )
      ])
  }

  @Test func `a report is well-formed, complete, and nothing of the user's becomes markup`() throws
  {
    let text = report.text
    for part in [
      "<h1>run &lt;/title&gt;</h1>", "<h2>a &amp; b</h2>",
      "<td>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</td><td class=\"right\">1 &lt; 2</td>",
      "<td class=\"section\" colspan=\"2\">Invariant:</td>", "a note on two lines", "<td>✗</td>",
      "<figure><svg viewBox", "18446744073709551615", "{&quot;name&quot;:&quot;a&lt;b&quot;}",
    ] { #expect(text.contains(part), "\(part) is missing") }
    #expect(!text.contains("<script") && !text.contains("<?xml"))
    // What is left is XML but for the declaration and two elements without an end.
    let document = text.replacingOccurrences(of: "<!DOCTYPE html>\n", with: "")
      .replacingOccurrences(of: #"<meta ([^>]*)>"#, with: "<meta $1/>", options: .regularExpression)
    var open: [Substring] = []
    for match in document.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) where match.output.3.isEmpty
    {
      if match.output.1.isEmpty {
        open.append(match.output.2)
      } else {
        #expect(open.popLast() == match.output.2)
      }
    }
    #expect(open.isEmpty)
  }

  @Test func `a report names no other file`() {
    #expect(!report.text.contains("src=") && !report.text.contains("href="))
  }
}
