import Foundation

/// The part of a gnuplot script that draws one panel.
struct PanelScript {
  private let panel: Figure.Panel
  private let columns: [FigureData.Columns]
  private let file: String
  private let turnsNames: Bool
  /// The values shown along each axis, those that the axis can show.
  private let xs, ys: [Double]
  private let bars: Bars

  init(_ panel: Figure.Panel, columns: [FigureData.Columns], file: String, turnsNames: Bool) {
    self.panel = panel
    self.columns = columns
    self.file = file
    self.turnsNames = turnsNames
    var xs: [Double] = []
    var ys: [Double] = []
    for series in panel.series {
      for (index, (x, y)) in zip(series.x, series.y).enumerated()
      where panel.x.shows(x) && panel.y.shows(y) {
        xs.append(x)
        ys.append(y)
        if series.style == .cells { continue }
        ys += series.band.map { [$0.lower[index], $0.upper[index]].filter(panel.y.shows) } ?? []
      }
    }
    self.xs = xs
    self.ys = ys + (xs.isEmpty ? [] : panel.references.map(\.value).filter(panel.y.shows))
    bars = Bars(panel)
  }

  /// The commands, one a line.
  var lines: [String] {
    var lines = [
      "set title \(FigureScript.quoted(panel.title)) noenhanced font ',16' offset 0,-0.4",
      "set xlabel \(FigureScript.quoted(panel.x.label)) noenhanced",
      "set ylabel \(FigureScript.quoted(panel.y.label)) noenhanced",
      "unset logscale",
      // Markers at the ends stand clear of the axes.
      "set offsets \(hasMarkers ? "graph 0.03,graph 0.03" : "0,0"),0,0",
      panel.x.categories.isEmpty ? "set grid xtics" : "set grid noxtics",
    ]
    for (name, axis, values) in [("x", panel.x, xs), ("y", panel.y, ys)] {
      if axis.scale == .logarithmic { lines.append("set logscale \(name)") }
      lines.append("set \(name)range \(range(of: name, axis, values))")
      lines += ticks(of: name, axis, values)
    }
    if !panel.series.isEmpty { lines.append("set boxwidth \(bars.width)") }
    lines.append("plot \(plots.joined(separator: ", \\\n  "))")
    return lines
  }

  private var hasMarkers: Bool {
    panel.series.contains { [.points, .linePoints, .reference].contains($0.style) }
  }

  private func range(of name: String, _ axis: Figure.Axis, _ values: [Double]) -> String {
    if let range = axis.range { return "[\(range.lowerBound):\(range.upperBound)]" }
    // gnuplot refuses to draw axes without any value.
    guard !values.isEmpty else { return axis.scale == .linear ? "[0:1]" : "[0.1:1]" }
    if name == "x" {
      if axis.scale == .linear, let (least, greatest) = bars.extent {
        return "[\(least):\(greatest)]"
      }
      if panel.series.contains(where: { $0.style == .line || $0.style == .dashed }) {
        return "[*:*] noextend"
      }
      // gnuplot would go on to the next numbered tick.
      if axis.scale == .linear, axis.categories.isEmpty, let least = values.min(),
        let greatest = values.max(), least < greatest,
        !panel.series.contains(where: { $0.style == .cells })
      {
        let margin = 0.03 * (greatest - least)
        return "[\(least - margin):\(greatest + margin)]"
      }
      return "[*:*]"
    }
    if axis.scale == .logarithmic, let least = values.min(), let greatest = values.max() {
      // gnuplot would go on to the next powers of ten, and leave much of the panel empty.
      let margin = max(pow(10, 0.04 * (log10(greatest) - log10(least))), 1.02)
      return "[\(max(least / margin, 1e-305)):\(min(greatest * margin, 1e305))]"
    }
    return bars.extent == nil ? "[*:*]" : "[*<0:0<*]"
  }

  private func ticks(of name: String, _ axis: Figure.Axis, _ values: [Double]) -> [String] {
    let common = "set \(name)tics nomirror out scale 0.6"
    let upright = name == "x" ? "norotate center" : "norotate right"
    guard axis.categories.isEmpty else {
      // A percent sign would start a number's format.
      let names = axis.categories.enumerated().map { index, category in
        let text = category.split(separator: "%", omittingEmptySubsequences: false)
          .joined(separator: "%%")
        return "\(FigureScript.quoted(text)) \(index)"
      }
      return [
        "\(common) noenhanced \(turnsNames && name == "x" ? "rotate by 45 right" : upright)"
          + " (\(names.joined(separator: ", ")))"
      ]
    }
    let reset = "\(common) enhanced \(upright) autofreq"
    guard axis.scale == .logarithmic,
      let least = axis.range?.lowerBound ?? values.min(),
      let greatest = axis.range?.upperBound ?? values.max()
    else { return [reset, "set format \(name) '%g'"] }
    if log10(greatest / least) > 2 { return [reset, "set format \(name) '10^{%T}'"] }
    // Powers of ten alone would leave a short axis without numbers.
    let steps = Self.shortTicks(from: least, to: greatest).map { "\($0)" }
    return ["\(common) \(upright) (\(steps.joined(separator: ", ")))", "set format \(name) '%g'"]
  }

