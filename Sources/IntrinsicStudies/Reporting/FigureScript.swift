import Foundation

/// The gnuplot script that draws a figure from its data file, as SVG and as PNG.
struct FigureScript {
  /// The whole script.
  let text: String

  init(_ figure: Figure, data: FigureData, name: String) {
    let legend = Self.legend(of: figure)
    let layout = FigureLayout(figure, legend: legend.map(\.label))
    let size = "size \(layout.width),\(layout.height) font 'sans-serif,"
    var lines = [
      "# Draws \(name).svg and \(name).png from \(name).csv:  gnuplot \(name).gp",
      "reset",
      "if (!exists('output')) output = 'svg'",
      "if (output eq 'svg') set terminal svg \(size)16' background 'white'",
      "if (output eq 'png') set terminal pngcairo \(size)13' background 'white'",
      "set output '\(name).' . output",
      "set encoding utf8",
      "set datafile separator comma",
      "set border 3 linecolor rgb '#555555'",
      "set grid back linetype 1 linecolor rgb '#E4E4E4' linewidth 1",
      "unset key",
      "set palette defined (0 '#FFFFFF', 1 '#6FB3DB')", "set cbrange [0:1]", "unset colorbox",
      "set multiplot",
    ]
    if !figure.title.isEmpty {
      lines.append(
        "set label 1 \(Self.quoted(figure.title)) at screen 0.5,\(layout.titleCentre) center "
          + "noenhanced font ',18'")
    }
    for (index, panel) in figure.panels.enumerated() {
      lines += ["", "# Panel \(index + 1)"]
      lines += layout.margins(of: index, in: figure)
      let plot = PanelScript(
        panel, columns: data.columns[index], file: name + ".csv",
        turnsNames: layout.turnsNames(of: panel))
      lines += plot.lines
      lines.append("unset label 1")
    }
    if !legend.isEmpty {
      lines += [
        "", "# Legend: a plot without axes or points",
        "unset border", "unset tics", "unset xlabel", "unset ylabel", "unset title",
        "unset logscale", "unset grid",
        "set lmargin at screen 0", "set rmargin at screen 1", "set bmargin at screen 0",
        "set tmargin at screen 1",
        "set key at screen 0.5,\(layout.legendBottom) center bottom horizontal Left reverse "
          + "noenhanced maxcols \(layout.legendColumns) samplen 2.5 spacing 1.15",
        "plot [0:1] [0:1] "
          + legend.map { "NaN \($0.look) title \(Self.quoted($0.label))" }
          .joined(separator: ", \\\n  "),
      ]
    }
    lines += [
      "", "unset multiplot", "set output", "# The script runs itself again for the second format.",
      "if (output eq 'svg') output = 'png'; load '\(name).gp'", "",
    ]
    text = lines.joined(separator: "\n")
  }

  /// A text as gnuplot's single-quoted string, in which only the quote itself is special.
  ///
  /// It becomes a typographic apostrophe: gnuplot 5.4 misreads the doubled quote that its manual
  /// asks for when a string starts with it.
  static func quoted(_ text: String) -> String {
    "'" + String(text.onOneLine.map { $0 == "'" ? "’" : $0 }) + "'"
  }

  /// The distinct entries of all panels: what has one name and one look appears once.
  private static func legend(of figure: Figure) -> [(label: String, look: String)] {
    var entries: [(label: String, look: String)] = []
    for panel in figure.panels {
      let series = panel.series.enumerated().map { index, series in
        (label: series.label, look: series.look(at: index))
      }
      let references = panel.references.map { (label: $0.label, look: $0.look) }
      for entry in series + references where !entry.label.isEmpty {
        if !entries.contains(where: { $0 == entry }) { entries.append(entry) }
      }
    }
    return entries
  }
}

extension Figure.Series {
  /// gnuplot's `with` clause for the series itself, without its band.
  func look(at index: Int) -> String {
    let colour = self.colour ?? index % Palette.colours.count
    let rgb = "linecolor rgb '\(Palette.colours[colour])'"
    let marker = "pointtype \(Palette.markers[colour])"
    return switch style {
    case .line: "with lines \(rgb) linewidth 2.2"
    case .dashed: "with lines \(rgb) linewidth 2.2 dashtype (10,6)"
    case .linePoints: "with linespoints \(rgb) linewidth 2.2 \(marker) pointsize 1"
    case .points: "with points \(rgb) linewidth 1.6 \(marker) pointsize 1.2"
    case .bars: "with boxes \(rgb) fillstyle solid 0.85 border"
    case .reference: "with points linecolor rgb '#000000' linewidth 1.8 pointtype 12 pointsize 2"
    case .cells: "with boxxyerror fillcolor palette fillstyle solid 1 border rgb '#FFFFFF'"
    }
  }

  /// gnuplot's colour and style for the band: an area, or error bars.
  func bandLook(at index: Int) -> String {
    let rgb = "rgb '\(Palette.colours[colour ?? index % Palette.colours.count])'"
    return switch style {
    case .line, .dashed, .linePoints:
      "with filledcurves fillcolor \(rgb) fillstyle transparent solid 0.2 noborder"
    case .points: "with vectors nohead linecolor \(rgb) linewidth 1.6"
    case .bars, .reference: "with vectors nohead linecolor rgb '#333333' linewidth 1.6"
    case .cells: "with labels center textcolor rgb '#000000'"
    }
  }
}

extension Figure.ReferenceLine {
  /// gnuplot's `with` clause.
  var look: String {
    "with lines linecolor rgb '\(colour.map { Palette.colours[$0] } ?? "#555555")' linewidth 1.6 "
      + "dashtype (14,5,3,5)"
  }
}
