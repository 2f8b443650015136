#if Remote
  import ApusCore
  import ApusRemote
  import FakeProvider
  import Foundation
  import Testing

  @testable import ApusRouter

  /// Every fault at every moment at which it makes sense, over real HTTP on loopback: each request
  /// ends once, in an answer or in a typed error.
  @Suite struct FaultMatrixTests {
    // features E1, E6, E9
    @Test func everyRequestEndsOnce() async throws {
      // A few at a time: time limits are real here, and other suites have their share of the machine.
      typealias Ended = (cell: FaultCell, result: FaultCell.Result)
      let authority = try await Self.authority()
      var rest = FaultCell.all.filter { authority != nil || !$0.fault.needsTLS }
      try await withThrowingTaskGroup(of: Ended.self) { group in
        for _ in 0..<6 {
          if let cell = rest.popLast() { group.addTask { (cell, try await cell.run(authority)) } }
        }
        while let (cell, result) = try await group.next() {
          if let cell = rest.popLast() { group.addTask { (cell, try await cell.run(authority)) } }
          #expect(result.ending == cell.expected, "\(cell)")
          #expect(result.endings == 1, "\(cell)")
          // Nothing is asked twice that must not be.
          #expect(result.asked == cell.expectedRequests, "\(cell)")
          if let connections = result.connections {
            #expect(connections == cell.expectedConnections, "\(cell)")
          }
        }
      }
    }

    private static func authority() async throws -> CertificateAuthority? {
      guard CertificateAuthority.isPossible else {
        print("skipped: faults of TLS, for the command openssl is absent")
        return nil
      }
      return try await CertificateAuthority()
    }

    /// For scripts/fault-matrix.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["APUS_FAULT_REPORT"] != nil))
    func report() async throws {
      let path = try #require(ProcessInfo.processInfo.environment["APUS_FAULT_REPORT"])
      let authority = try await Self.authority()
      var lines: [String] = []
      for cell in FaultCell.all where authority != nil || !cell.fault.needsTLS {
        let result = try await cell.run(authority)
        lines.append(
          "\(cell.fault.rawValue)\t\(cell.moment.rawValue)\t\(result.ending)\t\(result.milliseconds)"
        )
      }
      try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }
  }

  /// One fault at one moment.
  struct FaultCell: Sendable, CustomStringConvertible {
    var fault: Fault
    var moment: Fault.Moment

    var description: String { "\(fault.rawValue) \(moment.rawValue)" }

    static let all: [FaultCell] = Fault.allCases.flatMap { fault in
      Fault.Moment.allCases.compactMap { moment in
        let isPossible =
          fault.isOfTheAddress
          ? [.beforeConnect, .duringRetry, .duringProbe].contains(moment)
          : fault.behaviour(moment) != nil
        return isPossible ? FaultCell(fault: fault, moment: moment) : nil
      }
    }

    struct Result: Sendable {
      var ending: Ending
      /// How often the stream of events ended.
      var endings: Int
      /// Requests that the first provider saw.
      var asked: Int
      /// Connections to it, where they can be counted.
      var connections: Int?
      var milliseconds: Int
    }

    enum Ending: Hashable, Sendable, CustomStringConvertible {
      case answered(String)
      case failed(ApusError.Code, partialText: String?)

      var description: String {
        switch self {
        case .answered(let text): "answered: \(text)"
        case .failed(let code, nil): "error \(code.rawValue)"
        case .failed(let code, let text?): "error \(code.rawValue) after “\(text)”"
        }
      }
    }

    /// Long enough for a machine that runs all of them at once.
    private static let timeouts = TierTimeouts(
      total: .seconds(20), connect: .seconds(2), firstToken: .seconds(3), idle: .seconds(3))

    /// What must come of it.
    var expected: Ending {
      switch moment {
      case .beforeConnect, .afterConnect, .afterHeaders, .beforeFirstToken, .duringProbe:
        return .answered("two")
      case .afterFirstToken, .nearTheEnd:
        let text = moment == .afterFirstToken ? "one " : "one two three"
        // A chunk without choices and the end that the protocol knows: no fault of the answer's.
        if fault == .emptyChoices { return .answered(text) }
        return .failed(.streamInterrupted, partialText: text)
      case .duringRetry:
        return isWorthARetry ? .answered("back") : .failed(.allTiersFailed, partialText: nil)
      }
    }

    var expectedRequests: Int {
      switch moment {
      case .beforeConnect: 0
      case .afterConnect, .afterHeaders, .beforeFirstToken, .afterFirstToken, .nearTheEnd: 1
      case .duringRetry: fault.isOfTheAddress ? 1 : isWorthARetry ? 3 : 2
      case .duringProbe: fault.isOfTheAddress ? 5 : 6
      }
    }

    /// A certificate that is wrong is met once and never tried again.
    var expectedConnections: Int {
      switch moment {
      case .duringRetry: fault.certificate == nil ? 3 : 2
      case .duringProbe: 6
      default: 1
      }
    }

    private var isWorthARetry: Bool {
      switch fault {
      // Such a fault stays.
      case .refused, .blackHole, .noSuchHost, .notTLS, .expiredCertificate, .wrongHost,
        .selfSigned:
        false
      case .slowHeaders, .stall, .status401, .status402, .status403, .status404: false
      // Rests of 60 s and of 30 s: longer than the deadline.
      case .absurdLimit, .bareLimit: false
      default: true
      }
    }

    func run(_ authority: CertificateAuthority?) async throws -> Result {
      let clock = ManualTiming()
      let second = try FakeProvider(.stream(["two"]))
      let place =
        fault.isOfTheAddress
        ? try await FaultyPlace(fault, after: brokenBefore, authority)
        : FaultyPlace(try provider())
      var tiers = [try tier(place.url, 1, place.client)]
      if moment != .duringRetry { tiers.append(try tier(second.url, 2)) }
      let router = try Router(tiers: tiers, timing: clock.timing)
      if moment == .duringProbe {
        for _ in 0..<CircuitBreaker.faultsInARow { _ = try await router.respond(to: "Hi") }
        clock.advance(.seconds(31))
      }
      let began = ContinuousClock.now
      var request = Request("Hi")
      request.deadline = began + .seconds(30)
      var text = ""
      var endings = 0
      var ending: Ending
      do {
        for try await event in router.stream(request) {
          text += event.text
          if case .finished = event { endings += 1 }
        }
        ending = .answered(text)
      } catch let error as ApusError {
        endings += 1
        ending = .failed(error.code, partialText: error.partialText)
      }
      let milliseconds = (ContinuousClock.now - began).wholeMilliseconds
      return withExtendedLifetime((place, second)) {
        Result(
          ending: ending, endings: endings, asked: place.asked(),
          connections: place.connections(), milliseconds: milliseconds)
      }
    }

    private var brokenBefore: Int {
      switch moment {
      case .duringRetry: 1
      case .duringProbe: CircuitBreaker.faultsInARow
      default: 0
      }
    }

    private func provider() throws -> FakeProvider {
      let faulty = fault.behaviour(moment) ?? .silence
      let broken = FakeProvider.Behaviour.respond(500, body: "{}")
      let (moment, back) = (moment, FakeProvider.Behaviour.stream(["back"]))
      return try FakeProvider { number, _ in
        switch moment {
        case .duringRetry: number == 0 ? broken : number == 1 ? faulty : back
        case .duringProbe: number < CircuitBreaker.faultsInARow ? broken : faulty
        default: faulty
        }
      }
    }

    private func tier(
      _ url: String, _ number: Int, _ client: HTTPClient = .shared
    ) throws -> Tier {
      try Tier(
        .custom, url: url, model: "m", name: "tier \(number)", number: number,
        timeouts: Self.timeouts, client: client)
    }
  }
#endif
