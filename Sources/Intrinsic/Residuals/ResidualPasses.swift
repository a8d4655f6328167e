import IntrinsicMath

/// Memory for the residuals of a problem and their derivatives. Points are taken in chunks that fit a core's cache,
/// each thread with passes of its own.
final class ResidualPasses<T: Scalar> {
  private(set) var problem: ResidualProblem<T>
  private let threads: Int
  private let isTrained: Bool
  private let chunks: [Chunk]
  /// A pass for each thread and shape of jets.
  private let passes: [[JetPass<T>]]
  /// What a thread keeps beside: outer products before components are summed.
  private let outers: [Buffer<T>]
  private let gradients: [Buffer<T>]
  /// The rows that each parameter of a layer multiplies, where it is one row; nil for images and the like.
  let rows: [IndexList?]
  /// The most points of a chunk, components of a jet, and parameters of a unit.
  let (maximumBatchSize, components, widest): (Int, Int, Int)
  /// √(w/n) ω of all points.
  let residualMemory: Buffer<T>
  /// −√(w/n) f of all points.
  private let shifts: Buffer<T>

  struct Chunk {
    let set: Int
    /// Of the set.
    let points: Range<Int>
    /// Among all residuals.
    let first: Int
    /// Of its pass.
    let shape: Int
    let cost: Int
  }

  /// Points of a chunk.
  private static var chunkSize: Int { 128 }

  init(_ problem: ResidualProblem<T>, threads: Int, isTrained: Bool = true) {
    self.problem = problem
    self.isTrained = isTrained
    let network = problem.network
    var shapes: [JetShape] = []
    var chunks: [Chunk] = []
    var first = 0
    for (index, set) in problem.sets.enumerated() {
      let shape = JetShape(inputCount: network.inputCount, set.differential.order)
      let place = shapes.firstIndex(of: shape) ?? shapes.count
      if place == shapes.count { shapes.append(shape) }
      let count = set.points.columns
      let parts = max(1, (count + Self.chunkSize - 1) / Self.chunkSize)
      for part in 0..<parts {
        let points = count * part / parts..<count * (part + 1) / parts
        chunks.append(
          Chunk(
            set: index, points: points, first: first + points.lowerBound, shape: place,
            cost: points.count * shape.componentCount))
      }
      first += count
    }
    // The dearest first, so that threads end together.
    self.chunks = chunks.sorted { $0.cost > $1.cost }
    let threads = min(threads, chunks.count)
    self.threads = threads
    maximumBatchSize = chunks.map(\.points.count).max()!
    passes = (0..<threads).map { [maximumBatchSize] _ in
      shapes.map { JetPass(network, $0, maximumBatchSize: maximumBatchSize, isTrained: isTrained) }
    }
    rows = network.layers.map { layer in
      isTrained ? layer.connection.parameterRows.map { IndexList($0) } : nil
    }
    widest = network.places(.units).map(\.parameters.count).max() ?? 0
    components = shapes.map(\.componentCount).max()!
    outers = (0..<threads).map { [widest, components, maximumBatchSize] _ in
      Buffer(count: isTrained ? widest * components * maximumBatchSize : 0)
    }
    gradients = (0..<threads).map { _ in Buffer(count: isTrained ? network.parameterCount : 0) }
    residualMemory = Buffer(count: first)
    shifts = Buffer(count: first)
    shift()
  }

  /// Other points of the same sets.
  func take(_ problem: ResidualProblem<T>) {
    precondition(
      problem.sets.count == self.problem.sets.count
        && zip(problem.sets, self.problem.sets).allSatisfy {
          $0.points.columns == $1.points.columns
            && $0.differential.order == $1.differential.order
        } && problem.network.parameterCount == self.problem.network.parameterCount,
      "fresh points of another problem: "
        + problem.sets.map { "\($0.points.columns) of “\($0.name)”" }.joined(separator: ", "))
    self.problem = problem
    shift()
  }

  private func shift() {
    var index = 0
    for set in problem.sets {
      let root = T(set.root)
      for target in set.targets {
        shifts.pointer[index] = -root * target
        index += 1
      }
    }
  }

  var residualCount: Int { residualMemory.count }

  /// Calls `body` with the pass of each chunk after its pass forward, on threads of its own.
  func forEachChunk(
    _ parameters: Parameters<T>, threads: Int? = nil, _ body: (Int, Chunk, JetPass<T>) -> Void
  ) {
    let threads = threads ?? self.threads
    Parallel.forEachPart(of: threads, threads: threads) { parts in
      for thread in parts {
        for index in stride(from: thread, to: chunks.count, by: threads) {
          let chunk = chunks[index]
          let pass = passes[thread][chunk.shape]
          pass.forward(parameters, problem.sets[chunk.set].points, chunk.points, threads: 1)
          readResiduals(chunk, pass)
          body(thread, chunk, pass)
        }
      }
    }
  }

