#if Tools
  import Apus
  import ArgumentParser
  import Foundation

  /// Runs the command and turns its outcome into an exit code: 0 done, 1 the work failed (one line
  /// on stderr), 2 wrong usage.
  @main
  enum Entry {
    static func main() async {
      // A reader that goes away is an error of a write, not the end of the process.
      signal(SIGPIPE, SIG_IGN)
      do {
        var command = try ApusCommand.parseAsRoot()
        if var command = command as? any AsyncParsableCommand {
          try await command.run()
        } else {
          try command.run()
        }
      } catch {
        exit(report(error))
      }
    }

    private static func report(_ error: any Error) -> Int32 {
      let code = ApusCommand.exitCode(for: error)
      switch code {
      case .success:
        Output.text(ApusCommand.fullMessage(for: error) + "\n")
        return 0
      case .validationFailure:
        Output.log(ApusCommand.fullMessage(for: error))
        return 2
      default:
        if error is Output.Closed { return 0 }
        let message = error is ExitCode ? "" : String(describing: error)
        if !message.isEmpty {
          Output.log("apus: " + message.split(separator: "\n").joined(separator: " "))
        }
        return 1
      }
    }
  }
#else
  // Without the trait `Tools` the package is a library; this keeps its command buildable.
  @main
  enum Entry {
    static func main() {
      print("apus was built without its command; build with the package trait Tools")
    }
  }
#endif
