#if Tools
  import Foundation
  import Testing

  /// 0 done, 1 the work failed (one line on stderr), 2 wrong usage; nothing on stdout but answers.
  @Suite(.serialized, .enabled(if: Command.path != nil, "the command is not built"))
  struct ExitCodeTests {
    @Test(arguments: [
      ["--nonsense"], ["run", "Hi", "--temp", "warm"], ["run", "Hi", "--temp", "-1"],
      ["run", "Hi", "-n", "0"], ["run", "Hi", "--threads", "0"], ["run", "Hi", "--ctx", "0"],
      ["run", "Hi", "--matmul", "gpu"], ["run", "Hi", "-f", "prompt.txt"], ["run"],
      ["tokenize"], ["tokenize", Fixtures.model, "--text", "a", "--file", "b"],
      ["detokenize", Fixtures.model, "one"], ["detokenize", Fixtures.model, "9999999"],
      ["logits", Fixtures.model, "--output", "x"],
      ["logits", Fixtures.model, "--tokens", "1,b", "--output", "x"],
      ["template", Fixtures.model], ["serve", "--port", "99999"],
      ["serve", "--route", Fixtures.model], ["bench", "-r"],
    ])
    func wrongUsageIs2(_ arguments: [String]) async throws {
      let outcome = try await Command.run(arguments)
      #expect(outcome.code == 2, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("Usage: apus"))
    }

    // features E9
    @Test(arguments: [
      ["run", "/absent.gguf", "Hi"], ["chat", "/absent.gguf"], ["inspect", "/absent.gguf"],
      ["tokenize", "/absent.gguf", "--text", "a"], ["detokenize", "/absent.gguf", "1"],
      ["template", "/absent.gguf", "--conversation", "/absent.json"],
      ["template", "/absent.jinja", "--conversation", "/absent.json"],
      ["logits", "/absent.gguf", "--tokens", "1", "--output", "x"], ["bench", "/absent.gguf"],
      ["serve", "/absent.gguf"], ["run", "-f", "/absent.gguf"], ["run", "hf:no/model", "Hi"],
      ["logits", Fixtures.model, "--tokens", "1", "--output", "/absent/x"],
      ["logits", Fixtures.model, "--tokens", "999999", "--output", "x"],
      ["run", "Hi", "--ctx", "4"],
    ])
    func failedWorkIs1(_ arguments: [String]) async throws {
      let outcome = try await Command.run(arguments)
      check(outcome, "apus: ")
    }

    /// Each command that opens a model says on one line what is wrong with a damaged one, and where.
    // features E9, J26
    @Test(arguments: [
      ["run", "MODEL", "Hi"], ["chat", "MODEL"], ["inspect", "MODEL"], ["bench", "MODEL"],
      ["tokenize", "MODEL", "--text", "a"], ["detokenize", "MODEL", "1"], ["serve", "MODEL"],
      ["logits", "MODEL", "--tokens", "1", "--output", "x"],
    ])
    func damagedFilesAreNamedOnOneLine(_ arguments: [String]) async throws {
      let folder = try TemporaryFolder()
      let whole = try Data(contentsOf: URL(filePath: Fixtures.model))
      for (name, content, place) in [
        ("cut.gguf", whole.prefix(whole.count / 2), "at byte "),
        ("four.gguf", whole.prefix(4), "version"),
        ("text.gguf", Data("hello, world".utf8), "no model file"),
        ("empty.gguf", Data(), "magic at byte 0"),
        ("line\nbreak.gguf", whole.prefix(1000), "at byte "),
      ] {
        let file = try folder.file(name, Data(content)).path
        let outcome = try await Command.run(arguments.map { $0 == "MODEL" ? file : $0 })
        check(outcome, place)
        #expect(outcome.errors.contains(file.replacing("\n", with: "\\u{a}")), "\(outcome.errors)")
      }
    }

    private func check(_ outcome: Command.Outcome, _ place: String) {
      #expect(outcome.code == 1, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
      #expect(outcome.errorLines.count == 2 && outcome.errors.hasSuffix("\n"), "\(outcome.errors)")
      #expect(outcome.errors.hasPrefix("apus: "), "\(outcome.errors)")
      #expect(outcome.errors.contains(place), "\(outcome.errors)")
    }

    @Test func helpAndVersionAreAnswers() async throws {
      let version = try await Command.run("--version")
      #expect(version.code == 0 && version.errors.isEmpty)
      #expect(version.text.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil, "\(version.text)")
      for arguments in [["--help"], ["help", "run"], ["bench", "-h"]] {
        let help = try await Command.run(arguments)
        #expect(help.code == 0 && help.errors.isEmpty)
        #expect(help.text.contains("USAGE: apus") && help.text.contains("Examples:"))
      }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreWrittenForEachShell(_ shell: String) async throws {
      let outcome = try await Command.run("--generate-completion-script", shell)
      #expect(outcome.code == 0 && outcome.errors.isEmpty)
      for word in ["tokenize", "detokenize", "inspect", "cache-type"] {
        #expect(outcome.text.contains(word))
      }
      guard shell == "bash" else { return }
      let check = try await Command.shell(
        #""$apus" --generate-completion-script bash > script && bash -n script"#)
      #expect(check.code == 0, "\(check.errors)")
    }
  }
#endif
