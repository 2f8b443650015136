#if Tools
  import Foundation
  import Testing

  /// A server that is told to read its configuration again.
  @Suite(.enabled(if: Command.path != nil, "the command is not built"))
  struct ReloadTests {
    // features A20
    @Test func hangUpReadsTheConfigurationAgain() async throws {
      let outcome = try await Command.shell(
        """
        tiers() { echo "{\\"tiers\\": [$1]}" > apus.json; }
        local='{"type": "local", "model": "'\(Fixtures.model)'"}'
        tiers "$local"
        "$apus" serve --route --config apus.json --port 0 2> log &
        seen() { for i in $(seq 600); do grep -q "$1" log && return; sleep 0.1; done; cat log; exit 3; }
        seen listening
        tiers "$local, $local"
        kill -HUP $!
        seen "read again: 2 tiers"
        echo "{" > apus.json
        kill -HUP $!
        seen "stays as it was: apus.json: JSON"
        # Without a signal too.
        tiers "$local, $local, $local"
        seen "read again: 3 tiers"
        kill $!
        wait $!
        """)
      #expect(outcome.code == 0 || outcome.code == 143, "\(outcome.text)")
      #expect(outcome.text.isEmpty, "\(outcome.text)")
    }
  }
#endif
