#if Tools
  import Apus
  import ApusEngine
  import ApusKernels
  import ArgumentParser
  import Foundation

  struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Measure tokens per second, as llama-bench defines them.",
      discussion: """
        Examples:
          apus bench model.gguf
          apus bench model.gguf -p 512 -n 128 -r 3 --threads 2 --json
        """)

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String?

    @Option(name: [.customShort("p"), .long], help: "Tokens of the prompt test; 0 leaves it out.")
    var prompt = 512

    @Option(
      name: [.customShort("n"), .long], help: "Tokens of the generation test; 0 leaves it out.")
    var generate = 128

    @Option(name: [.customShort("d"), .long], help: "Tokens in the cache beforehand.")
    var depth = 0

    @Option(name: [.customShort("b"), .long], help: "Sequences at once.")
    var batch = 1

    @Option(name: [.customShort("r"), .long], help: "Repetitions.")
    var repetitions = 5

    @Flag(help: "Print JSON with llama-bench's names.")
    var json = false

    @OptionGroup(title: "Loading") var loading: LoadingArguments

    func run() async throws {
      var options = loading.options
      options.contextLength = nil
      let path = try ModelReference.path(model)
      let start = ContinuousClock.now
      let local = try await LocalModel(path, options: options)
      let loadTime = ContinuousClock.now - start
      let status = StatusLine()
      defer { status.clear() }
      let interrupts = status.endOnInterrupt()
      defer { interrupts?.stop() }
      var results: [Benchmark.Result] = []
      for test in [(prompt, 0), (0, generate)] where test != (0, 0) {
        let benchmark = Benchmark(
          promptTokens: test.0, generatedTokens: test.1, depth: depth, repetitions: repetitions,
          sequences: batch)
        status.show("measuring \(Self.name(benchmark))…")
        results.append(try await benchmark.run(local))
      }
      status.clear()
      let report = BenchReport(model: local, path: path, loadTime: loadTime, options: options)
      try Output.write(json ? report.json(results) : table(results, local.name))
    }

    private static func name(_ benchmark: Benchmark) -> String {
      let test =
        benchmark.generatedTokens == 0
        ? "pp\(benchmark.promptTokens)" : "tg\(benchmark.generatedTokens)"
      return benchmark.depth == 0 ? test : "\(test) @ d\(benchmark.depth)"
    }

    private func table(_ results: [Benchmark.Result], _ name: String) -> String {
      var lines = ["\(name), \(KernelTable.best.name) kernels"]
      for result in results {
        let speed = String(
          format: "%.2f ± %.2f tokens/s", result.average, result.standardDeviation)
        lines.append("\(Self.name(result.benchmark))  \(result.threads) threads  \(speed)")
      }
      return lines.joined(separator: "\n") + "\n"
    }
  }
#endif