  /// Round numbers along a logarithmic axis that spans two powers of ten or less.
  private static func shortTicks(from least: Double, to greatest: Double) -> [Double] {
    if greatest > 3 * least {
      let factors = greatest > 10 * least ? [1.0, 2, 5] : [1, 2, 3, 5, 7]
      let powers = Int(log10(least).rounded(.down))...Int(log10(greatest).rounded(.up))
      return powers.flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
    }
    // So short that equal steps serve best.
    let span = max(greatest - least, 0.04 * least)
    let power = pow(10, log10(span / 3).rounded(.down))
    let step = [1.0, 2, 5].last { $0 * power <= span / 3 }.map { $0 * power } ?? power
    let first = (least / step).rounded(.down) - 1
    return (0...12).map { (first + Double($0)) * step }.filter { $0 > 0 }
  }

  /// Bands first, then lines at references, then the series: nothing hides a measurement.
  private var plots: [String] {
    var areas: [String] = []
    var series: [String] = []
    for (index, item) in panel.series.enumerated() {
      let column = columns[index]
      let offset = item.style == .bars ? bars.offset(of: index) : 0
      let x = offset == 0 ? "\(column.x)" : "($\(column.x)+\(offset))"
      if item.style == .cells, let (shade, number) = column.band {
        let sides = [column.x, column.y].map { "($\($0)-0.5):($\($0)+0.5)" }
        let place = "\(column.x):\(column.y)"
        series += [
          "\(source) using \(place):\(sides[0]):\(sides[1]):\(shade) \(item.look(at: index))",
          "\(source) using \(place):(sprintf('%g', $\(number))) \(item.bandLook(at: index))",
        ]
        continue
      }
      series.append("\(source) using \(x):\(column.y) \(item.look(at: index))")
      guard let band = column.band else { continue }
      let look = item.bandLook(at: index)
      switch item.style {
      case .line, .dashed, .linePoints:
        areas.append("\(source) using \(x):\(lower(band.lower)):\(band.upper) \(look)")
      case .cells: break
      case .points, .bars, .reference:
        // Error bars as vectors (x, y, Δx, Δy): gnuplot's own punch a hole at their point.
        let low = lower(band.lower)
        let height = "($\(band.upper)-\(low))"
        series.append("\(source) using \(x):\(low):(0):\(height) \(look)")
      }
    }
    let references = panel.references.map { "\($0.value) \($0.look)" }
    let all = areas + references + series
    return all.isEmpty ? ["NaN notitle"] : all
  }

  private var source: String { "'\(file)' skip 1" }

  /// The lower end of a band. On a logarithmic axis it stops at the least positive value, where
  /// it would otherwise leave the axis and open a gap.
  private func lower(_ column: Int) -> String {
    guard panel.y.scale == .logarithmic, let floor = ys.min() else { return "($\(column))" }
    return "($\(column) <= \(floor) ? \(floor) : $\(column))"
  }
}

/// How wide the bars of a panel are and how far they stand from their places.
private struct Bars {
  /// The width of one bar.
  let width: Double
  /// The ends of the horizontal axis, half a place beyond the outer bars; nil without bars.
  let extent: (least: Double, greatest: Double)?
  /// The indices of the series that are bars, in order, if they must stand side by side.
  private let members: [Int]

  init(_ panel: Figure.Panel) {
    let indices = panel.series.indices.filter { panel.series[$0].style == .bars }
    let all = indices.flatMap { panel.series[$0].x.filter(\.isFinite) }
    let places = Set(all).sorted()
    let spacing = zip(places.dropFirst(), places).map { $0 - $1 }.min() ?? 1
    let overlap = places.count < all.count
    members = overlap ? indices : []
    width = 0.75 * spacing / Double(max(members.count, 1))
    extent = places.first.map { ($0 - 0.6 * spacing, places[places.count - 1] + 0.6 * spacing) }
  }

  func offset(of index: Int) -> Double {
    guard let rank = members.firstIndex(of: index) else { return 0 }
    return (Double(rank) - Double(members.count - 1) / 2) * width
  }
}

extension Figure.Axis {
  /// Whether the axis has a place for a value.
  fileprivate func shows(_ value: Double) -> Bool {
    value.isFinite && (scale == .linear || value > 0) && (range?.contains(value) ?? true)
  }
}
