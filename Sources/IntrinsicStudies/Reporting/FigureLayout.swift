/// Where the parts of a figure lie, in pixels from the lower left corner.
struct FigureLayout {
  /// The panels in one row and the rows.
  let columns, rows: Int
  /// The size of the whole drawing.
  let width, height: Int
  /// The entries of the legend in one row.
  let legendColumns: Int

  private let panelWidth, panelHeight, legendHeight: Int

  private static let titleHeight = 44
  private static let legendLineHeight = 27
  /// The room of a letter and of a legend entry's sample, generous for the fonts of most systems.
  private static let letterWidth = 11
  private static let sampleWidth = 70

  init(_ figure: Figure, legend labels: [String]) {
    let count = figure.panels.count
    columns = count == 4 ? 2 : min(count, 3)
    rows = (count + columns - 1) / columns
    let panelWidth = [1000, 720, 600][columns - 1]
    self.panelWidth = panelWidth
    let turned = figure.panels.map { Self.roomForNames($0, in: panelWidth) }.max() ?? 0
    panelHeight = (columns == 1 ? 547 : 492) + turned
    width = columns * panelWidth

    let longest = labels.map(\.count).max() ?? 0
    let entryWidth = longest * Self.letterWidth + Self.sampleWidth
    let fitting = max((width - 40) / entryWidth, 1)
    // As few lines as fit, filled evenly: six entries in rows of three and three, not five and one.
    let lines = (labels.count + fitting - 1) / fitting
    legendColumns = lines == 0 ? 1 : (labels.count + lines - 1) / lines
    legendHeight = lines == 0 ? 0 : lines * Self.legendLineHeight + 28
    height = rows * panelHeight + legendHeight + (figure.title.isEmpty ? 0 : Self.titleHeight)
  }

  /// The `set … margin` commands that place a panel's plot area.
  func margins(of index: Int, in figure: Figure) -> [String] {
    let panel = figure.panels[index]
    let left = index % columns * panelWidth
    let bottom = legendHeight + (rows - 1 - index / columns) * panelHeight
    let names = Self.roomForNames(panel, in: panelWidth)
    return [
      "set lmargin at screen \(fraction(left + 112, of: width))",
      "set rmargin at screen \(fraction(left + panelWidth - 30, of: width))",
      "set bmargin at screen \(fraction(bottom + 84 + names, of: height))",
      "set tmargin at screen "
        + fraction(bottom + panelHeight - (panel.title.isEmpty ? 16 : 42), of: height),
    ]
  }

  /// Whether a panel's category names are too long to stand side by side.
  func turnsNames(of panel: Figure.Panel) -> Bool {
    Self.roomForNames(panel, in: panelWidth) > 0
  }

  /// The height that category names need beyond one line: none if they fit side by side, and
  /// what half a right angle takes if not.
  private static func roomForNames(_ panel: Figure.Panel, in width: Int) -> Int {
    let longest = panel.x.categories.map(\.count).max() ?? 0
    let fits = (longest + 2) * panel.x.categories.count * letterWidth <= width - 142
    return fits ? 0 : longest * 6
  }

  /// The centre of the title, as a fraction of the height.
  var titleCentre: String { fraction(height - Self.titleHeight / 2 - 2, of: height) }
  /// The lower edge of the legend, as a fraction of the height.
  var legendBottom: String { fraction(8, of: height) }

  private func fraction(_ pixels: Int, of size: Int) -> String {
    "\((Double(pixels) / Double(size) * 1e5).rounded() / 1e5)"
  }
}
