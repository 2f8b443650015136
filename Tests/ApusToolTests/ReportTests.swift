#if Tools
  import ApusJSON
  import Foundation
  import Testing

  /// What the commands beside `run` and `chat` write to stdout.
  @Suite(.serialized, .enabled(if: Command.path != nil, "the command is not built"))
  struct ReportTests {
    @Test(arguments: [Fixtures.model, Fixtures.folder])
    func idsGiveTheirTextBack(_ model: String) async throws {
      let text = "Déjà vu: \u{1F600}\n\n  42 <|im_end|> swifts"
      for options in [[], ["--no-bos"], ["--no-special"]] {
        let ids = try await Command.run(["tokenize", model, "--text", text] + options)
        #expect(ids.code == 0 && ids.errors.isEmpty)
        #expect(ids.text.hasSuffix("\n"))
        let words = ids.text.split(separator: " ").map { $0.trimmingCharacters(in: .newlines) }
        #expect(words.allSatisfy { Int($0) != nil })
        let back = try await Command.run(["detokenize", model] + words)
        #expect(back.code == 0 && back.errors.isEmpty)
        #expect(back.text == text + "\n")
      }
    }

    @Test func aTextComesFromAFileOrStdinToo() async throws {
      let text = "From a file,\r\nas it stands\n"
      let folder = try TemporaryFolder()
      let file = try folder.file("text", text).path
      let expected = try await Command.run("tokenize", Fixtures.model, "--text", text)
      #expect(
        try await Command.run("tokenize", Fixtures.model, "--file", file).text == expected.text)
      #expect(
        try await Command.run("tokenize", Fixtures.model, input: text).text == expected.text)
      let control = try await Command.run("tokenize", Fixtures.model, "--text", "<|im_end|>")
      let plain = try await Command.run(
        "tokenize", Fixtures.model, "--text", "<|im_end|>", "--no-special")
      #expect(control.text == "2\n")
      #expect(plain.text.split(separator: " ").count > 2)
    }

    @Test(arguments: [Fixtures.model, Fixtures.folder])
    func inspectionIsJSON(_ model: String) async throws {
      let outcome = try await Command.run("inspect", model, "--tensors", "--json")
      #expect(outcome.code == 0 && outcome.errors.isEmpty)
      let report = try JSON(parsing: outcome.text)
      let tensors = try #require(report["tensors"]?.array)
      #expect(tensors.count > 10)
      var elements = 0
      for tensor in tensors {
        #expect(tensor["name"]?.string?.isEmpty == false)
        elements += (tensor["shape"]?.array ?? []).reduce(1) { $0 * ($1.integer ?? 0) }
      }
      #expect(report["parameters"]?.integer == elements)
      #expect(report["metadata"]?.object?.isEmpty == false)
      let text = try await Command.run("inspect", model).text
      #expect(text.hasPrefix("\(model): ") && text.contains(" parameters in "))
    }

    @Test func aTemplateIsRenderedAndNothingAdded() async throws {
      let folder = try TemporaryFolder()
      let conversation = try folder.file(
        "conversation.json", #"{"messages": [{"role": "user", "content": "Hi"}]}"#
      ).path
      let prompt = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
      for model in [Fixtures.model, Fixtures.folder] {
        let outcome = try await Command.run("template", model, "--conversation", conversation)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(outcome.text == prompt)
      }
      let template = try folder.file(
        "a.jinja", "{{ messages[0].content }}{{ add_generation_prompt }}")
      let outcome = try await Command.run(
        "template", template.path, "--conversation", conversation)
      #expect(outcome.text == "HiTrue")

      let refusing = try folder.file("b.jinja", "{{ raise_exception('no\nlines') }}").path
      for (template, file) in [
        (refusing, conversation), (template.path, try folder.file("c.json", "[]").path),
        (template.path, try folder.file("d.json", "{").path),
        (try folder.file("e.jinja", "{% if %}").path, conversation),
      ] {
        let outcome = try await Command.run("template", template, "--conversation", file)
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errorLines.count == 2 && outcome.errors.hasPrefix("apus: "))
      }
    }

    @Test func logitsAreAMatrixOfFloats() async throws {
      let folder = try TemporaryFolder()
      var matrices: [[Float]] = []
      for options in [[], ["--one-by-one"]] {
        let file = folder.url.appending(path: "logits.f32")
        let outcome = try await Command.run(
          ["logits", Fixtures.model, "--tokens", "1, 315,272", "--output", file.path] + options)
        #expect(outcome.code == 0 && outcome.output.isEmpty && outcome.errors.isEmpty)
        let data = try Data(contentsOf: file)
        #expect(data.count == 3 * 1024 * 4)
        matrices.append(
          data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
              bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
            }
          })
      }
      #expect(zip(matrices[0], matrices[1]).allSatisfy { abs($0 - $1) < 1e-3 })
      #expect(Set(matrices[0]).count > 1000)
    }

    /// llama-bench's names, so that what reads its reports reads ours.
    @Test func benchmarksAreReportedAsLlamaBenchDoes() async throws {
      let outcome = try await Command.run(
        "bench", Fixtures.model, "-p", "16", "-n", "4", "-d", "8", "-r", "2", "--json")
      #expect(outcome.code == 0 && outcome.errors.isEmpty)
      let tests = try #require(try JSON(parsing: outcome.text).array)
      #expect(tests.map { $0["n_prompt"]?.integer } == [16, 0])
      #expect(tests.map { $0["n_gen"]?.integer } == [0, 4])
      for test in tests {
        #expect(test["n_depth"]?.integer == 8)
        #expect((test["n_threads"]?.integer ?? 0) > 0)
        #expect(test["model_filename"]?.string == Fixtures.model)
        let samples = try #require(test["samples_ts"]?.array).compactMap(\.double)
        let average = try #require(test["avg_ts"]?.double)
        #expect(samples.count == 2 && samples.allSatisfy { $0 > 0 })
        #expect(abs(average - (samples[0] + samples[1]) / 2) <= 1e-9 * average)
        #expect(test["stddev_ts"]?.double != nil)
      }
      let table = try await Command.run("bench", Fixtures.model, "-p", "0", "-n", "2", "-r", "1")
      #expect(table.text.contains("tg2 ") && !table.text.contains("pp"))
    }

    // features G18, J25
    @Test func theDoctorNamesTiersAndWhatIsWrong() async throws {
      let none = try await Command.run("doctor")
      #expect(none.code == 1)
      #expect(none.text.hasPrefix("kernels: "))
      #expect(none.errorLines.count == 2 && none.errors.hasPrefix("apus: no tier can serve"))

      let one = try await Command.run(
        "doctor", environment: ["TIER1_TYPE": "local", "TIER1_MODEL": Fixtures.model])
      #expect(one.code == 0 && one.errors.isEmpty)
      #expect(one.text.contains("Tier 1: ") && one.text.contains("on this machine"))
      #expect(!one.text.contains("!"))

      let odd = try await Command.run(
        "doctor", "--offline",
        environment: [
          "TIER1_TYPE": "local", "TIER1_MODEL": "/absent.gguf", "TIER3_TYPE": "groq",
          "TIER3_ENABLED": "true", "TIER3_MODEL": "m", "GROQ_API_KEY": "gsk_abcdefghijklmnop",
        ])
      #expect(odd.code == 0)
      #expect(odd.text.contains("! /absent.gguf: no such file"))
      #expect(odd.text.contains("✗ Tier 1") && odd.text.contains("✓ Tier 3"))
      #expect(odd.text.contains("with a key") && !odd.text.contains("gsk_"))

      // Port 9 is nobody's.
      let alone = try await Command.run(
        "doctor", "--json",
        environment: ["CUSTOM_LLM_BASE_URL": "http://127.0.0.1:9/v1", "CUSTOM_LLM_MODEL": "m"])
      #expect(alone.code == 1 && alone.errors.contains("each has a fault"))
      let report = try JSON(parsing: alone.text)
      #expect(report["tiers"]?[0]?["can_serve"] == false)
      #expect(report["tiers"]?[0]?["hints"]?[0]?.string?.contains("connect") == true)
    }

    // features A15, A19
    @Test func theRouterAnswersOrNamesEveryReason() async throws {
      let local = ["TIER1_TYPE": "local", "TIER1_MODEL": Fixtures.model]
      let routed = try await Command.run(
        "route", "Tell me a story", "--temp", "0", "-n", "4", "--json", environment: local)
      #expect(routed.code == 0 && routed.errors.isEmpty)
      let report = try JSON(parsing: routed.text)
      #expect(report["text"]?.string == "Once upon a time")
      #expect(report["attempts"]?.array?.count == 1)

      let plain = try await Command.run(
        "route", "Tell me a story", "--temp", "0", "-n", "4", "--explain", environment: local)
      #expect(plain.text == "Once upon a time")
      #expect(plain.errors.contains("→ Trying: Tier 1") && plain.errors.contains("✓ Success: "))

      let failed = try await Command.run(
        "route", "Hi", environment: ["TIER1_TYPE": "local", "TIER1_MODEL": "/absent.gguf"])
      #expect(failed.code == 1 && failed.output.isEmpty)
      #expect(failed.errors.hasPrefix("apus: All LLM tiers failed"), "\(failed.errors)")
      #expect(failed.errorLines.count == 2 && failed.errors.contains("/absent.gguf"))
    }
  }
#endif