  /// Writes √(w/n) ω and, for passes back, b = √(w/n) ∂ω/∂jet of the outputs.
  private func readResiduals(_ chunk: Chunk, _ pass: JetPass<T>) {
    let set = problem.sets[chunk.set]
    let out = residualMemory.pointer + chunk.first
    let root = T(set.root)
    let (network, n) = (problem.network, chunk.points.count)
    let (outputs, components) = (network.outputRows, pass.shape.componentCount)
    if isTrained {
      T.fill(
        count: outputs.count * components * n, value: 0, into: pass.signals.row(outputs.lowerBound))
    }
    if let linear = set.differential as? LinearOperator {
      let row = outputs.lowerBound + linear.output
      let jets = pass.activities.row(row)
      out.update(from: shifts.pointer + chunk.first, count: n)
      func add(_ component: Int, _ factor: Double) {
        guard factor != 0 else { return }
        T.addScaled(count: n, x: out, alpha: root * T(factor), y: jets + component * n, into: out)
        if isTrained {
          T.fill(count: n, value: root * T(factor), into: pass.signals.row(row) + component * n)
        }
      }
      add(0, linear.value)
      for (d, factor) in linear.gradient.enumerated() { add(1 + d, factor) }
      if !linear.laplacian.isEmpty { add(components - 1, 1) }
      return
    }
    var u = OutputJet(outputCount: outputs.count, pass.shape)
    var l = u
    var point = [Double](repeating: 0, count: network.inputCount)
    for (x, sample) in chunk.points.enumerated() {
      for d in point.indices { point[d] = Double(set.points[d, sample]) }
      for o in 0..<outputs.count {
        let jets = pass.activities.row(outputs.lowerBound + o)
        for c in 0..<components { u.elements[o * components + c] = Double(jets[c * n + x]) }
      }
      out[x] = root * T(set.differential.value(u, at: point)) + shifts.pointer[chunk.first + x]
      guard isTrained else { continue }
      for index in l.elements.indices { l.elements[index] = 0 }
      set.differential.derivative(u, at: point, into: &l)
      for o in 0..<outputs.count {
        let b = pass.signals.row(outputs.lowerBound + o)
        for c in 0..<components { b[c * n + x] = root * T(l.elements[o * components + c]) }
      }
    }
  }

  /// √(w/n) ω of all points.
  func residuals(at parameters: Parameters<T>) -> Buffer<T> {
    forEachChunk(parameters) { _, _, _ in }
    return residualMemory
  }

  /// L.
  func loss(at parameters: Parameters<T>) -> T {
    let r = residuals(at: parameters)
    return T.dot(count: r.count, x: r.pointer, y: r.pointer) / 2
  }

  /// G = −∂L/∂θ.
  /// - Returns: L.
  @discardableResult
  func gradient(at parameters: Parameters<T>, into gradient: inout Gradient<T>) -> T {
    let network = problem.network
    let parts = gradients.map(\.pointer)
    for part in parts { T.fill(count: network.parameterCount, value: 0, into: part) }
    forEachChunk(parameters) { thread, chunk, pass in
      let r = residualMemory.pointer + chunk.first
      for row in network.outputRows {
        T.multiplyRepeated(
          rows: 1, batch: chunk.points.count, repeats: pass.shape.componentCount, r: r,
          s: pass.signals.row(row))
      }
      pass.backward(parameters, threads: 1)
      for layer in network.layers {
        layer.connection.outer(
          pass.signals.row(layer.rows.lowerBound), pass.activities, scale: -1, keep: 1,
          into: parts[thread] + layer.parameters.lowerBound, threads: 1)
      }
    }
    let out = gradient.mutablePointer
    out.update(from: parts[0], count: gradient.count)
    for part in parts.dropFirst() {
      T.addScaled(count: gradient.count, x: out, alpha: 1, y: part, into: out)
    }
    return T.dot(count: residualCount, x: residualMemory.pointer, y: residualMemory.pointer) / 2
  }

  /// J, parameters × residuals; residuals are those of the same pass.
  func jacobian(at parameters: Parameters<T>) -> Matrix<T> {
    var result = Matrix<T>(rows: problem.network.parameterCount, columns: residualCount)
    jacobian(at: parameters, into: &result)
    return result
  }

  func jacobian(at parameters: Parameters<T>, into result: inout Matrix<T>) {
    let (network, width) = (problem.network, residualCount)
    result.elements.withUnsafeMutableBufferPointer { memory in
      nonisolated(unsafe) let j = memory.baseAddress!
      forEachChunk(parameters) { thread, chunk, pass in
        pass.backward(parameters, threads: 1)
        let (n, components) = (chunk.points.count, pass.shape.componentCount)
        let u = outers[thread].pointer
        for (index, layer) in network.layers.enumerated() where !layer.parameters.isEmpty {
          let signals = pass.signals.row(layer.rows.lowerBound)
          for unit in 0..<layer.unitCount {
            let range = layer.connection.parameters(of: unit)
            let target = j + (layer.parameters.lowerBound + range.lowerBound) * width + chunk.first
            if let rows = rows[index] {
              T.jetOuter(
                rows: range.count, row: rows.pointer + range.lowerBound, count: n,
                components: components,
                b: signals + unit * components * n, a: pass.activities.origin, lda: components * n,
                into: target,
                ldo: width
              )
              continue
            }
            layer.connection.perSampleOuter(
              units: unit..<unit + 1, signals, pass.activities, repeats: 1, scale: 1, into: u)
            T.sumComponents(
              rows: range.count, count: n, components: components, u: u, into: target, ldo: width)
          }
        }
      }
    }
  }
}
