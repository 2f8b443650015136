public import ApusCore
import Synchronization

/// A router whose configuration can be read again while it works.
///
/// Requests that have begun end with the tiers that they began with. Limits, budgets, speeds and
/// breakers go on, local models that are still named stay loaded; keys and models that were given
/// up are tried again. A configuration that cannot be used is refused, and the last one stays.
public final class ReloadingRouter: LanguageModel {
  public let name = "router"
  private let source: ConfigurationSource
  private let options: RouterOptions
  private let local: RouterConfiguration.LocalLoader
  private let log: RouterLog

  private struct State {
    var router: Router
    var configuration: RouterConfiguration
    var stamp: [SmallFile.Stamp?]
  }
  private let state: Mutex<State>

  /// - Parameters:
  ///   - options: What the configuration says goes before.
  ///   - local: Loads a local tier's model from the path that the configuration names.
  /// - Throws: `ApusError` where the configuration cannot be used.
  public init(
    _ source: ConfigurationSource, options: RouterOptions = RouterOptions(),
    local: @escaping RouterConfiguration.LocalLoader, log: @escaping RouterLog = { _ in }
  ) throws(ApusError) {
    self.source = source
    self.options = options
    self.local = local
    self.log = log
    let stamp = source.stamp
    let configuration = try source.read()
    state = Mutex(
      State(
        router: try configuration.router(local: local, options: options, log: log),
        configuration: configuration, stamp: stamp))
  }

  /// The router as it is now.
  public var router: Router { state.withLock { $0.router } }
  public var configuration: RouterConfiguration { state.withLock { $0.configuration } }

  public func stream(_ request: Request) -> EventStream { router.stream(request) }

  public func respond(_ request: Request) async throws -> Response {
    try await router.respond(request)
  }

  /// Reads the configuration again.
  /// - Throws: `ApusError` where it cannot be used; the last one stays then.
  public func reload() throws(ApusError) {
    let stamp = source.stamp
    // What cannot be used is not tried again until it is written again.
    state.withLock { $0.stamp = stamp }
    let configuration = try source.read()
    let former = router
    let next = try configuration.router(
      local: local, options: options, inheriting: former, log: log)
    state.withLock { state in
      state.router = next
      state.configuration = configuration
    }
  }

  /// The same, with the outcome in the log instead of an error.
  public func reloadAndLog() {
    do throws(ApusError) {
      try reload()
      log(LogEntry(.notice, "↻ Configuration read again: \(router.tiers.count) tiers"))
      for problem in configuration.problems { log(LogEntry(.warning, "! \(problem.line)")) }
    } catch {
      log(LogEntry(.error, "! The configuration stays as it was: \(error.message)"))
    }
  }

  /// Reads the configuration again whenever one of its files changes, until the task is cancelled.
  /// - Parameter interval: How often the files are looked at.
  public func watch(every interval: Duration = .seconds(1)) async throws {
    while true {
      try await Task.sleep(for: interval)
      let stamp = source.stamp
      guard stamp != state.withLock({ $0.stamp }) else { continue }
      reloadAndLog()
    }
  }
}
