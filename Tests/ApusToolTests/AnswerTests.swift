#if Tools
  import Foundation
  import Testing

  /// `apus run` and `apus chat`: where the prompt comes from, and what goes to which stream.
  @Suite(.serialized, .enabled(if: Command.path != nil, "the command is not built"))
  struct AnswerTests {
    private static let question = "Tell me a story"
    private static let beginning = "Once upon a time, a young swift named Apus lived under"
    private static let greedy = ["--temp", "0", "-n", "12"]

    @Test func answersGoToStdoutAndFiguresToStderr() async throws {
      let outcome = try await Command.run("run", Self.question, "--temp", "0", "-n", "12")
      #expect(outcome.code == 0)
      #expect(outcome.text == Self.beginning)
      let lines = outcome.errorLines
      #expect(lines.count == 2 && lines.last == "", "\(outcome.errors)")
      let number = #/prompt: 17 tokens, [0-9.]+ tokens/s; answer: 12 tokens, [0-9.]+ tokens/s/#
      #expect(lines.first?.wholeMatch(of: number) != nil, "\(outcome.errors)")
    }

    /// Neither stream is a terminal: no line that is overwritten, no colour.
    @Test func nothingIsOverwrittenWherePiped() async throws {
      let outcome = try await Command.run("run", Self.question, "-n", "4")
      for byte in [UInt8(ascii: "\r"), 0x1B] {
        #expect(!outcome.output.contains(byte) && !outcome.errors.utf8.contains(byte))
      }
    }

    @Test func thePromptComesFromArgumentsAFileOrStdin() async throws {
      let folder = try TemporaryFolder()
      let file = try folder.file("prompt.txt", Self.question).path
      let outcomes = [
        try await Command.run(Self.question, "--temp", "0", "-n", "12"),
        try await Command.run("run", "Tell", "me", "a", "story", "--temp", "0", "-n", "12"),
        try await Command.run("run", "-f", file, "--temp", "0", "-n", "12"),
        try await Command.run("run", "--temp", "0", "-n", "12", input: Self.question),
      ]
      for outcome in outcomes {
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.text == Self.beginning)
      }
    }

    @Test func theModelIsAPathOrAnOption() async throws {
      for model in [[Fixtures.model], ["-m", Fixtures.model], [Fixtures.folder]] {
        let outcome = try await Command.run(["run"] + model + [Self.question] + Self.greedy)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.text == Self.beginning)
      }
    }

    @Test func rawTextIsContinuedWithoutATemplate() async throws {
      let raw = try await Command.run("run", "--raw", Self.question, "--temp", "0", "-n", "4")
      #expect(raw.code == 0)
      #expect(raw.errors.hasPrefix("prompt: 4 tokens"), "\(raw.errors)")
    }

    @Test func theSameSeedGivesTheSameText() async throws {
      var texts: Set<String> = []
      for seed in ["1", "1", "2"] {
        let outcome = try await Command.run(
          "run", Self.question, "--temp", "20", "--top-k", "0", "--top-p", "1", "--min-p", "0",
          "--seed", seed, "-n", "24")
        texts.insert(outcome.text)
      }
      #expect(texts.count == 2)
    }

    @Test func theAnswerEndsBeforeAStopText() async throws {
      let outcome = try await Command.run(
        "run", Self.question, "--temp", "0", "--stop", " young", "--stop", "never")
      #expect(outcome.text == "Once upon a time, a")
    }

    /// The reader may go away: the command ends quietly.
    @Test func aClosedReaderIsNoFailure() async throws {
      let line = #"{ "$apus" run "Tell me a story" --temp 0; echo "code $?" >&2; } | head -c 4"#
      let outcome = try await Command.shell(line)
      #expect(outcome.text == "Once")
      #expect(outcome.errors == "code 0\n")
    }

    @Test func aConversationIsReadLineByLine() async throws {
      let outcome = try await Command.run(
        "chat", "--temp", "0", input: "Hello\n/reset\n\"\"\"Tell me\na story\"\"\"\n/nonsense\n")
      #expect(outcome.code == 0)
      #expect(outcome.text.split(separator: "\n").count == 2, "\(outcome.text)")
      #expect(outcome.errors.contains("/nonsense is no command"))
      #expect(!outcome.text.contains("> ") && !outcome.errors.contains("\u{1B}"))
    }
  }
#endif
