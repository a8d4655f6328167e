import CIntrinsicKernels
import Dispatch
import Foundation
import Synchronization

/// The threads that work on parts of one job at a time, for the whole process.
///
/// A product over a mini-batch takes some tens of microseconds, as long as it takes to wake a thread
/// that sleeps. So a member that finds no work looks for it a little longer before it sleeps, and so
/// does the caller that waits for the last part.
final class WorkerTeam: Sendable {
  static let shared = WorkerTeam()

  /// For how long a thread looks for work or an end, in nanoseconds, before it sleeps.
  private static let patience: UInt64 = 100_000

  private let isTaken = Atomic(false)
  /// Only touched by who has taken the team.
  private nonisolated(unsafe) var members = 0
  /// What to do with a part. Written by the caller before the parts, read by who has taken one.
  private nonisolated(unsafe) var body: UnsafePointer<(Int) -> Void>?
  /// Parts that nobody has taken; taking the last but k takes part k.
  private let open = Atomic(0)
  /// Parts that have not ended.
  private let unfinished = Atomic(0)

  private let sleepers = Atomic(0)
  private let work = DispatchSemaphore(value: 0)
  private let callerSleeps = Atomic(false)
  private let end = DispatchSemaphore(value: 0)

  /// Calls `body` with each number of `0..<parts`, at once where threads are free, and waits for all.
  ///
  /// - Returns: false if the team has another job, with nothing done.
  func perform(_ parts: Int, _ body: (Int) -> Void) -> Bool {
    guard !isTaken.exchange(true, ordering: .acquiring) else { return false }
    defer { isTaken.store(false, ordering: .releasing) }
    while members < parts - 1 {
      members += 1
      let thread = Thread { self.serve() }
      thread.stackSize = 8 << 20
      thread.start()
    }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        self.body = pointer
        unfinished.store(parts, ordering: .relaxed)
        open.store(parts, ordering: .sequentiallyConsistent)
        for _ in 0..<sleepers.exchange(0, ordering: .sequentiallyConsistent) { work.signal() }
        takeParts()
        waitForOthers()
      }
    }
    return true
  }

  /// A member's life.
  private func serve() {
    while true {
      takeParts()
      if !Self.look(for: { open.load(ordering: .acquiring) > 0 }) { sleep() }
    }
  }

  private func takeParts() {
    var left = open.load(ordering: .acquiring)
    while left > 0 {
      let (isMine, now) = open.weakCompareExchange(
        expected: left, desired: left - 1, ordering: .acquiringAndReleasing)
      if isMine {
        Self.run(body!, left - 1)
        finish()
      }
      left = isMine ? open.load(ordering: .acquiring) : now
    }
  }

  /// Not inlined, so that nothing of the closure is held when the part has ended.
  @inline(never)
  private static func run(_ body: UnsafePointer<(Int) -> Void>, _ part: Int) {
    body.pointee(part)
  }

  private func finish() {
    let left = unfinished.subtract(1, ordering: .sequentiallyConsistent).newValue
    if left == 0 && callerSleeps.exchange(false, ordering: .sequentiallyConsistent) { end.signal() }
  }

  /// Each exchange of `callerSleeps` from true to false by another thread comes with one signal. A
  /// late one of an earlier job only means another turn here.
  private func waitForOthers() {
    if Self.look(for: { unfinished.load(ordering: .acquiring) == 0 }) { return }
    while unfinished.load(ordering: .acquiring) > 0 {
      callerSleeps.store(true, ordering: .sequentiallyConsistent)
      if unfinished.load(ordering: .sequentiallyConsistent) == 0
        && callerSleeps.exchange(false, ordering: .sequentiallyConsistent)
      {
        return
      }
      end.wait()
    }
  }

  /// Each decrease of `sleepers` by the caller comes with one signal.
  private func sleep() {
    sleepers.add(1, ordering: .sequentiallyConsistent)
    if open.load(ordering: .sequentiallyConsistent) > 0 {
      // Work has come meanwhile; the caller may have counted this thread or not.
      var count = sleepers.load(ordering: .relaxed)
      while count > 0 {
        let (isDone, now) = sleepers.weakCompareExchange(
          expected: count, desired: count - 1, ordering: .sequentiallyConsistent)
        if isDone { return }
        count = now
      }
    }
    work.wait()
  }

  /// Waits for a condition without sleeping.
  /// - Returns: whether it came true in time.
  @inline(__always)
  private static func look(for condition: () -> Bool) -> Bool {
    let start = DispatchTime.now().uptimeNanoseconds
    repeat {
      for _ in 0..<32 {
        if condition() { return true }
        ik_pause()
      }
    } while DispatchTime.now().uptimeNanoseconds - start < patience
    return condition()
  }
}
