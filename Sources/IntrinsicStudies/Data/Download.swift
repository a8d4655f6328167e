import Foundation
import IntrinsicData

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Why one address gave no data.
package struct FetchFailure: Error, Equatable {
  /// Such as "HTTP status 404".
  package let reason: String

  package init(_ reason: String) { self.reason = reason }
}

/// Fetches the bytes behind an address, at most `limit`; `progress` hears how many more arrived.
package typealias Fetch =
  @Sendable (_ url: URL, _ limit: Int, _ progress: @escaping @Sendable (Int) -> Void)
  throws(FetchFailure) -> Data

/// Fetches over HTTP and HTTPS, and reads `file:` addresses.
package enum Download {
  /// The bytes behind an address, on the calling thread until all of them are there.
  ///
  /// Redirections are followed. Servers that say nothing for 30 seconds are given up.
  ///
  /// - Throws: ``FetchFailure`` with the status or the system's words.
  package static let fetch: Fetch = { (url, limit, progress) throws(FetchFailure) in
    guard url.isFileURL else { return try Transfer(limit, progress).run(url) }
    do {
      let data = try DataFile.read(url)
      guard data.count <= limit else { throw FetchFailure(tooLarge(limit)) }
      progress(data.count)
      return data
    } catch let failure as FetchFailure {
      throw failure
    } catch {
      throw FetchFailure("\(error)")
    }
  }

  fileprivate static func tooLarge(_ limit: Int) -> String { "there are more than \(limit) bytes" }
}

/// One transfer. Unchecked: the state is touched under the lock only.
private final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  private let limit: Int
  private let progress: @Sendable (Int) -> Void
  private let lock = NSLock()
  private let done = DispatchSemaphore(value: 0)
  private var data = Data()
  private var failure: FetchFailure?

  init(_ limit: Int, _ progress: @escaping @Sendable (Int) -> Void) {
    self.limit = limit
    self.progress = progress
  }

  func run(_ url: URL) throws(FetchFailure) -> Data {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = 30
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    session.dataTask(with: url).resume()
    done.wait()
    session.finishTasksAndInvalidate()
    let (data, failure) = lock.withLock { (self.data, self.failure) }
    if let failure { throw failure }
    return data
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let status = (response as? HTTPURLResponse)?.statusCode ?? 200
    if status != 200 { lock.withLock { failure = FetchFailure("HTTP status \(status)") } }
    completionHandler(status == 200 ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive part: Data) {
    let isTooLarge = lock.withLock {
      guard data.count + part.count <= limit else {
        failure = failure ?? FetchFailure(Download.tooLarge(limit))
        return true
      }
      data.append(part)
      return false
    }
    if isTooLarge { dataTask.cancel() } else { progress(part.count) }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    if let error {
      lock.withLock { failure = failure ?? FetchFailure(error.localizedDescription) }
    }
    done.signal()
  }
}
