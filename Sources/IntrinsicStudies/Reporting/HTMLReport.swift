import Foundation

/// A run to look at in a browser or to print: one file with tables, claims, figures and settings, which
/// needs no other file, no script and no network.
struct HTMLReport {
  let title: String
  let tables: [TextTable]
  /// The statements of papers, if the study makes any.
  let claims: Claims?
  /// The figures as SVG documents.
  let figures: [String]
  let notes: [String]
  /// Headings with what stands under them, such as options and versions, as JSON objects.
  let settings: [(title: String, json: Data)]

  var text: String {
    let sections =
      notes.map { "<p class=\"note\">\(Self.escaped($0))</p>" }
      + tables.map { Self.html($0, heading: $0.title == title ? nil : $0.title) }
      + (claims.map { ["<h2>Claims</h2>", Self.html($0.table())] } ?? [])
      + figures.map { "<figure>\(Self.embedded($0))</figure>" }
      + settings.flatMap { setting in
        Self.table(of: setting.json).map {
          [
            "<details><summary>\(Self.escaped(setting.title))</summary>", Self.html($0),
            "</details>",
          ]
        } ?? []
      }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(Self.escaped(title))</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <h1>\(Self.escaped(title))</h1>
      \(sections.joined(separator: "\n"))
      </body>
      </html>

      """
  }

  private static let style = """
    body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif;
      color: #1b1b1b; background: #fff }
    h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2rem 0 0 }
    .scroll { overflow-x: auto; margin: 0.75rem 0 }
    table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums }
    th, td { padding: 0.25rem 0.75rem; border-bottom: 1px solid #ddd; text-align: left;
      vertical-align: top }
    th { border-bottom: 2px solid #888 } .right { text-align: right }
    .section { font-weight: 600; background: #f4f4f4 }
    .note { border-left: 4px solid #c80; padding-left: 0.75rem }
    figure { margin: 1.5rem 0 } svg { max-width: 100%; height: auto }
    @media print { body { margin: 0; max-width: none } .scroll { overflow: visible }
      figure, tr { break-inside: avoid } }
    """

  private static func html(_ table: TextTable, heading: String? = nil) -> String {
    func cells(_ kind: String, _ texts: [String]) -> String {
      "<tr>"
        + zip(texts, table.columns).map { text, column in
          let side = column.alignment == .trailing ? " class=\"right\"" : ""
          return "<\(kind)\(side)>\(escaped(text))</\(kind)>"
        }.joined() + "</tr>"
    }
    let rows = table.rows.map { row in
      switch row {
      case .cells(let texts): cells("td", texts)
      case .section(let label):
        "<tr><td class=\"section\" colspan=\"\(table.columns.count)\">\(escaped(label))</td></tr>"
      }
    }
    return (heading.map { "<h2>\(escaped($0))</h2>" } ?? "")
      + "<div class=\"scroll\"><table><thead>"
      + cells("th", table.columns.map(\.header)) + "</thead><tbody>" + rows.joined(separator: "\n")
      + "</tbody></table></div>"
  }

  /// The names and values of a JSON object, sorted by name.
  private static func table(of json: Data) -> TextTable? {
    guard
      let object = try? JSONSerialization.jsonObject(with: json, options: .fragmentsAllowed)
        as? [String: Any], !object.isEmpty
    else { return nil }
    var table = TextTable(columns: [.init("name"), .init("value")])
    for (name, value) in object.sorted(by: { $0.key < $1.key }) {
      let text =
        (value as? String)
        ?? (try? JSONSerialization.data(
          withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes]))
        .map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
      table.addRow([name, text])
    }
    return table
  }

  /// An SVG document as an element: without what comes before its first tag.
  private static func embedded(_ svg: String) -> Substring {
    svg.range(of: "<svg").map { svg[$0.lowerBound...] } ?? ""
  }

  private static func escaped(_ text: String) -> String {
    text.onOneLine.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
  }
}

extension RunDirectory {
  /// Writes `report.html`, with the options and versions that are in the directory already.
  func writeReport(
    _ tables: [TextTable], claims: Claims? = nil, figures: [FigureFiles], notes: [String]
  ) throws(RunDirectoryError) {
    let files = [("Options", "config.json"), ("Versions and machine", "manifest.json")]
    let report = HTMLReport(
      title: tables.first?.title ?? location.lastPathComponent, tables: tables, claims: claims,
      figures: figures.compactMap(\.svg), notes: notes,
      settings: files.compactMap { title, name in
        (try? Data(contentsOf: url(name))).map { (title, $0) }
      })
    try write(report.text, as: "report.html")
  }
}
