#if Tools
  import Apus
  import ApusBlocks
  import ApusEngine
  import ApusKernels
  import ArgumentParser

  /// How matrices are multiplied, as the command line spells it.
  enum MatmulPath: String, CaseIterable, ExpressibleByArgument {
    case auto
    case simd
    case blas

    var mode: Compute.MatmulMode { Compute.MatmulMode(rawValue: rawValue) ?? .auto }
  }

  /// How keys and values are kept, as the command line spells it.
  enum CacheType: String, CaseIterable, ExpressibleByArgument {
    case f16
    case f32
    case q8 = "q8_0"

    var format: CacheFormat { CacheFormat(rawValue: rawValue) ?? .f16 }
  }

  /// How a model is loaded.
  struct LoadingArguments: ParsableArguments {
    @Option(help: "Tokens of context (default: the model's, at most 4096).")
    var ctx: Int?

    @Option(help: "Threads (default: the physical cores that this process may use).")
    var threads: Int?

    @Option(help: "How matrices are multiplied.")
    var matmul: MatmulPath = .auto

    @Option(help: "How keys and values are kept; q8_0 takes half the memory of f16.")
    var cacheType: CacheType = .f16

    func validate() throws {
      if let ctx, ctx < 1 { throw ValidationError("--ctx must be at least 1.") }
      if let threads, !(1...512).contains(threads) {
        throw ValidationError("--threads must be from 1 to 512.")
      }
    }

    var options: LoadOptions {
      LoadOptions(
        threads: threads, contextLength: ctx, matmul: matmul.mode, cacheType: cacheType.format)
    }
  }
#endif
