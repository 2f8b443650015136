public import ApusJSON

/// A model's chat template: turns a conversation into the text that the model was trained on.
///
/// Templates are Jinja programs that come with a model's file; they run here as in the sandbox of
/// Hugging Face's tokenizers (Jinja2's `ImmutableSandboxedEnvironment` with `trim_blocks`,
/// `lstrip_blocks`, `break` and `continue`, and the `generation` tag), within limits of half a million
/// steps (up to four million for a long conversation), 16 MiB of output, 24 MiB of texts and lists
/// built on the way, and 128 calls inside each other.
public struct ChatTemplate: Sendable {
  /// Bytes that a template's source may have; those of known models have at most 17 000.
  public static let sourceLimit = 128 << 10

  public let source: String
  private let program: TemplateProgram

  /// - Throws: `templateSyntax` with the line, `nestingTooDeep`, or `unsupported` for `include`,
  ///   `import` and `extends`.
  public init(_ source: String) throws(TemplateError) {
    guard source.utf8.count <= Self.sourceLimit else {
      throw TemplateError(
        .templateLimit, "the template has more than \(Self.sourceLimit) bytes")
    }
    self.source = source
    program = try TemplateParser.parse(source)
  }

  /// Renders a conversation.
  /// - Parameter context: The template's variables: `messages` (objects with `role` and `content`),
  ///   `add_generation_prompt`, `bos_token`, `eos_token`, `tools` and whatever else it reads. `now`,
  ///   an ISO 8601 time, is what `strftime_now` shows instead of the clock's time.
  /// - Throws: ``TemplateError``, with the code `raised` where the template itself refuses.
  public func render(_ context: JSONObject) throws(TemplateError) -> String {
    try render(context, TemplateBudget())
  }

  func render(
    _ context: JSONObject, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    try TemplateRenderer.render(program, context, budget)
  }
}
