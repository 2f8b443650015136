import ApusCore
import ApusJSON
import Synchronization

/// Whether a remote model can be asked, as far as that can be told without asking it.
public struct Availability: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    /// The upstream lists the model.
    case listed
    /// The upstream answers and takes the key; whether it has the model it does not say.
    case answers
    /// The upstream lists others.
    case unlisted
    /// The upstream refuses the key, or the request for another reason.
    case refused
    /// Nobody answers.
    case unreachable
  }

  public var state: State
  /// What the upstream or the network said; empty where all is well.
  public var message = ""
  /// The models that the upstream lists, at most a thousand.
  public var models: [String] = []

  /// Whether a request may succeed.
  public var canServe: Bool {
    switch state {
    case .listed, .answers, .unlisted: true
    case .refused, .unreachable: false
    }
  }
}

/// One answer for all who ask at about the same time.
final class AvailabilityCache: Sendable {
  private struct Entry {
    var began: ContinuousClock.Instant
    var task: Task<Availability, Never>
  }
  private let state = Mutex<Entry?>(nil)

  /// - Parameter work: Run where there is no answer, or one that began too long ago.
  func value(
    maximumAge: Duration, _ work: @escaping @Sendable () async -> Availability
  ) async -> Availability {
    let now = ContinuousClock.now
    let task = state.withLock { entry in
      if let entry, now - entry.began < maximumAge { return entry.task }
      let task = Task { await work() }
      entry = Entry(began: now, task: task)
      return task
    }
    return await task.value
  }
}

extension RemoteModel {
  /// Asks the upstream for its list of models, which costs nothing.
  /// - Parameter maximumAge: An answer that is younger is given again: however many ask, the
  ///   upstream is asked once in that time.
  public func availability(maximumAge: Duration = .seconds(30)) async -> Availability {
    await availabilityCache.value(maximumAge: maximumAge) { await probe() }
  }

  private static let patience = Duration.seconds(10)
  private static let listLimit = 8 << 20

  private func probe() async -> Availability {
    let path = provider.format.modelsPath
    do {
      var request = try await request(
        WireCall(path: path ?? ""), deadline: .now + Self.patience)
      request.bodyLimit = Self.listLimit
      var head = HTTPHead(status: 0, headers: [])
      var body: [UInt8] = []
      for try await part in client.send(request) {
        switch part {
        case .head(let received): head = received
        case .body(let bytes): body += bytes
        }
      }
      // Without a list any answer shows that somebody is there; few APIs have a page at their root.
      guard path != nil else {
        return head.status == 401 || head.status == 403
          ? Availability(state: .refused, message: "\(failure(head, body))")
          : Availability(state: .answers)
      }
      guard (200..<300).contains(head.status) else {
        // Not every server has a list.
        if head.status == 404 || head.status == 405 { return Availability(state: .answers) }
        let error = translated(failure(head, body))
        return Availability(
          state: .refused, message: (error as? ApusError)?.message ?? String(describing: error))
      }
      return Self.availability(of: target.model, in: body)
    } catch {
      let error = translated(error)
      return Availability(
        state: .unreachable, message: (error as? ApusError)?.message ?? String(describing: error))
    }
  }

  private static func availability(of model: String, in body: [UInt8]) -> Availability {
    guard let json = try? JSON(parsing: body), let rows = (json["data"] ?? json["models"])?.array,
      !rows.isEmpty
    else { return Availability(state: .answers) }
    let models = rows.prefix(1000).compactMap { row in
      (row["id"] ?? row["name"])?.string.map { name in
        name.hasPrefix("models/") ? String(name.dropFirst(7)) : name
      }
    }
    // Ollama calls what has no tag the latest.
    let isListed = models.contains(model) || models.contains(model + ":latest")
    return Availability(state: isListed ? .listed : .unlisted, models: models)
  }
}
