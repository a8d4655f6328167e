import Foundation
import IntrinsicStudies
import Testing

struct ClaimTests {
  private func claim(_ measured: Double, _ band: Claim.Band) -> Claim {
    Claim(
      "Unitwise steps cost at most 2.35 times backpropagation", source: "Ollivier 2015, Table 1",
      published: "2.35", measured: measured, band: band, unit: "×")
  }

  @Test(arguments: [
    (2.0, Claim.Band.within(2...3), true), (3, .within(2...3), true), (3.01, .within(2...3), false),
    (1.99, .within(2...3), false), (2, .atLeast(2), true), (1e9, .atLeast(2), true),
    (1.9, .atLeast(2), false), (-1e9, .atMost(2), true), (2.1, .atMost(2), false),
    (.nan, .within(2...3), false), (.nan, .atLeast(2), false), (.nan, .atMost(2), false),
    (.infinity, .atLeast(2), false), (-.infinity, .atMost(2), false),
  ])
  func `a claim is met within its band only`(measured: Double, band: Claim.Band, isMet: Bool) {
    #expect(claim(measured, band).isMet == isMet)
    #expect(Claims([claim(2, .within(2...3)), claim(measured, band)]).areMet == isMet)
  }

  @Test func `claims survive being saved, and say whether they are met`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      let claims = Claims([claim(2, .atMost(2.35)), claim(.infinity, .within(1...2))])
      try claims.write(to: directory)
      let text = try contents(of: directory.url("claims.json"))
      #expect(text.contains("\"isMet\" : true") && text.contains("\"isMet\" : false"))
      #expect(text.hasPrefix("[") && text.contains("\"measured\" : \"Infinity\""))

      let decoder = JSONDecoder()
      decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
      #expect(try decoder.decode(Claims.self, from: Data(text.utf8)) == claims)
    }
  }

  @Test func `the table marks what is met`() {
    let table = Claims([claim(2.123456, .atMost(2.35)), claim(.nan, .within(1...2))]).table()
    let lines = table.rendered().split(separator: "\n")
    #expect(lines[2].hasPrefix("✓") && lines[2].contains("  2.123  ≤ 2.35  "))
    #expect(lines[3].hasPrefix("✗") && lines[3].contains("  nan   1 … 2  "))
  }
}
