#if Tools
  import Apus
  import ApusBlocks
  import ApusEngine
  import ApusFiles
  import ApusJSON
  import ApusKernels
  import Foundation

  /// What `apus bench --json` writes: llama-bench's names for what both know, and of its own
  /// `kernels`, `n_sequences` and `load_ns`.
  struct BenchReport {
    let model: LocalModel
    let path: String
    /// From the path to a model that is ready.
    let loadTime: Duration
    let options: LoadOptions

    func json(_ results: [Benchmark.Result]) throws -> String {
      let tensors = try ModelFile.open(path).tensors
      let elements = tensors.reduce(0) { $0 + $1.elementCount }
      let time = Date().formatted(.iso8601)
      let cache: JSON = .string("\(options.cacheType)")
      let entries = results.map { result -> JSON in
        let benchmark = result.benchmark
        let tokens = benchmark.sequences * (benchmark.promptTokens + benchmark.generatedTokens)
        let times = result.samples.map { Double(tokens) / $0 * 1e9 }
        let average = times.reduce(0, +) / Double(max(times.count, 1))
        return [
          "cpu_info": .string(CPU.current.name), "backends": "CPU",
          "kernels": .string(KernelTable.best.name),
          "model_filename": .string(path), "model_type": .string(model.name),
          "model_size": .integer(tensors.byteCount), "model_n_params": .integer(elements),
          "load_ns": .integer(Self.nanoseconds(loadTime)),
          "n_batch": .integer(options.batchSize), "n_threads": .integer(result.threads),
          "type_k": cache, "type_v": cache,
          "n_prompt": .integer(benchmark.promptTokens),
          "n_gen": .integer(benchmark.generatedTokens),
          "n_depth": .integer(benchmark.depth), "n_sequences": .integer(benchmark.sequences),
          "test_time": .string(time),
          "avg_ns": .integer(Int(average)),
          "stddev_ns": .integer(Int(Benchmark.Result.standardDeviation(times))),
          "avg_ts": .double(result.average), "stddev_ts": .double(result.standardDeviation),
          "samples_ns": .array(times.map { .integer(Int($0)) }),
          "samples_ts": .array(result.samples.map { .double($0) }),
        ]
      }
      return JSON.array(entries).serialized(pretty: true) + "\n"
    }

    private static func nanoseconds(_ duration: Duration) -> Int {
      Int(duration.components.seconds) * 1_000_000_000
        + Int(duration.components.attoseconds / 1_000_000_000)
    }
  }
#endif
