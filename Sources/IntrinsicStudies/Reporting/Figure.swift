import Foundation

/// A plot, or several side by side, described by its data; gnuplot draws it.
///
/// ```swift
/// let figure = Figure(title: "Training", panels: [
///   .init(x: .init("Epoch"), y: .init("Loss (nats)", scale: .logarithmic), series: [
///     .init("Backpropagation", x: epochs, y: losses, lower: low, upper: high, colour: 0)
///   ])
/// ])
/// let files = try figure.write(to: directory, name: "training")
/// ```
package struct Figure: Sendable {
  /// The line above all panels; may be empty.
  package var title: String
  /// The plots, from left to right and then downwards: up to three in a row.
  package var panels: [Panel]

  package init(title: String = "", panels: [Panel]) {
    precondition(!panels.isEmpty, "A figure needs at least one panel.")
    self.title = title
    self.panels = panels
  }

  /// One plot with its own axes. The panels of a figure share one legend, below them.
  package struct Panel: Sendable {
    /// The line above the plot; may be empty.
    package var title: String
    package var x: Axis
    package var y: Axis
    /// What is drawn, the last on top. Those without a colour of their
    /// own are at most as many as ``Palette/colours``.
    package var series: [Series]
    /// Horizontal lines, for instance at published values.
    package var references: [ReferenceLine]

    package init(
      title: String = "", x: Axis, y: Axis, series: [Series], references: [ReferenceLine] = []
    ) {
      precondition(
        series.count { $0.colour == nil } <= Palette.colours.count,
        "\(series.count) series in one panel; at most \(Palette.colours.count) can be told apart "
          + "without colours of their own.")
      self.title = title
      self.x = x
      self.y = y
      self.series = series
      self.references = references
    }
  }

  /// What one axis shows and how.
  package struct Axis: Sendable {
    package enum Scale: Sendable {
      case linear, logarithmic
    }

    /// The quantity with its unit, such as "Loss (nats)".
    package var label: String
    package var scale: Scale
    /// The values at the ends; chosen to fit the data if nil.
    package var range: ClosedRange<Double>?
    /// Names shown instead of the numbers 0, 1, 2 and so on; empty for a numeric axis.
    package var categories: [String]

    package init(
      _ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil,
      categories: [String] = []
    ) {
      precondition(
        scale == .linear || range.map { $0.lowerBound > 0 } ?? true,
        "A logarithmic axis shows positive values only.")
      self.label = label
      self.scale = scale
      self.range = range
      self.categories = categories
    }
  }

  /// A horizontal dashed line with its entry in the legend.
  package struct ReferenceLine: Sendable {
    package var label: String
    package var value: Double
    /// An index into ``Palette/colours``; dark grey if nil.
    package var colour: Int?

    package init(_ label: String, value: Double, colour: Int? = nil) {
      precondition(value.isFinite, "A reference line at \(value).")
      self.label = label
      self.value = value
      self.colour = colour
    }
  }
}

extension Figure {
  /// One set of points, with its own style.
  package struct Series: Sendable {
    package enum Style: Sendable {
      case line, dashed, linePoints, points
      /// Bars from zero; bars of several series at the same place stand side by side.
      case bars
      /// Large hollow black diamonds, for published values; the colour is not used.
      case reference
      /// Unit squares with numbers in them, shaded from white to blue.
      case cells
    }

    /// The name in the legend; the series has no entry if empty.
    package var label: String
    package var style: Style
    /// An index into ``Palette/colours``; the series' place in its panel if nil.
    ///
    /// Give one explicitly to what appears in several figures, so that it keeps its colour.
    package var colour: Int?
    package let x: [Double]
    /// As many as `x`. A value that is not finite leaves a gap.
    package let y: [Double]
    /// The ends of the uncertainty: a translucent area around lines, error bars on points and
    /// bars; shades and numbers of cells. As many as `x`, or nil.
    package let band: (lower: [Double], upper: [Double])?

    package init(
      _ label: String, style: Style = .line, x: [Double], y: [Double], colour: Int? = nil
    ) {
      self.init(label, style: style, x: x, y: y, band: nil, colour: colour)
    }

    package init(
      _ label: String, style: Style = .line, x: [Double], y: [Double], lower: [Double],
      upper: [Double], colour: Int? = nil
    ) {
      self.init(label, style: style, x: x, y: y, band: (lower, upper), colour: colour)
    }

    /// Squares around points, with a shade from 0 to 1 and a number in each. They have no entry in the
    /// legend.
    package static func cells(
      x: [Double], y: [Double], shades: [Double], numbers: [Double]
    ) -> Series {
      Series("", style: .cells, x: x, y: y, band: (shades, numbers), colour: 0)
    }

    private init(
      _ label: String, style: Style, x: [Double], y: [Double],
      band: (lower: [Double], upper: [Double])?, colour: Int?
    ) {
      precondition(x.count == y.count, "\(x.count) x values for \(y.count) y values.")
      if let band {
        precondition(
          band.lower.count == x.count && band.upper.count == x.count,
          "\(band.lower.count) lower and \(band.upper.count) upper ends for \(x.count) values.")
      }
      precondition(
        colour.map(Palette.colours.indices.contains) ?? true,
        "Colour \(colour ?? 0); the palette has \(Palette.colours.count).")
      self.label = label
      self.style = style
      self.colour = colour
      self.x = x
      self.y = y
      self.band = band
    }
  }
}
