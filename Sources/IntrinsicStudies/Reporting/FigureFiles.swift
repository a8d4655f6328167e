import Foundation

/// What one figure left in its run directory.
package struct FigureFiles: Equatable, Sendable {
  /// Whether the figure was drawn.
  package enum Drawing: Equatable, Sendable {
    case drawn(svg: URL, png: URL)
    /// See ``Gnuplot/installationHint`` for what to tell the user.
    case missingGnuplot
  }

  /// The numbers, as CSV with the units in the header.
  package let data: URL
  /// The script that draws the figure again: `gnuplot NAME.gp` in the directory.
  package let script: URL
  package let drawing: Drawing

  /// The drawing as an SVG document; nil if it was not drawn.
  var svg: String? {
    guard case .drawn(let svg, _) = drawing else { return nil }
    return try? String(contentsOf: svg, encoding: .utf8)
  }
}

extension Figure {
  /// Writes `NAME.csv` and `NAME.gp`, and has gnuplot draw `NAME.svg` and `NAME.png` from them.
  ///
  /// Without gnuplot the data and the script are still written.
  ///
  /// - Parameters:
  ///   - directory: where to.
  ///   - name: a file name without extension: letters, digits, `-`, `_` and `.` only.
  ///   - gnuplot: what draws.
  /// - Throws: ``FigureError`` if a file cannot be written or gnuplot fails.
  @discardableResult
  package func write(
    to directory: RunDirectory, name: String, gnuplot: Gnuplot = .find()
  ) throws(FigureError) -> FigureFiles {
    precondition(
      !name.isEmpty
        && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) },
      "“\(name)” is not a plain name for a figure.")
    let data = FigureData(self)
    do {
      try directory.write(data.csv, as: name + ".csv")
      try directory.write(FigureScript(self, data: data, name: name).text, as: name + ".gp")
    } catch {
      throw .cannotSave(error)
    }
    let drawn = try gnuplot.run(name + ".gp", in: directory.location)
    return FigureFiles(
      data: directory.url(name + ".csv"), script: directory.url(name + ".gp"),
      drawing: drawn
        ? .drawn(svg: directory.url(name + ".svg"), png: directory.url(name + ".png"))
        : .missingGnuplot)
  }
}

/// The numbers of a figure as columns, and which series finds what in which column.
struct FigureData {
  /// Column numbers from 1, as gnuplot counts them.
  struct Columns {
    let x: Int
    let y: Int
    let band: (lower: Int, upper: Int)?

  }

  /// The columns of each series of each panel.
  let columns: [[Columns]]
  /// A header, then one line for each index; short columns end in empty fields.
  let csv: String

  init(_ figure: Figure) {
    var headers: [String] = []
    var values: [[Double]] = []
    func add(_ header: String, _ column: [Double]) -> Int {
      headers.append(header.onOneLine)
      values.append(column)
      return values.count
    }
    columns = figure.panels.enumerated().map { number, panel in
      let name = panel.title.isEmpty ? "panel \(number + 1)" : panel.title
      let prefix = figure.panels.count > 1 ? name + ": " : ""
      var lastX: Int?
      return panel.series.map { series in
        // Series measured at the same places share a column, which is easier to read.
        let x =
          lastX.flatMap { values[$0 - 1].elementsEqual(series.x) ? $0 : nil }
          ?? add(prefix + panel.x.label, series.x)
        lastX = x
        let label = prefix + (series.label.isEmpty ? "" : series.label + ": ") + panel.y.label
        return Columns(
          x: x, y: add(label, series.y),
          band: series.band.map {
            let names =
              series.style == .cells ? (", shade", ", number") : (", lower end", ", upper end")
            return (add(label + names.0, $0.lower), add(label + names.1, $0.upper))
          })
      }
    }
    let count = values.map(\.count).max() ?? 0
    let lines = (0..<count).map { row in
      CSV.line(values.map { $0.indices.contains(row) ? Self.text($0[row]) : "" })
    }
    csv = CSV.line(headers) + lines.joined()
  }

  private static func text(_ value: Double) -> String {
    value.isFinite ? "\(value)" : value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity"
  }
}
