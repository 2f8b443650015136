import ApusBlocks
public import ApusCore
import ApusFiles
public import ApusJSON
import ApusKernels
public import ApusModels
public import ApusText
import Dispatch
import Synchronization

/// A model on this machine.
///
/// Requests beyond `LoadOptions.slots` wait in line; those that run share the machine step by step.
/// The same prompt, options and seed give the same text, whatever runs beside it and on however
/// many threads.
public final class LocalModel: FileBackedModel {
  public let name: String
  public let path: String
  /// Positions of a sequence: prompt and answer together.
  public let contextLength: Int
  public let transformer: Transformer
  public let threadCount: Int

  /// `nil` where the files changed while they were read.
  public let identity: ModelIdentity?

  let file: LoadedFile
  let options: LoadOptions
  let pool: WorkerPool
  /// Failed where the file has one that cannot be used: text can be continued all the same.
  let template: Result<ChatTemplate?, ApusError>
  /// Working memory of whichever step runs: there is one at a time.
  let scratch: Scratch
  let caches: [KVCache]
  let scheduler: Scheduler
  let speed: Mutex<SpeedEstimate>

  /// Opens a GGUF file or a Hugging Face folder.
  /// - Throws: `ApusError`: `fileNotFound`, `fileDamaged`, `unsupportedModel`, `notEnoughMemory`,
  ///   `invalidRequest` for options out of range.
  public init(_ path: String, options: LoadOptions = LoadOptions()) async throws(ApusError) {
    let before = ModelIdentity(path: path, options: options)
    let loaded: Result<LoadedFile, ApusError> = await withCheckedContinuation { continuation in
      // Reading a file blocks, which the threads of Swift concurrency must not.
      DispatchQueue.global(qos: .userInitiated).async {
        do throws(ApusError) {
          continuation.resume(returning: .success(try LoadedFile(path)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    let file = try loaded.get()
    identity = ModelIdentity(path: path, options: options) == before ? before : nil
    contextLength = try Self.contextLength(options, file.transformer)
    let headSize = file.transformer.parameters.headSize
    guard options.cacheType.byteCount(headSize: headSize) != nil else {
      throw ApusError(
        .invalidRequest,
        "\(path): keys and values of \(headSize) elements cannot be kept as "
          + "\(options.cacheType.rawValue), whose blocks are larger; take f16")
    }
    let batch = min(max(options.batchSize, 1), contextLength)
    let slots = min(max(options.slots, 1), 1024)
    try Self.need(file.transformer, options, contextLength, batch: batch, slots: slots)
      .check(available: options.memoryLimit ?? MemoryLimit.available, path: path)

    self.file = file
    self.options = options
    self.path = path
    name = file.name
    transformer = file.transformer
    template = Self.template(file)
    pool = WorkerPool(threadCount: options.threads)
    threadCount = pool.threadCount
    scratch = file.transformer.makeScratch(tokenCapacity: batch)
    let contextLength = contextLength
    caches = (0..<slots).map { _ in
      file.transformer.makeCache(capacity: contextLength, format: options.cacheType)
    }
    scheduler = Scheduler(slots: slots, limit: options.queueLimit)
    speed = Mutex(SpeedEstimate(weightBytes: file.transformer.weightByteCountPerToken))
  }

  /// - Throws: `ApusError.Code.unsupportedModel` where the file's tokenizer cannot be used.
  public func tokenizer() throws(ApusError) -> Tokenizer {
    try file.tokenizer.get()
  }

  /// Whether conversations go through a chat template.
  public var hasChatTemplate: Bool {
    if case .success(let template) = template { return template != nil }
    return false
  }

  /// The prompt that a conversation becomes.
  /// - Throws: `ApusError`: `invalidRequest` for a conversation that the template refuses,
  ///   `unsupportedModel` where tokenizer or template cannot be used.
  public func prompt(
    for messages: [Message], tools: [JSON] = []
  ) throws(ApusError) -> String {
    try PromptBuilder(tokenizer: tokenizer(), template: template).text(of: messages, tools: tools)
  }

  /// How many tokens the prompt of a request has, chat template included.
  /// - Throws: As `prompt(for:tools:)`.
  public func tokenCount(of request: Request) throws(ApusError) -> Int {
    try PromptBuilder(tokenizer: tokenizer(), template: template).tokens(of: request).count
  }

  /// Whether a token's result never depends on how many others its step has.
  var isUniform: Bool { Compute.isUniform(transformer.formats, mode: options.matmul) }

  /// Experts get fewer tokens at once than a step has, so where BLAS takes part their steps are not
  /// under control.
  var canReusePrompts: Bool { transformer.parameters.expertCount == 0 || isUniform }

  /// Starts to answer; see `LanguageModel`.
  public func stream(_ request: Request) -> EventStream {
    EventStream { [self] sink in
      try await Generation(self, request).run(sink)
    }
  }

  /// What it has to do now, and how fast it was lately.
  public var load: ModelLoad? {
    let (running, waiting) = scheduler.counts
    let speed = speed.withLock { $0 }
    return ModelLoad(
      running: running, waiting: waiting, slots: options.slots, promptTime: speed.prefill,
      answerTime: speed.decode, answerLength: speed.answerLength, contextLength: contextLength)
  }

  private static func contextLength(
    _ options: LoadOptions, _ transformer: Transformer
  ) throws(ApusError) -> Int {
    let parameters = transformer.parameters
    guard let wanted = options.contextLength else {
      return min(parameters.contextLength, LoadOptions.defaultContextLength)
    }
    guard (1...1 << 24).contains(wanted) else {
      throw ApusError(
        .invalidRequest, "a context of \(wanted) is out of range; expected 1 to \(1 << 24)")
    }
    // Learned positions end where training ended; rotation goes on, with growing error.
    return transformer.architecture.positions == .learned
      ? min(parameters.contextLength, wanted) : wanted
  }

  private static func need(
    _ transformer: Transformer, _ options: LoadOptions, _ contextLength: Int, batch: Int,
    slots: Int
  ) -> MemoryNeed {
    let parameters = transformer.parameters
    let huge = Int.max / 4
    let cache =
      KVCache.byteCount(parameters, capacity: contextLength, format: options.cacheType) ?? huge
    let (caches, overflow) = cache.multipliedReportingOverflow(by: slots)
    return MemoryNeed(
      weights: transformer.weightByteCountPerToken,
      cache: overflow ? huge : min(caches, huge),
      scratch: min(
        Scratch.byteCount(parameters, tokenCapacity: batch, logitCapacity: 1) ?? huge, huge))
  }

  /// The file's own template, or that of the family that the vocabulary and the name point to;
  /// `nil` for models that only continue text.
  private static func template(_ file: LoadedFile) -> Result<ChatTemplate?, ApusError> {
    guard case .success(let tokenizer) = file.tokenizer else { return .success(nil) }
    do {
      if let source = tokenizer.chatTemplate { return .success(try ChatTemplate(source)) }
      let family = ChatTemplate.builtin(
        architecture: file.transformer.architecture.name, name: file.name,
        hasToken: { tokenizer.id(of: $0) != nil })
      return .success(try family.map { family throws(TemplateError) in try ChatTemplate(family) })
    } catch {
      return .failure(
        ApusError(
          .unsupportedModel, "\(file.path): the chat template cannot be used: \(error)",
          cause: error))
    }
  }
}
