import Apus
import Synchronization
import Testing

@Suite struct ChatTests {
  /// Answers with what it was asked: the turns, then the piece that breaks it off.
  private struct Echo: LanguageModel {
    var name: String { "echo" }
    var error: ApusError?
    var speaksFirst = true

    func stream(_ request: Request) -> EventStream {
      EventStream { [self] sink in
        guard case .messages(let messages) = request.prompt else { return }
        if speaksFirst {
          sink.yield(.text(messages.map { "\($0.role.rawValue):" }.joined()))
          sink.yield(.text(messages.last?.content ?? ""))
        }
        if let error { throw error }
        sink.yield(.finished(.stop, Usage()))
      }
    }
  }

  @Test func turnsAreKept() async throws {
    var chat = Chat(Echo(), system: "Be terse.")
    #expect(try await chat.send("one").text == "system:user:one")
    #expect(try await chat.send("two").text == "system:user:assistant:user:two")
    #expect(chat.messages.map(\.role) == [.system, .user, .assistant, .user, .assistant])
    let branch = chat
    chat.reset()
    #expect(chat.messages == [.system("Be terse.")])
    #expect(branch.messages.count == 5)
  }

  @Test func piecesComeAsTheyAre() async throws {
    var chat = Chat(Echo())
    let pieces = Mutex<[String]>([])
    try await chat.send("hi") { piece in pieces.withLock { $0.append(piece) } }
    #expect(pieces.withLock { $0 } == ["user:", "hi"])
  }

  @Test func aBrokenAnswerStaysAsFarAsItCame() async throws {
    var chat = Chat(Echo(error: ApusError(.streamInterrupted, "cut")))
    await #expect(throws: ApusError.self) { try await chat.send("hi") }
    #expect(chat.messages == [.user("hi"), .assistant("user:hi")])
  }

  @Test func aTurnWithoutAnyAnswerIsTakenBack() async throws {
    var chat = Chat(Echo(error: ApusError(.busy, "full"), speaksFirst: false), system: "s")
    await #expect(throws: ApusError.self) { try await chat.send("hi") }
    #expect(chat.messages == [.system("s")])
  }

  @Test func cancellingKeepsThePart() async throws {
    struct Endless: LanguageModel {
      var name: String { "endless" }
      func stream(_ request: Request) -> EventStream {
        EventStream { sink in
          sink.yield(.text("a"))
          try await Task.sleep(for: .seconds(60))
        }
      }
    }
    let (seen, continuation) = AsyncStream<Void>.makeStream()
    let task = Task {
      var chat = Chat(Endless())
      do {
        try await chat.send("hi") { _ in continuation.yield() }
      } catch {
        return (error is CancellationError, chat.messages)
      }
      return (false, chat.messages)
    }
    for await _ in seen { break }
    task.cancel()
    let (isCancelled, messages) = await task.value
    #expect(isCancelled)
    #expect(messages == [.user("hi"), .assistant("a")])
  }
}
