import Foundation
import IntrinsicStudies
import Testing

private let installed = Gnuplot.find().executable != nil
private let missing = Gnuplot(executable: nil)

struct FigureTests {
  private let losses = Figure(
    title: "Training",
    panels: [
      .init(
        x: .init("Epoch"), y: .init("Loss (nats)", scale: .logarithmic),
        series: [
          .init("A", x: [1, 2], y: [3, 0.5], lower: [2, -0.1], upper: [4, 1]),
          .init("B", style: .linePoints, x: [1, 2], y: [2, .nan]),
          .init("Paper, Figure 3", style: .reference, x: [2], y: [0.25]),
        ], references: [.init("Published", value: 0.75)])
    ])

  @Test func `a figure without gnuplot keeps its data`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      let files = try losses.write(to: directory, name: "loss", gnuplot: missing)
      #expect(files.drawing == .missingGnuplot)
      #expect(Gnuplot.installationHint.contains("apt-get install gnuplot-nox"))
      #expect(
        try contents(of: files.data) == """
          Epoch,A: Loss (nats),"A: Loss (nats), lower end","A: Loss (nats), upper end",\
          B: Loss (nats),Epoch,"Paper, Figure 3: Loss (nats)"
          1.0,3.0,2.0,4.0,2.0,2.0,0.25
          2.0,0.5,-0.1,1.0,NaN,,

          """)
      #expect(try !contents(of: files.script).contains(root.path))
    }
  }

  @Test func `columns of several panels are told apart`() throws {
    try withTemporaryDirectory { root in
      let panels = ["Train", "Test"].map {
        Figure.Panel(
          title: $0, x: .init("s"), y: .init("nats"), series: [.init("A", x: [1], y: [2])])
      }
      let files = try Figure(panels: panels)
        .write(to: try RunDirectory(at: root), name: "f", gnuplot: missing)
      #expect(
        try contents(of: files.data) == """
          Train: s,Train: A: nats,Test: s,Test: A: nats
          1.0,2.0,1.0,2.0

          """)
    }
  }

  @Test(.enabled(if: installed)) func `gnuplot draws both formats, bands and names`() throws {
    try withTemporaryDirectory { root in
      let files = try losses.write(to: try RunDirectory(at: root), name: "loss")
      let (svg, png) = try drawn(files)
      #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      // The width, big-endian, in a PNG's header.
      #expect(Array(png[16..<20]) == [0, 0, 1000 >> 8, 1000 & 0xFF])
      for text in ["Training", "Epoch", "Loss (nats)", "Paper, Figure 3", "Published"] {
        #expect(svg.contains(">\(text)<"))
      }
      #expect(svg.contains("fill-opacity"))
      #expect(svg.contains("rgb(  0, 114, 178)") && svg.contains("rgb(213,  94,   0)"))
    }
  }

  @Test(.enabled(if: installed)) func `the script alone draws the figure again`() throws {
    try withTemporaryDirectory { root in
      let gnuplot = try #require(Gnuplot.find().executable)
      let directory = try RunDirectory(at: root)
      try losses.write(to: directory, name: "loss", gnuplot: missing)
      let process = Process()
      process.executableURL = gnuplot
      process.arguments = ["loss.gp"]
      process.currentDirectoryURL = root
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      for name in ["loss.svg", "loss.png"] {
        #expect(try !Data(contentsOf: directory.url(name)).isEmpty)
      }
    }
  }

  @Test(
    .enabled(if: installed),
    arguments: [
      "it's", "say \"so\"", "back\\slash", "under_score^up{x}", "`touch harm`", "@macro", "{", "}}",
      "a\nb; exit 3", "100 % %s", "# not a comment", "η ± <&>", "', 1/0 '", "trailing\\", "$1",
    ])
  func `a hostile label is drawn as it is written`(label: String) throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      let panel = Figure.Panel(
        title: label, x: .init(label, categories: [label, "other"]), y: .init(label),
        series: [.init(label, style: .bars, x: [0, 1], y: [1, 2])],
        references: [.init(label, value: 1)])
      let files = try Figure(title: label, panels: [panel]).write(to: directory, name: "f")
      let (svg, _) = try drawn(files)
      let shown = label.replacingOccurrences(of: "\n", with: " ")
        .replacingOccurrences(of: "'", with: "’").replacingOccurrences(of: "&", with: "&amp;")
        .replacingOccurrences(of: "<", with: "&lt;")
      // Title, panel, two axes, category, two legend entries.
      let texts = svg.replacingOccurrences(of: "&quot;", with: "\"")
      #expect(texts.components(separatedBy: "<text>\(shown)</text>").count - 1 == 7)
      #expect(try FileManager.default.contentsOfDirectory(atPath: root.path).count == 4)
    }
  }

  @Test(.enabled(if: installed), arguments: [Figure.Axis.Scale.linear, .logarithmic])
  func `data that cannot be shown leaves an empty plot, not an error`(
    scale: Figure.Axis.Scale
  ) throws {
    let series: [[Figure.Series]] = [
      [], [.init("none", x: [], y: [])],
      [.init("diverged", x: [1, 2], y: [.nan, .infinity], lower: [0, 0], upper: [1, .nan])],
      [.init("negative", x: [-1, -2], y: [-1, 0])], [.init("one", style: .points, x: [1], y: [1])],
      [.init("constant", style: .bars, x: [1, 2], y: [0, 0])],
      [.init("tiny span", x: [1, 1 + 1e-12], y: [1, 1 + 1e-12])],
      [.init("huge", x: [1e-300, 1e300], y: [1e-300, 1e300])],
    ]
    try withTemporaryDirectory { root in
      let panels = series.map {
        Figure.Panel(x: .init("x", scale: scale), y: .init("y", scale: scale), series: $0)
      }
      _ = try drawn(Figure(panels: panels).write(to: try RunDirectory(at: root), name: "f"))
    }
  }

  @Test func `a failing gnuplot is reported with all that it said`() throws {
    try withTemporaryDirectory { root in
      // More than a pipe holds, on both outputs.
      let program = root.appendingPathComponent("gnuplot")
      let script = """
        #!/bin/sh
        i=0
        while [ $i -lt 4000 ]; do echo "line $i of the standard output"
        echo "line $i of the errors" >&2; i=$((i+1)); done
        exit 3
        """
      try Data(script.utf8).write(to: program)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
      let directory = try RunDirectory(at: root.appendingPathComponent("run"))
      let gnuplot = Gnuplot.find(path: "/nonexistent:\(root.path)")
      let error = #expect(throws: FigureError.self) {
        try losses.write(to: directory, name: "loss", gnuplot: gnuplot)
      }
      guard case .gnuplotFailed("loss.gp", 3, let message) = error else {
        Issue.record("unexpected \(String(describing: error))")
        return
      }
      #expect(message.hasSuffix("line 3999 of the errors"))
      #expect(FileManager.default.fileExists(atPath: directory.url("loss.csv").path))
    }
  }

  @Test func `only an executable file in the search path is gnuplot`() throws {
    try withTemporaryDirectory { root in
      #expect(Gnuplot.find(path: "").executable == nil)
      let folder = root.appendingPathComponent("gnuplot")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      #expect(Gnuplot.find(path: root.path).executable == nil)
      try Data().write(to: folder.appendingPathComponent("gnuplot"))
      #expect(Gnuplot.find(path: folder.path).executable == nil)
    }
  }

  @Test func `a program that cannot be started is named`() throws {
    try withTemporaryDirectory { root in
      let directory = try RunDirectory(at: root)
      let nowhere = root.appendingPathComponent("nowhere")
      let error = #expect(throws: FigureError.self) {
        try losses.write(to: directory, name: "f", gnuplot: Gnuplot(executable: nowhere))
      }
      #expect("\(try #require(error))".contains(nowhere.path))
    }
  }

  private func drawn(_ files: FigureFiles) throws -> (svg: String, png: Data) {
    guard case .drawn(let svg, let png) = files.drawing else {
      throw CocoaError(.fileNoSuchFile)
    }
    return (try contents(of: svg), try Data(contentsOf: png))
  }
}
