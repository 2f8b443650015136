#if Tools
  import Apus
  import ApusCore
  import ApusEngine
  import ArgumentParser
  import Foundation

  struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "chat",
      abstract: "Hold a conversation.",
      discussion: """
        A line that ends in \\ goes on in the next one; \"\"\" begins and ends a block of lines. \
        Ctrl-C stops an answer, at the prompt it ends the conversation. /help lists the commands.

        Example:
          apus chat model.gguf --system "Be terse."
        """)

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String?

    @Option(help: "The system message.")
    var system: String?

    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Loading") var loading: LoadingArguments

    func run() async throws {
      let status = StatusLine()
      defer { status.clear() }
      let interrupts = status.endOnInterrupt() ?? Interrupts()
      defer { interrupts.stop() }
      status.show("loading…")
      let local = try await LocalModel(ModelReference.path(model), options: loading.options)
      status.clear()
      interrupts.onInterrupt = Self.leave
      var conversation = Conversation(model: local, options: sampling.options, system: system)
      Output.log("\(local.name). /help lists the commands; ctrl-D ends.")
      while let input = Self.read() {
        if input.isEmpty { continue }
        if input.hasPrefix("/") {
          guard try await obey(input, &conversation, interrupts) else { return }
        } else {
          try await answer(input, &conversation, interrupts)
        }
      }
    }

    private func answer(
      _ text: String, _ conversation: inout Conversation, _ interrupts: Interrupts
    ) async throws {
      let stream = conversation.ask(text)
      let work = Task { () -> (String, Usage?) in
        var answer = ""
        var usage: Usage?
        let status = StatusLine()
        do {
          for try await event in stream {
            switch event {
            case .prefill(let done, let total): status.show("reading: \(done) of \(total) tokens")
            case .text(let part):
              status.clear()
              try Output.write(part)
              answer += part
            case .reasoning, .toolCall: break
            case .finished(_, let figures): usage = figures
            }
          }
        } catch let error as ApusError {
          status.clear()
          Output.log("apus: \(error)")
        } catch is CancellationError {}
        status.clear()
        return (answer, usage)
      }
      interrupts.onInterrupt = { work.cancel() }
      defer { interrupts.onInterrupt = Self.leave }
      let (answer, usage) = try await work.value
      try Output.write("\n")
      if let usage, Output.stderrIsTerminal { Output.log(Figures.line(usage)) }
      conversation.answered(answer)
    }

    /// - Returns: false when the conversation is to end.
    private func obey(
      _ line: String, _ conversation: inout Conversation, _ interrupts: Interrupts
    ) async throws -> Bool {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      switch parts[0] {
      case "/help":
        Output.log(
          """
          /system TEXT   set the system message and begin anew
          /reset         begin anew
          /retry         answer the last question again
          /exit          end (ctrl-D too)
          """)
      case "/exit", "/quit": return false
      case "/reset": conversation.reset()
      case "/system": conversation.reset(system: parts.count > 1 ? parts[1] : nil)
      case "/retry":
        if let question = conversation.takeLastQuestion() {
          try await answer(question, &conversation, interrupts)
        } else {
          Output.log("There is nothing to answer again.")
        }
      default: Output.log("\(parts[0]) is no command; /help lists them.")
      }
      return true
    }

    private static var isInteractive: Bool { Output.stdinIsTerminal && Output.stderrIsTerminal }

    /// Ctrl-C where nothing is being answered.
    @Sendable private static func leave() {
      leavePrompt()
      Foundation.exit(0)
    }

    /// What comes after the end, the shell's prompt, begins a line.
    private static func leavePrompt() {
      if isInteractive { Output.prompt("\n") }
    }

    /// One input, or `nil` at the end of stdin.
    private static func read() -> String? {
      if isInteractive { Output.prompt("> ") }
      guard var line = readLine() else {
        leavePrompt()
        return nil
      }
      if line.hasPrefix("\"\"\"") {
        var lines = [String(line.dropFirst(3))]
        while let next = readLine() {
          if next.hasSuffix("\"\"\"") {
            lines.append(String(next.dropLast(3)))
            break
          }
          lines.append(next)
        }
        return lines.joined(separator: "\n")
      }
      while line.hasSuffix("\\"), let next = readLine() {
        line = line.dropLast() + "\n" + next
      }
      return line
    }
  }
#endif
